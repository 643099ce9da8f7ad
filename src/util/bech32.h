// Bech32 of BIP-173, without its limit of 90 characters: Nostr's names (NIP-19), Lightning's invoices (BOLT 11) and LNURLs.
// Bech32m is another checksum and refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/bytes.h"
#include "util/result.h"

namespace paygress::util::bech32 {

inline constexpr std::size_t kMaxText = 5000;

struct Decoded {
  std::string prefix;  // lower case
  Bytes data;
};

// The same before the digits become bytes: BOLT 11 packs its fields in digits of five bits.
struct Digits {
  std::string prefix;
  std::vector<std::uint8_t> digits;  // each below 32
};

std::string encode(std::string_view prefix, ByteView data);
std::string encode_digits(std::string_view prefix, const std::vector<std::uint8_t>& digits);

// All lower or all upper case. Error code `bech32_invalid`.
Result<Decoded> decode(std::string_view text);
Result<Digits> decode_digits(std::string_view text);

}  // namespace paygress::util::bech32

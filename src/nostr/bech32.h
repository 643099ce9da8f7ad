// Bech32 of BIP-173, without its limit of 90 characters (NIP-19). Bech32m is another checksum and refused.
#pragma once

#include <string>
#include <string_view>

#include "util/bytes.h"
#include "util/result.h"

namespace paygress::nostr::bech32 {

inline constexpr std::size_t kMaxText = 5000;

struct Decoded {
  std::string prefix;  // lower case
  util::Bytes data;
};

std::string encode(std::string_view prefix, util::ByteView data);

// All lower or all upper case. Error code `bech32_invalid`.
util::Result<Decoded> decode(std::string_view text);

}  // namespace paygress::nostr::bech32

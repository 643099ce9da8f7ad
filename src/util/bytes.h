// Bytes and the three texts they travel as: hex, base64, base64url.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace paygress::util {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
inline std::string to_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::string hex(ByteView);
// Lower case only and of even length, as Nostr and Cashu write it.
Result<Bytes> from_hex(std::string_view);
// Exactly `out.size()` bytes; false leaves `out` unspecified.
bool hex_into(std::string_view, std::span<std::uint8_t> out);

template <std::size_t N>
Result<std::array<std::uint8_t, N>> array_from_hex(std::string_view text) {
  std::array<std::uint8_t, N> out;
  if (!hex_into(text, out)) return Error{Errc::malformed, "expected " + std::to_string(2 * N) + " lower-case hex digits"};
  return out;
}

// RFC 4648 section 4, padded. Decoding is strict: no white space, no missing padding, no stray bits.
std::string base64(ByteView);
Result<Bytes> from_base64(std::string_view);

// RFC 4648 section 5. Written without padding; read with or without it and in either alphabet, as Cashu tokens come.
std::string base64url(ByteView);
Result<Bytes> from_base64url(std::string_view);

// Well-formed UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF.
bool is_utf8(std::string_view);

}  // namespace paygress::util

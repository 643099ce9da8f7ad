#include "nostr/json_text.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace paygress::nostr {
namespace {

bool is_special(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

constexpr std::uint64_t kEach = 0x0101010101010101u;

// True if one of the eight bytes is below `bound` (at most 0x80); the borrow trick of Bit Twiddling Hacks.
constexpr bool any_below(std::uint64_t word, std::uint8_t bound) { return ((word - kEach * bound) & ~word & (kEach * 0x80)) != 0; }

constexpr bool any_equal(std::uint64_t word, char c) { return any_below(word ^ (kEach * static_cast<std::uint8_t>(c)), 1); }

}  // namespace

std::size_t next_special(std::string_view text, std::size_t from) {
  const char* at = text.data() + from;
  const char* const end = text.data() + text.size();
  for (std::uint64_t word; end - at >= 8; at += 8) {
    std::memcpy(&word, at, 8);
    if (any_below(word, 0x20) || any_equal(word, '"') || any_equal(word, '\\')) break;
  }
  while (at != end && !is_special(*at)) ++at;
  return static_cast<std::size_t>(at - text.data());
}

std::string_view escape_of(char special) {
  switch (special) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    case '\b': return "\\b";
    case '\f': return "\\f";
    default: break;
  }
  static const auto kOthers = [] {
    std::array<std::array<char, 6>, 0x20> texts{};
    for (std::size_t i = 0; i < texts.size(); ++i) {
      constexpr const char* kDigits = "0123456789abcdef";
      texts[i] = {'\\', 'u', '0', '0', kDigits[i >> 4], kDigits[i & 15]};
    }
    return texts;
  }();
  const auto& text = kOthers[static_cast<unsigned char>(special)];
  return {text.data(), text.size()};
}

}  // namespace paygress::nostr

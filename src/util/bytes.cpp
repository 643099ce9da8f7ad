#include "util/bytes.h"

#include <cstring>

namespace paygress::util {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::uint8_t kNoDigit = 0xff;
using DigitTable = std::array<std::uint8_t, 256>;

constexpr DigitTable digits_of(std::string_view alphabet) {
  DigitTable table{};
  for (auto& entry : table) entry = kNoDigit;
  for (std::size_t i = 0; i < alphabet.size(); ++i) table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}

constexpr DigitTable both_alphabets() {
  DigitTable table = digits_of(kStandard);
  table['-'] = 62;
  table['_'] = 63;
  return table;
}

constexpr DigitTable kHexTable = digits_of(kHexDigits);
constexpr DigitTable kStandardTable = digits_of(kStandard);
constexpr DigitTable kEitherTable = both_alphabets();

std::string encode64(ByteView bytes, std::string_view alphabet, bool padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const unsigned group = static_cast<unsigned>(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
    for (int shift = 18; shift >= 0; shift -= 6) out += alphabet[group >> shift & 63];
  }
  const std::size_t left = bytes.size() - i;
  if (left == 0) return out;
  const unsigned group = static_cast<unsigned>(bytes[i] << 16 | (left == 2 ? bytes[i + 1] << 8 : 0));
  out += alphabet[group >> 18 & 63];
  out += alphabet[group >> 12 & 63];
  if (left == 2) out += alphabet[group >> 6 & 63];
  if (padded) out.append(3 - left, '=');
  return out;
}

Result<Bytes> decode64(std::string_view text, const DigitTable& table) {
  const Error broken{Errc::malformed, "not base64"};
  if (text.size() % 4 == 1) return broken;
  Bytes out(text.size() / 4 * 3 + (text.size() % 4 == 0 ? 0 : text.size() % 4 - 1));
  std::uint8_t* to = out.data();
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const std::uint8_t a = table[static_cast<std::uint8_t>(text[i])], b = table[static_cast<std::uint8_t>(text[i + 1])];
    const std::uint8_t c = table[static_cast<std::uint8_t>(text[i + 2])], d = table[static_cast<std::uint8_t>(text[i + 3])];
    if ((a | b | c | d) & 0xc0) return broken;
    *to++ = static_cast<std::uint8_t>(a << 2 | b >> 4);
    *to++ = static_cast<std::uint8_t>(b << 4 | c >> 2);
    *to++ = static_cast<std::uint8_t>(c << 6 | d);
  }
  const std::size_t left = text.size() - i;
  if (left == 0) return out;
  const std::uint8_t a = table[static_cast<std::uint8_t>(text[i])], b = table[static_cast<std::uint8_t>(text[i + 1])];
  const std::uint8_t c = left == 3 ? table[static_cast<std::uint8_t>(text[i + 2])] : std::uint8_t{0};
  if ((a | b | c) & 0xc0) return broken;
  *to++ = static_cast<std::uint8_t>(a << 2 | b >> 4);
  if (left == 3) *to++ = static_cast<std::uint8_t>(b << 4 | c >> 2);
  // Bits beyond the last byte must be zero, else one value would have several spellings.
  if (left == 2 ? (b & 15) != 0 : (c & 3) != 0) return broken;
  return out;
}

std::string_view without_padding(std::string_view text) {
  for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string hex(ByteView bytes) {
  std::string out(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[2 * i] = kHexDigits[bytes[i] >> 4];
    out[2 * i + 1] = kHexDigits[bytes[i] & 15];
  }
  return out;
}

bool hex_into(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint8_t high = kHexTable[static_cast<std::uint8_t>(text[2 * i])];
    const std::uint8_t low = kHexTable[static_cast<std::uint8_t>(text[2 * i + 1])];
    if ((high | low) & 0xf0) return false;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

Result<Bytes> from_hex(std::string_view text) {
  Bytes out(text.size() / 2);
  if (!hex_into(text, out)) return Error{Errc::malformed, "not lower-case hex"};
  return out;
}

std::string base64(ByteView bytes) { return encode64(bytes, kStandard, true); }
std::string base64url(ByteView bytes) { return encode64(bytes, kUrlSafe, false); }

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return Error{Errc::malformed, "not base64"};
  return decode64(without_padding(text), kStandardTable);
}

Result<Bytes> from_base64url(std::string_view text) {
  const std::string_view digits = without_padding(text);
  if (digits.size() != text.size() && text.size() % 4 != 0) return Error{Errc::malformed, "not base64"};
  return decode64(digits, kEitherTable);
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    // Most text is ASCII: eight bytes at a time.
    if (std::uint64_t word; i + sizeof word <= text.size()) {
      std::memcpy(&word, text.data() + i, sizeof word);
      if ((word & 0x8080808080808080u) == 0) {
        i += sizeof word;
        continue;
      }
    }
    const auto byte = [&](std::size_t k) { return static_cast<std::uint8_t>(text[k]); };
    const std::uint8_t first = byte(i);
    if (first < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((byte(i + k) & 0xc0) != 0x80) return false;
    const std::uint8_t second = byte(i + 1);
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return false;
    if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return false;
    i += length;
  }
  return true;
}

}  // namespace paygress::util

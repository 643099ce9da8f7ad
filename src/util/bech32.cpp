#include "util/bech32.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace paygress::util::bech32 {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kChecksum = 6;

// The code of BIP-173 over GF(32), fed with one 5-bit digit after the other.
class Checksum {
 public:
  explicit Checksum(std::string_view prefix) {
    for (const char c : prefix) feed(static_cast<std::uint32_t>(c) >> 5);
    feed(0);
    for (const char c : prefix) feed(static_cast<std::uint32_t>(c) & 31);
  }
  void feed(std::uint32_t digit) {
    constexpr std::uint32_t kGenerator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    const std::uint32_t top = state_ >> 25;
    state_ = (state_ & 0x1ffffff) << 5 ^ digit;
    for (unsigned i = 0; i < 5; ++i)
      if (top >> i & 1) state_ ^= kGenerator[i];
  }
  std::uint32_t state() const { return state_; }

 private:
  std::uint32_t state_ = 1;
};

Error invalid(const char* why) { return {Errc::malformed, why, "bech32_invalid"}; }

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; }

// A text that grows digit by digit. It may be a secret key: room for all of it from the start, so that no copy is left behind.
class Writer {
 public:
  Writer(std::string_view prefix, std::size_t digits) : checksum_(prefix) {
    text_.reserve(prefix.size() + 1 + digits + kChecksum);
    text_ += prefix;
    text_ += '1';
  }
  void put(std::uint32_t digit) {
    checksum_.feed(digit);
    text_ += kAlphabet[digit];
  }
  std::string finish() {
    for (std::size_t i = 0; i < kChecksum; ++i) checksum_.feed(0);
    const std::uint32_t sum = checksum_.state() ^ 1;
    for (unsigned i = 0; i < kChecksum; ++i) text_ += kAlphabet[sum >> 5 * (5 - i) & 31];
    return std::move(text_);
  }

 private:
  Checksum checksum_;
  std::string text_;
};

// Checks the text and calls `put` with each digit before the checksum; gives the prefix in lower case.
template <class Put>
Result<std::string> read(std::string_view text, Put put) {
  if (text.size() > kMaxText) return invalid("too long");
  if (std::any_of(text.begin(), text.end(), is_upper) && std::any_of(text.begin(), text.end(), is_lower))
    return invalid("upper and lower case mixed");
  const std::size_t separator = text.rfind('1');
  if (separator == std::string_view::npos || separator == 0) return invalid("no prefix");
  if (text.size() - separator - 1 < kChecksum) return invalid("too short");
  std::string prefix(text.substr(0, separator));
  std::transform(prefix.begin(), prefix.end(), prefix.begin(), lower);
  if (std::any_of(prefix.begin(), prefix.end(), [](char c) { return c < 33 || c > 126; })) return invalid("bad prefix");

  Checksum checksum(prefix);
  for (std::size_t i = separator + 1; i < text.size(); ++i) {
    const std::size_t digit = kAlphabet.find(lower(text[i]));
    if (digit == std::string_view::npos) return invalid("a character outside the alphabet");
    checksum.feed(static_cast<std::uint32_t>(digit));
    if (i < text.size() - kChecksum) put(static_cast<std::uint32_t>(digit));
  }
  if (checksum.state() != 1) return invalid("the checksum is wrong");
  return prefix;
}

}  // namespace

std::string encode(std::string_view prefix, ByteView data) {
  Writer writer(prefix, (data.size() * 8 + 4) / 5);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : data) {
    held = (held << 8 | byte) & 0xfff;
    for (bits += 8; bits >= 5;) writer.put(held >> (bits -= 5) & 31);
  }
  if (bits > 0) writer.put(held << (5 - bits) & 31);
  return writer.finish();
}

std::string encode_digits(std::string_view prefix, const std::vector<std::uint8_t>& digits) {
  Writer writer(prefix, digits.size());
  for (const std::uint8_t digit : digits) writer.put(digit & 31);
  return writer.finish();
}

Result<Decoded> decode(std::string_view text) {
  Decoded decoded;
  decoded.data.reserve(std::min(text.size(), kMaxText) * 5 / 8);  // it may be a secret key, too
  std::uint32_t held = 0;
  unsigned bits = 0;
  auto prefix = read(text, [&](std::uint32_t digit) {
    held = (held << 5 | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) decoded.data.push_back(static_cast<std::uint8_t>(held >> (bits -= 8)));
  });
  if (!prefix) return prefix.error();
  // What is left over must be less than a digit, and zero: else one value would have several spellings.
  if (bits >= 5 || (held & ((1u << bits) - 1)) != 0) return invalid("stray bits at the end");
  decoded.prefix = std::move(*prefix);
  return decoded;
}

Result<Digits> decode_digits(std::string_view text) {
  Digits decoded;
  decoded.digits.reserve(std::min(text.size(), kMaxText));
  auto prefix = read(text, [&](std::uint32_t digit) { decoded.digits.push_back(static_cast<std::uint8_t>(digit)); });
  if (!prefix) return prefix.error();
  decoded.prefix = std::move(*prefix);
  return decoded;
}

}  // namespace paygress::util::bech32

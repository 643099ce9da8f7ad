#include "sandbox/invoice.h"

#include <vector>

#include "crypto/recoverable.h"
#include "util/bech32.h"

namespace paygress::sandbox {
namespace {

using Digits = std::vector<std::uint8_t>;  // of five bits each

Digits digits_of(util::ByteView bytes) {
  Digits digits;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    held = (held << 8 | byte) & 0xfff;
    for (bits += 8; bits >= 5;) digits.push_back(held >> (bits -= 5) & 31);
  }
  if (bits > 0) digits.push_back(held << (5 - bits) & 31);
  return digits;
}

util::Bytes bytes_of(const Digits& digits) {
  util::Bytes bytes;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const std::uint8_t digit : digits) {
    held = (held << 5 | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) bytes.push_back(static_cast<std::uint8_t>(held >> (bits -= 8)));
  }
  if (bits > 0) bytes.push_back(static_cast<std::uint8_t>(held << (8 - bits)));
  return bytes;
}

Digits number(std::uint64_t value, std::size_t count) {
  Digits digits(count);
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, value >>= 5) *digit = value & 31;
  return digits;
}

void append(Digits& digits, const Digits& more) { digits.insert(digits.end(), more.begin(), more.end()); }

void append_field(Digits& digits, std::uint8_t type, const Digits& data) {
  digits.push_back(type);
  append(digits, number(data.size(), 2));
  append(digits, data);
}

// One tenth of a millisatoshi is 1p: picobitcoin keeps every amount whole.
std::string amount_text(std::uint64_t msat) {
  if (msat == 0) return {};
  return msat % 100 == 0 ? std::to_string(msat / 100) + "n" : std::to_string(msat * 10) + "p";
}

crypto::Hash256 hash_of(std::string_view text) { return crypto::sha256(util::as_bytes(text)); }
crypto::Hash256 preimage_of(std::string_view tag) { return hash_of("paygress sandbox preimage " + std::string(tag)); }

}  // namespace

std::string fake_preimage(std::string_view tag) { return util::hex(preimage_of(tag)); }

std::string fake_invoice(const FakeInvoice& invoice) {
  const std::string prefix = "ln" + invoice.network + amount_text(invoice.msat);
  Digits digits = number(static_cast<std::uint64_t>(util::unix_seconds(invoice.made_at)), 7);
  append_field(digits, 1, digits_of(crypto::sha256(preimage_of(invoice.tag))));
  append_field(digits, 16, digits_of(hash_of("paygress sandbox payment secret " + invoice.tag)));
  if (invoice.description_hash)
    append_field(digits, 23, digits_of(*invoice.description_hash));
  else
    append_field(digits, 13, digits_of(util::as_bytes(invoice.description)));
  append_field(digits, 6, number(static_cast<std::uint64_t>(invoice.life.count()), 7));
  append_field(digits, 5, number(1 << 14, 3));  // payment_secret, compulsory (BOLT 9)
  append_field(digits, 24, number(18, 2));

  static const auto node = crypto::SecretKey::from_bytes(hash_of("the node of the paygress sandbox")).value();
  const auto hash = crypto::Sha256().update(util::as_bytes(prefix)).update(bytes_of(digits)).finish();
  append(digits, digits_of(crypto::sign_recoverable(node, hash)));
  return util::bech32::encode_digits(prefix, digits);
}

}  // namespace paygress::sandbox

#include "cashu/bolt11.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "crypto/recoverable.h"
#include "util/bech32.h"
#include "util/bytes.h"

namespace paygress::cashu {
namespace {

using Digits = std::span<const std::uint8_t>;

constexpr std::size_t kTimestampDigits = 7;
constexpr std::size_t kSignatureDigits = 104;
constexpr std::size_t kHashDigits = 52;
constexpr std::size_t kKeyDigits = 53;
constexpr std::size_t kMaxExpiryDigits = 7;  // a thousand years in seconds
constexpr std::uint64_t kDefaultExpiry = 3600;
constexpr std::uint64_t kMsatPerBitcoin = 100'000'000'000;
constexpr std::uint64_t kAllBitcoin = 21'000'000 * kMsatPerBitcoin;

// Field types are letters of the bech32 alphabet; these are their values.
enum Field : std::uint8_t { kPaymentHash = 1, kExpiry = 6, kDescription = 13, kSecret = 16, kPayee = 19, kDescriptionHash = 23 };

util::Error malformed(const std::string& what) {
  return {util::Errc::malformed, "not a Lightning invoice: " + what, "invoice_malformed"};
}

std::uint64_t number_of(Digits digits) {
  std::uint64_t number = 0;
  for (const std::uint8_t digit : digits) number = number << 5 | digit;
  return number;
}

// With zero bits up to the next byte, as the signature covers them; for a field, `whole` drops what fills no byte.
util::Bytes bytes_of(Digits digits, bool whole) {
  util::Bytes bytes;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const std::uint8_t digit : digits) {
    held = (held << 5 | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) bytes.push_back(static_cast<std::uint8_t>(held >> (bits -= 8)));
  }
  if (!whole && bits > 0) bytes.push_back(static_cast<std::uint8_t>(held << (8 - bits)));
  return bytes;
}

template <std::size_t N>
std::array<std::uint8_t, N> array_of(Digits digits) {
  const util::Bytes bytes = bytes_of(digits, true);
  std::array<std::uint8_t, N> array{};
  std::copy_n(bytes.begin(), N, array.begin());
  return array;
}

// "2500u": a whole number of millisatoshis, or nothing. `text` is not empty.
std::optional<std::uint64_t> msat_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || text.front() == '0' || number > kAllBitcoin * 10) return std::nullopt;
  const std::string_view multiplier(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (multiplier == "p") return number % 10 == 0 ? std::optional(number / 10) : std::nullopt;
  std::uint64_t msat_each = 0;
  if (multiplier.empty()) msat_each = kMsatPerBitcoin;
  if (multiplier == "m") msat_each = kMsatPerBitcoin / 1'000;
  if (multiplier == "u") msat_each = kMsatPerBitcoin / 1'000'000;
  if (multiplier == "n") msat_each = kMsatPerBitcoin / 1'000'000'000;
  if (msat_each == 0 || number > kAllBitcoin / msat_each) return std::nullopt;
  return number * msat_each;
}

// "lnbc2500u" into network and amount.
util::Result<> read_prefix(std::string_view prefix, Invoice& invoice) {
  if (!prefix.starts_with("ln")) return malformed("it does not begin with \"ln\"");
  prefix.remove_prefix(2);
  const std::size_t letters = std::min(prefix.find_first_of("0123456789"), prefix.size());
  const std::string_view network = prefix.substr(0, letters), amount = prefix.substr(letters);
  constexpr std::array<std::string_view, 5> kNetworks = {"bc", "tb", "tbs", "bcrt", "sb"};
  if (std::find(kNetworks.begin(), kNetworks.end(), network) == kNetworks.end())
    return util::Error{util::Errc::invalid, "a Lightning invoice of a network that is not Bitcoin's", "invoice_network_unknown"};
  invoice.network = network;
  if (amount.empty()) return {};
  invoice.amount_msat = msat_of(amount);
  if (!invoice.amount_msat) return malformed("its amount is no whole number of millisatoshis");
  return {};
}

// What the tagged fields said. Fields of another length than the specification's are skipped, as it wants; one field twice
// is not taken, since another reader might go by the other.
struct Fields {
  std::optional<Digits> payment_hash, expiry, description, secret, payee, description_hash;

  std::optional<Digits>* place_of(std::uint8_t type, std::size_t length) {
    switch (type) {
      case kPaymentHash: return length == kHashDigits ? &payment_hash : nullptr;
      case kSecret: return length == kHashDigits ? &secret : nullptr;
      case kDescriptionHash: return length == kHashDigits ? &description_hash : nullptr;
      case kPayee: return length == kKeyDigits ? &payee : nullptr;
      case kExpiry: return &expiry;
      case kDescription: return &description;
      default: return nullptr;
    }
  }
};

util::Result<Fields> read_fields(Digits digits) {
  Fields fields;
  while (!digits.empty()) {
    if (digits.size() < 3) return malformed("a field is cut off");
    const std::uint8_t type = digits[0];
    const std::size_t length = digits[1] * std::size_t{32} + digits[2];
    if (digits.size() - 3 < length) return malformed("a field is cut off");
    if (auto* place = fields.place_of(type, length)) {
      if (*place) return malformed("a field is there twice");
      *place = digits.subspan(3, length);
    }
    digits = digits.subspan(3 + length);
  }
  return fields;
}

util::Result<> take_fields(const Fields& fields, Invoice& invoice) {
  if (!fields.payment_hash) return malformed("no payment hash");
  if (!fields.secret) return malformed("no payment secret");
  if (!fields.description && !fields.description_hash) return malformed("no description");
  invoice.payment_hash = array_of<32>(*fields.payment_hash);
  if (fields.description_hash) invoice.description_hash = array_of<32>(*fields.description_hash);
  if (fields.description) {
    invoice.description = util::to_text(bytes_of(*fields.description, true));
    if (!util::is_utf8(*invoice.description)) return malformed("its description is no text");
  }
  if (fields.expiry && fields.expiry->size() > kMaxExpiryDigits) return malformed("it expires beyond time");
  const std::uint64_t seconds = fields.expiry ? number_of(*fields.expiry) : kDefaultExpiry;
  invoice.expires_at = invoice.made_at + std::chrono::seconds(seconds);
  return {};
}

// The signature covers the prefix and the data as whole bytes.
util::Result<crypto::Point> signer(std::string_view prefix, Digits covered, Digits signature, const std::optional<Digits>& payee) {
  const auto hash = crypto::Sha256().update(util::as_bytes(prefix)).update(bytes_of(covered, false)).finish();
  const auto made = array_of<65>(signature);
  if (!payee) {
    auto key = crypto::recover(made, hash);
    if (!key) return malformed("its signature is not valid");
    return key;
  }
  auto key = crypto::Point::from_bytes(array_of<33>(*payee));
  if (!key || !crypto::verify_ecdsa(*key, made, hash)) return malformed("its signature is not that of its payee");
  return key;
}

bool is_lightning_link(std::string_view text) {
  constexpr std::string_view kScheme = "lightning:";
  return text.size() > kScheme.size() && std::equal(kScheme.begin(), kScheme.end(), text.begin(), [](char wanted, char c) {
           return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
         });
}

}  // namespace

util::Result<Invoice> parse_invoice(std::string_view text) {
  if (is_lightning_link(text)) text.remove_prefix(text.find(':') + 1);
  const auto decoded = util::bech32::decode_digits(text);
  if (!decoded) return malformed(decoded.error().message);
  const Digits digits = decoded->digits;
  if (digits.size() < kTimestampDigits + kSignatureDigits) return malformed("it is too short");
  const Digits covered = digits.first(digits.size() - kSignatureDigits);

  Invoice invoice;
  invoice.text = util::bech32::encode_digits(decoded->prefix, decoded->digits);
  invoice.made_at = util::from_unix(static_cast<std::int64_t>(number_of(covered.first(kTimestampDigits))));
  if (auto ok = read_prefix(decoded->prefix, invoice); !ok) return ok.error();
  const auto fields = read_fields(covered.subspan(kTimestampDigits));
  if (!fields) return fields.error();
  if (auto ok = take_fields(*fields, invoice); !ok) return ok.error();
  const auto payee = signer(decoded->prefix, covered, digits.last(kSignatureDigits), fields->payee);
  if (!payee) return payee.error();
  invoice.payee = payee->hex();
  return invoice;
}

}  // namespace paygress::cashu

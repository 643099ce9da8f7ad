#include "nostr/nip44.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "crypto/cipher.h"
#include "crypto/equal.h"
#include "util/bytes.h"

namespace paygress::nostr::nip44 {
namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::size_t kNonceAt = 1;
constexpr std::size_t kBodyAt = kNonceAt + sizeof(Nonce);
constexpr std::size_t kMacSize = 32;
constexpr std::size_t kMinPayload = 132;  // base64 of a message of one byte
constexpr std::size_t kMinDecoded = 99;

constexpr std::uint64_t kLongFrom = 65536;  // from here on: two zero bytes, then 32 bits of length (nips 733a0471)
constexpr std::size_t kShortPrefix = 2;
constexpr std::size_t kLongPrefix = 6;

util::Error broken(const char* code, const char* what) { return {util::Errc::malformed, what, code}; }

// A buffer that held plaintext or keys.
struct WipedBytes {
  util::Bytes bytes;
  ~WipedBytes() { util::wipe(bytes.data(), bytes.size()); }
};

crypto::Hash256 mac_of(const MessageKeys& keys, util::ByteView nonce_and_body) {
  return crypto::hmac_sha256(keys.hmac_key, nonce_and_body);
}

std::uint64_t big_endian(util::ByteView bytes) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

void put_big_endian(std::uint64_t number, std::span<std::uint8_t> out) {
  for (std::size_t i = out.size(); i-- > 0; number >>= 8) out[i] = static_cast<std::uint8_t>(number);
}

// The plaintext inside [length][plaintext][padding]. How long the padding is counts, what it is made of does not.
util::Result<std::string> unpad(util::ByteView padded) {
  const util::Error wrong = broken("nip44_bad_padding", "the padding does not fit the length");
  if (padded.size() < kShortPrefix) return wrong;
  std::size_t prefix = kShortPrefix;
  std::uint64_t length = big_endian(padded.first(kShortPrefix));
  if (length == 0) {
    prefix = kLongPrefix;
    if (padded.size() < kLongPrefix) return wrong;
    length = big_endian(padded.subspan(kShortPrefix, kLongPrefix - kShortPrefix));
    if (length < kLongFrom) return wrong;
  }
  if (padded.size() - prefix != padded_length(length)) return wrong;
  const std::string_view text(reinterpret_cast<const char*>(padded.data()) + prefix, static_cast<std::size_t>(length));
  if (!util::is_utf8(text)) return broken("nip44_not_utf8", "the plaintext is not UTF-8");
  return std::string(text);
}

}  // namespace

ConversationKey::ConversationKey(const crypto::SecretKey& own, const crypto::PublicKey& peer) {
  crypto::Hash256 shared = crypto::ecdh_x(own, peer);
  bytes_ = crypto::hkdf_extract(util::as_bytes("nip44-v2"), shared);
  util::wipe(shared.data(), shared.size());
}

MessageKeys::MessageKeys(const ConversationKey& key, const Nonce& nonce) {
  std::array<std::uint8_t, 32 + 12 + 32> bytes;
  crypto::hkdf_expand(key.bytes(), nonce, bytes);
  std::copy_n(bytes.begin(), 32, chacha_key.begin());
  std::copy_n(bytes.begin() + 32, 12, chacha_nonce.begin());
  std::copy_n(bytes.begin() + 44, 32, hmac_key.begin());
  util::wipe(bytes.data(), bytes.size());
}

std::uint64_t padded_length(std::uint64_t length) {
  if (length <= 32) return 32;
  const std::uint64_t next_power = std::bit_ceil(length);
  const std::uint64_t chunk = next_power <= 256 ? 32 : next_power / 8;
  return (length + chunk - 1) / chunk * chunk;
}

std::string encrypt(std::string_view plaintext, const ConversationKey& key, const Nonce& fresh_nonce) {
  if (plaintext.empty() || plaintext.size() > UINT32_MAX) throw std::length_error("NIP-44 encrypts 1 to 2^32-1 bytes");
  const MessageKeys keys(key, fresh_nonce);
  const std::size_t prefix = plaintext.size() < kLongFrom ? kShortPrefix : kLongPrefix;
  const std::size_t body_size = prefix + padded_length(plaintext.size());
  WipedBytes out{util::Bytes(kBodyAt + body_size + kMacSize)};
  const std::span<std::uint8_t> all = out.bytes;
  all[0] = kVersion;
  std::copy(fresh_nonce.begin(), fresh_nonce.end(), all.begin() + kNonceAt);

  const auto body = all.subspan(kBodyAt, body_size);
  // The longer prefix begins with the two zero bytes that a length of zero would have in the short one.
  put_big_endian(plaintext.size(), body.first(prefix));
  std::copy(plaintext.begin(), plaintext.end(), body.begin() + static_cast<std::ptrdiff_t>(prefix));
  crypto::chacha20(keys.chacha_key, keys.chacha_nonce, body);

  const crypto::Hash256 mac = mac_of(keys, all.subspan(kNonceAt, sizeof(Nonce) + body_size));
  std::copy(mac.begin(), mac.end(), all.end() - kMacSize);
  return util::base64(all);
}

util::Result<std::string> decrypt(std::string_view payload, const ConversationKey& key) {
  if (payload.starts_with('#')) return broken("nip44_unsupported_version", "an encoding of the future");
  if (payload.size() < kMinPayload || payload.size() > kMaxPayload) return broken("nip44_malformed", "too short or too long");
  auto decoded = util::from_base64(payload);
  if (!decoded) return broken("nip44_malformed", "not base64");
  WipedBytes buffer{std::move(*decoded)};
  const std::span<std::uint8_t> all = buffer.bytes;
  if (all[0] != kVersion) return broken("nip44_unsupported_version", "only version 2 is known");
  if (all.size() < kMinDecoded) return broken("nip44_malformed", "too short");

  Nonce nonce;
  std::copy_n(all.begin() + kNonceAt, nonce.size(), nonce.begin());
  const MessageKeys keys(key, nonce);
  const auto signed_part = all.subspan(kNonceAt, all.size() - kNonceAt - kMacSize);
  if (!crypto::equal_constant_time(mac_of(keys, signed_part), all.last(kMacSize)))
    return broken("nip44_bad_mac", "not encrypted for us, or changed on the way");

  const auto body = all.subspan(kBodyAt, all.size() - kBodyAt - kMacSize);
  crypto::chacha20(keys.chacha_key, keys.chacha_nonce, body);
  return unpad(body);
}

}  // namespace paygress::nostr::nip44

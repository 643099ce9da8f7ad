// The keys of Nostr: secp256k1 with x-only public keys and Schnorr signatures (BIP-340).
//
// A key exists only if it is valid, so nobody behind the parser checks again.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "crypto/hash.h"
#include "crypto/random.h"
#include "util/bytes.h"
#include "util/result.h"

namespace paygress::crypto {

using Signature = std::array<std::uint8_t, 64>;

// An x coordinate on the curve; the point with the even y.
class PublicKey {
 public:
  // 32 bytes. Error code `public_key_invalid`.
  static util::Result<PublicKey> from_bytes(util::ByteView bytes);
  // 64 lower-case hex digits. Error code `public_key_invalid`.
  static util::Result<PublicKey> from_hex(std::string_view hex);

  const std::array<std::uint8_t, 32>& bytes() const { return x_; }
  std::string hex() const;

  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.x_ == b.x_; }
  friend std::strong_ordering operator<=>(const PublicKey& a, const PublicKey& b) { return a.x_ <=> b.x_; }

 private:
  friend class SecretKey;
  friend bool verify(const PublicKey&, util::ByteView, const Signature&);
  friend Hash256 ecdh_x(const class SecretKey&, const PublicKey&);
  PublicKey() = default;

  std::array<std::uint8_t, 32> x_;
  // The parsed point (secp256k1_pubkey). To find y costs a square root (4 us), so that is paid once, not at every use.
  std::array<std::uint8_t, 64> point_;
};

// A number in 1..n-1 together with its public key. Wiped when it goes; no formatter, no comparison.
class SecretKey {
 public:
  // 32 bytes. Error code `secret_key_invalid`; the text never shows what was given.
  static util::Result<SecretKey> from_bytes(util::ByteView bytes);
  // 64 hex digits of either case.
  static util::Result<SecretKey> from_hex(std::string_view hex);
  static SecretKey generate(RandomSource& random);

  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();

  const PublicKey& public_key() const { return public_key_; }
  // The secret number itself: whoever calls this keeps it as carefully.
  util::ByteView bytes() const { return util::ByteView(keypair_).first<32>(); }

 private:
  friend Signature sign(const SecretKey&, const Hash256&, RandomSource&);
  friend Signature sign_with_aux(const SecretKey&, const Hash256&, const std::uint8_t*);
  SecretKey() = default;

  // secp256k1_keypair: the secret number, then the point; made once, because making it costs as much as signing.
  std::array<std::uint8_t, 96> keypair_;
  PublicKey public_key_;
};

// BIP-340 with 32 fresh random bytes.
Signature sign(const SecretKey& key, const Hash256& message, RandomSource& random);

// BIP-340 without auxiliary randomness: the same signature every time.
Signature sign_deterministic(const SecretKey& key, const Hash256& message);

bool verify(const PublicKey& key, util::ByteView message, const Signature& signature);

// The x coordinate of secret * public, not hashed (NIP-04, NIP-44). Constant time. The caller wipes it.
Hash256 ecdh_x(const SecretKey& own, const PublicKey& peer);

}  // namespace paygress::crypto

template <>
struct std::hash<paygress::crypto::PublicKey> {
  std::size_t operator()(const paygress::crypto::PublicKey& key) const noexcept;
};

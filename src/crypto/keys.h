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

#include <secp256k1.h>
#include <secp256k1_extrakeys.h>

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
  const secp256k1_pubkey& point() const { return point_; }

  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.x_ == b.x_; }
  friend std::strong_ordering operator<=>(const PublicKey& a, const PublicKey& b) { return a.x_ <=> b.x_; }

 private:
  friend class SecretKey;
  PublicKey() = default;

  std::array<std::uint8_t, 32> x_;
  secp256k1_pubkey point_;  // to find y costs a square root (4 us): paid once here, not at every use
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
  // The secret number itself: whoever calls these keeps it as carefully.
  const std::array<std::uint8_t, 32>& bytes() const { return secret_; }
  const secp256k1_keypair& keypair() const { return keypair_; }

 private:
  SecretKey() = default;

  std::array<std::uint8_t, 32> secret_;
  secp256k1_keypair keypair_;  // made once, because making it costs as much as signing
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

// SHA-2 and what is built on it: HMAC (RFC 2104), HKDF (RFC 5869), PBKDF2 (RFC 8018).
#pragma once

#include <array>
#include <cstdint>

#include "util/bytes.h"

namespace paygress::crypto {

using Hash256 = std::array<std::uint8_t, 32>;
using Hash512 = std::array<std::uint8_t, 64>;

// SHA-256 over pieces. A plain value without heap memory, wiped when it goes, because HMAC feeds keys into it.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = default;
  Sha256& operator=(const Sha256&) = default;
  ~Sha256();

  Sha256& update(util::ByteView data);
  // Ends the hash; the object must not be used again after it.
  Hash256 finish();

 private:
  // OpenSSL's SHA256_CTX, whose header stays out of ours; hash.cpp checks the size.
  alignas(8) std::array<std::uint8_t, 112> state_;
};

// HMAC-SHA-256 over pieces. A copy of a fresh one spares the two hashes of the key.
class HmacSha256 {
 public:
  explicit HmacSha256(util::ByteView key);

  HmacSha256& update(util::ByteView data);
  // Ends the MAC; the object must not be used again after it.
  Hash256 finish();

 private:
  Sha256 inner_;
  Sha256 outer_;
};

Hash256 sha256(util::ByteView data);
Hash256 hmac_sha256(util::ByteView key, util::ByteView data);
Hash512 hmac_sha512(util::ByteView key, util::ByteView data);

Hash256 hkdf_extract(util::ByteView salt, util::ByteView input_key);

// Fills `out` (at most 255 * 32 bytes) from the pseudo-random key of hkdf_extract.
void hkdf_expand(const Hash256& key, util::ByteView info, std::span<std::uint8_t> out);

Hash512 pbkdf2_hmac_sha512(util::ByteView password, util::ByteView salt, unsigned iterations);

}  // namespace paygress::crypto

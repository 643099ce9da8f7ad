// The EVP interface of OpenSSL 3 allocates for every hash and looks its algorithm up by name; an HMAC of 32 bytes then costs
// many times the hashing itself. The older calls below do neither. They are deprecated, not gone, and OpenSSL's own assembler
// runs under both.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <new>
#include <stdexcept>

#include "util/secret.h"

namespace paygress::crypto {
namespace {

constexpr std::size_t kBlock = SHA256_CBLOCK;

SHA256_CTX* context_in(std::array<std::uint8_t, 112>& state) { return std::launder(reinterpret_cast<SHA256_CTX*>(state.data())); }

// An algorithm is looked up once; a later call with the handle costs no search.
const EVP_MD* sha512() {
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  if (md == nullptr) throw std::runtime_error("OpenSSL has no SHA-512");
  return md;
}

}  // namespace

Sha256::Sha256() {
  static_assert(sizeof(SHA256_CTX) == sizeof state_ && alignof(SHA256_CTX) <= 8);
  SHA256_Init(::new (state_.data()) SHA256_CTX);
}

Sha256::~Sha256() { util::wipe(state_.data(), state_.size()); }

Sha256& Sha256::update(util::ByteView data) {
  SHA256_Update(context_in(state_), data.data(), data.size());
  return *this;
}

Hash256 Sha256::finish() {
  Hash256 hash;
  SHA256_Final(hash.data(), context_in(state_));
  return hash;
}

HmacSha256::HmacSha256(util::ByteView key) {
  std::array<std::uint8_t, kBlock> pad{};
  if (key.size() > kBlock) {
    const Hash256 shorter = sha256(key);
    std::copy(shorter.begin(), shorter.end(), pad.begin());
  } else {
    std::copy(key.begin(), key.end(), pad.begin());
  }
  for (auto& byte : pad) byte ^= 0x36;
  inner_.update(pad);
  for (auto& byte : pad) byte ^= 0x36 ^ 0x5c;
  outer_.update(pad);
  util::wipe(pad.data(), pad.size());
}

HmacSha256& HmacSha256::update(util::ByteView data) {
  inner_.update(data);
  return *this;
}

Hash256 HmacSha256::finish() { return outer_.update(inner_.finish()).finish(); }

Hash256 sha256(util::ByteView data) { return Sha256().update(data).finish(); }

Hash256 hmac_sha256(util::ByteView key, util::ByteView data) { return HmacSha256(key).update(data).finish(); }

Hash512 hmac_sha512(util::ByteView key, util::ByteView data) {
  Hash512 mac;
  unsigned size = 0;
  if (HMAC(sha512(), key.data(), static_cast<int>(key.size()), data.data(), data.size(), mac.data(), &size) == nullptr)
    throw std::runtime_error("HMAC-SHA-512 failed");
  return mac;
}

Hash256 hkdf_extract(util::ByteView salt, util::ByteView input_key) { return hmac_sha256(salt, input_key); }

void hkdf_expand(const Hash256& key, util::ByteView info, std::span<std::uint8_t> out) {
  if (out.size() > 255 * 32) throw std::length_error("HKDF expands to at most 8160 bytes");
  const HmacSha256 keyed(key);
  Hash256 block;
  util::ByteView previous;
  for (std::uint8_t counter = 1; !out.empty(); ++counter) {
    HmacSha256 mac = keyed;
    block = mac.update(previous).update(info).update({&counter, 1}).finish();
    previous = block;
    const std::size_t size = std::min(out.size(), block.size());
    std::copy_n(block.begin(), size, out.begin());
    out = out.subspan(size);
  }
  util::wipe(block.data(), block.size());
}

Hash512 pbkdf2_hmac_sha512(util::ByteView password, util::ByteView salt, unsigned iterations) {
  Hash512 key;
  const int ok = PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(password.data()), static_cast<int>(password.size()), salt.data(),
                                   static_cast<int>(salt.size()), static_cast<int>(iterations), sha512(),
                                   static_cast<int>(key.size()), key.data());
  if (ok != 1) throw std::runtime_error("PBKDF2 failed");
  return key;
}

}  // namespace paygress::crypto

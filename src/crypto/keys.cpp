#include "crypto/keys.h"

#include <secp256k1_ecdh.h>
#include <secp256k1_schnorrsig.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "crypto/context.h"
#include "util/secret.h"

namespace paygress::crypto {
namespace {

util::Error invalid_public_key(const char* why) { return {util::Errc::malformed, why, "public_key_invalid"}; }
util::Error invalid_secret_key() { return {util::Errc::malformed, "not a secret key of Nostr", "secret_key_invalid"}; }

Signature sign_with(const SecretKey& key, const Hash256& message, const std::uint8_t* aux) {
  Signature signature;
  if (secp256k1_schnorrsig_sign32(secp_context(), signature.data(), message.data(), &key.keypair(), aux) != 1)
    throw std::logic_error("a valid key cannot sign");
  return signature;
}

}  // namespace

util::Result<PublicKey> PublicKey::from_bytes(util::ByteView bytes) {
  if (bytes.size() != 32) return invalid_public_key("a public key has 32 bytes");
  PublicKey key;
  std::array<std::uint8_t, 33> compressed{0x02};  // BIP-340: of the two points with this x, the one with even y
  std::copy(bytes.begin(), bytes.end(), compressed.begin() + 1);
  if (secp256k1_ec_pubkey_parse(secp_context(), &key.point_, compressed.data(), compressed.size()) != 1)
    return invalid_public_key("the public key is not on the curve");
  std::copy(bytes.begin(), bytes.end(), key.x_.begin());
  return key;
}

util::Result<PublicKey> PublicKey::from_hex(std::string_view hex) {
  std::array<std::uint8_t, 32> bytes;
  if (!util::hex_into(hex, bytes)) return invalid_public_key("a public key has 64 lower-case hex digits");
  return from_bytes(bytes);
}

std::string PublicKey::hex() const { return util::hex(x_); }

util::Result<SecretKey> SecretKey::from_bytes(util::ByteView bytes) {
  if (bytes.size() != 32) return invalid_secret_key();
  SecretKey key;
  std::copy(bytes.begin(), bytes.end(), key.secret_.begin());
  if (secp256k1_keypair_create(secp_context(), &key.keypair_, key.secret_.data()) != 1) return invalid_secret_key();
  secp256k1_xonly_pubkey x_only;
  std::array<std::uint8_t, 32> x;
  if (secp256k1_keypair_xonly_pub(secp_context(), &x_only, nullptr, &key.keypair_) != 1 ||
      secp256k1_xonly_pubkey_serialize(secp_context(), x.data(), &x_only) != 1)
    throw std::logic_error("a valid key has no public key");
  key.public_key_ = PublicKey::from_bytes(x).value();
  return key;
}

util::Result<SecretKey> SecretKey::from_hex(std::string_view hex) {
  if (hex.size() != 64) return invalid_secret_key();
  std::array<char, 64> digits;
  std::transform(hex.begin(), hex.end(), digits.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  std::array<std::uint8_t, 32> bytes;
  const bool ok = util::hex_into({digits.data(), digits.size()}, bytes);
  auto key = ok ? from_bytes(bytes) : util::Result<SecretKey>(invalid_secret_key());
  util::wipe(digits.data(), digits.size());
  util::wipe(bytes.data(), bytes.size());
  return key;
}

SecretKey SecretKey::generate(RandomSource& random) {
  for (;;) {  // one draw in 2^128 is not a key
    auto bytes = random_bytes<32>(random);
    auto key = from_bytes(bytes);
    util::wipe(bytes.data(), bytes.size());
    if (key) return *key;
  }
}

SecretKey::~SecretKey() {
  util::wipe(secret_.data(), secret_.size());
  util::wipe(&keypair_, sizeof keypair_);
}

Signature sign(const SecretKey& key, const Hash256& message, RandomSource& random) {
  auto aux = random_bytes<32>(random);
  const Signature signature = sign_with(key, message, aux.data());
  util::wipe(aux.data(), aux.size());
  return signature;
}

Signature sign_deterministic(const SecretKey& key, const Hash256& message) { return sign_with(key, message, nullptr); }

bool verify(const PublicKey& key, util::ByteView message, const Signature& signature) {
  secp256k1_xonly_pubkey x_only;
  return secp256k1_xonly_pubkey_from_pubkey(secp_context(), &x_only, nullptr, &key.point()) == 1 &&
         secp256k1_schnorrsig_verify(secp_context(), signature.data(), message.data(), message.size(), &x_only) == 1;
}

Hash256 ecdh_x(const SecretKey& own, const PublicKey& peer) {
  // secp256k1_ecdh is constant time in the secret; ec_pubkey_tweak_mul, which the NIPs suggest, is not.
  const auto copy_x = [](unsigned char* out, const unsigned char* x, const unsigned char*, void*) {
    std::memcpy(out, x, 32);
    return 1;
  };
  Hash256 shared;
  if (secp256k1_ecdh(secp_context(), shared.data(), &peer.point(), own.bytes().data(), copy_x, nullptr) != 1)
    throw std::logic_error("valid keys share no point");
  return shared;
}

}  // namespace paygress::crypto

std::size_t std::hash<paygress::crypto::PublicKey>::operator()(const paygress::crypto::PublicKey& key) const noexcept {
  // A coordinate is as good as random. Strangers can choose keys that collide here: tables of keys are bounded.
  std::size_t value;
  std::memcpy(&value, key.bytes().data(), sizeof value);
  return value;
}

#include "crypto/recoverable.h"

#include <secp256k1_recovery.h>

#include <stdexcept>

#include "crypto/context.h"

namespace paygress::crypto {

util::Result<Point> recover(const RecoverableSignature& signature, const Hash256& message) {
  const util::Error invalid{util::Errc::invalid, "the signature belongs to no key", "signature_invalid"};
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey key;
  if (signature[64] > 3 ||
      secp256k1_ecdsa_recoverable_signature_parse_compact(secp_context(), &parsed, signature.data(), signature[64]) != 1 ||
      secp256k1_ecdsa_recover(secp_context(), &key, &parsed, message.data()) != 1)
    return invalid;
  std::array<std::uint8_t, 33> compressed;
  std::size_t size = compressed.size();
  secp256k1_ec_pubkey_serialize(secp_context(), compressed.data(), &size, &key, SECP256K1_EC_COMPRESSED);
  return Point::from_bytes(compressed);
}

bool verify_ecdsa(const Point& key, const RecoverableSignature& signature, const Hash256& message) {
  const auto compressed = key.bytes();
  secp256k1_pubkey parsed_key;
  secp256k1_ecdsa_signature parsed;
  return secp256k1_ec_pubkey_parse(secp_context(), &parsed_key, compressed.data(), compressed.size()) == 1 &&
         secp256k1_ecdsa_signature_parse_compact(secp_context(), &parsed, signature.data()) == 1 &&
         secp256k1_ecdsa_verify(secp_context(), &parsed, message.data(), &parsed_key) == 1;
}

RecoverableSignature sign_recoverable(const SecretKey& key, const Hash256& message) {
  secp256k1_ecdsa_recoverable_signature made;
  RecoverableSignature signature;
  int id = 0;
  if (secp256k1_ecdsa_sign_recoverable(secp_context(), &made, message.data(), key.bytes().data(), nullptr, nullptr) != 1 ||
      secp256k1_ecdsa_recoverable_signature_serialize_compact(secp_context(), signature.data(), &id, &made) != 1)
    throw std::logic_error("a valid key cannot sign");
  signature[64] = static_cast<std::uint8_t>(id);
  return signature;
}

}  // namespace paygress::crypto

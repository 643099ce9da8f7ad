// ECDSA whose signatures tell their own public key: how Lightning's invoices are signed (BOLT 11).
#pragma once

#include <array>
#include <cstdint>

#include "crypto/hash.h"
#include "crypto/keys.h"
#include "crypto/point.h"

namespace paygress::crypto {

using RecoverableSignature = std::array<std::uint8_t, 65>;  // r, s and the recovery id (0 to 3)

// The key that made the signature; any valid signature has one. Error code `signature_invalid`.
util::Result<Point> recover(const RecoverableSignature& signature, const Hash256& message);

// Is it that key's? A signature with a high s is not taken here, while recover() does (BOLT 11 wants both).
bool verify_ecdsa(const Point& key, const RecoverableSignature& signature, const Hash256& message);

// Deterministic (RFC 6979).
RecoverableSignature sign_recoverable(const SecretKey& key, const Hash256& message);

}  // namespace paygress::crypto

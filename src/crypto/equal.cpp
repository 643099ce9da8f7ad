#include "crypto/equal.h"

#include <openssl/crypto.h>

namespace paygress::crypto {

bool equal_constant_time(util::ByteView a, util::ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace paygress::crypto

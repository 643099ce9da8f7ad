#include "crypto/context.h"

#include <array>
#include <cstdint>
#include <stdexcept>

#include "crypto/random.h"
#include "util/secret.h"

namespace paygress::crypto {

const secp256k1_context* secp_context() {
  // Never destroyed: a key that lives as long as the process may still be used after main().
  static const secp256k1_context* const context = [] {
    secp256k1_context* made = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    // Blinds the secret computations. Not from a test's RandomSource: no result depends on it.
    auto seed = random_bytes<32>(system_random());
    if (made == nullptr || secp256k1_context_randomize(made, seed.data()) != 1)
      throw std::runtime_error("libsecp256k1 cannot be set up");
    util::wipe(seed.data(), seed.size());
    return made;
  }();
  return context;
}

}  // namespace paygress::crypto

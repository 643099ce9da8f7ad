#pragma once

#include <secp256k1.h>

namespace paygress::crypto {

// The one libsecp256k1 context of the process: made at first use, randomised against side channels, never changed again.
const secp256k1_context* secp_context();

}  // namespace paygress::crypto

// The keys of a mint's keyset: derived from the mint's seed, so that only the seed need be kept.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "cashu/keyset.h"
#include "crypto/hash.h"
#include "crypto/point.h"

namespace paygress::sandbox {

struct MintKeyset {
  cashu::Keyset keyset;                            // what everybody sees
  std::map<std::uint64_t, crypto::Scalar> secret;  // amount -> k
};

// Keys for 1, 2, 4, ... 2^40. `index` counts the rotations of the unit.
MintKeyset make_keyset(const crypto::Hash256& seed, const std::string& unit, std::uint64_t index, std::uint64_t input_fee_ppk,
                       bool v1_id);

}  // namespace paygress::sandbox

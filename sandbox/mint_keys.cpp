#include "sandbox/mint_keys.h"

namespace paygress::sandbox {
namespace {

constexpr unsigned kLargestPower = 40;

crypto::Scalar derive(const crypto::Hash256& seed, const std::string& path) {
  for (unsigned attempt = 0;; ++attempt) {
    const crypto::Hash256 bytes = crypto::hmac_sha256(seed, util::as_bytes(path + "#" + std::to_string(attempt)));
    if (const auto scalar = crypto::Scalar::reduce(bytes)) return *scalar;
  }
}

}  // namespace

MintKeyset make_keyset(const crypto::Hash256& seed, const std::string& unit, std::uint64_t index, std::uint64_t input_fee_ppk,
                       bool v1_id) {
  MintKeyset made;
  made.keyset.unit = unit;
  made.keyset.input_fee_ppk = input_fee_ppk;
  for (unsigned power = 0; power <= kLargestPower; ++power) {
    const std::uint64_t amount = std::uint64_t{1} << power;
    const crypto::Scalar k = derive(seed, unit + "/" + std::to_string(index) + "/" + std::to_string(amount));
    made.keyset.keys.emplace(amount, crypto::generator_mul(k));
    made.secret.emplace(amount, k);
  }
  made.keyset.id = v1_id ? cashu::derive_id_v1(made.keyset) : cashu::derive_id_v2(made.keyset);
  return made;
}

}  // namespace paygress::sandbox

#include "cashu/dhke.h"

#include <array>
#include <cstdint>

#include "crypto/hash.h"

namespace paygress::cashu {
namespace {

constexpr std::string_view kDomain = "Secp256k1_HashToCurve_Cashu_";
// Every second hash is a point, so this many misses do not happen.
constexpr std::uint32_t kMaxTries = 1u << 16;

}  // namespace

crypto::Point hash_to_curve(std::string_view secret) {
  const crypto::Hash256 message = crypto::Sha256().update(util::as_bytes(kDomain)).update(util::as_bytes(secret)).finish();
  std::array<std::uint8_t, 33> candidate{0x02};
  for (std::uint32_t counter = 0; counter < kMaxTries; ++counter) {
    const std::array<std::uint8_t, 4> little_endian = {
        static_cast<std::uint8_t>(counter & 0xff), static_cast<std::uint8_t>(counter >> 8 & 0xff),
        static_cast<std::uint8_t>(counter >> 16 & 0xff), static_cast<std::uint8_t>(counter >> 24)};
    const crypto::Hash256 x = crypto::Sha256().update(message).update(little_endian).finish();
    std::copy(x.begin(), x.end(), candidate.begin() + 1);
    if (auto point = crypto::Point::from_bytes(candidate)) return *point;
  }
  util::throw_error({util::Errc::internal, "hash_to_curve found no point"});
}

util::Result<crypto::Point> blind(const crypto::Point& Y, const crypto::Scalar& r) {
  return crypto::add(Y, crypto::generator_mul(r));
}

util::Result<crypto::Point> unblind(const crypto::Point& C_, const crypto::Scalar& r, const crypto::Point& K) {
  return crypto::subtract(C_, crypto::mul(K, r));
}

crypto::Point sign_blinded(const crypto::Point& B_, const crypto::Scalar& k) { return crypto::mul(B_, k); }

bool mint_verifies(std::string_view secret, const crypto::Point& C, const crypto::Scalar& k) {
  return crypto::mul(hash_to_curve(secret), k) == C;
}

}  // namespace paygress::cashu

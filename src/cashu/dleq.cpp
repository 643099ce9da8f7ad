#include "cashu/dleq.h"

#include "cashu/dhke.h"
#include "crypto/hash.h"
#include "util/bytes.h"

namespace paygress::cashu {
namespace {

constexpr std::string_view kNonceDomain = "Cashu_DLEQ_R_v1";

}  // namespace

std::array<std::uint8_t, 32> dleq_hash(const crypto::Point& R1, const crypto::Point& R2, const crypto::Point& A,
                                       const crypto::Point& C_) {
  crypto::Sha256 hash;
  for (const auto* point : {&R1, &R2, &A, &C_}) hash.update(util::as_bytes(point->uncompressed_hex()));
  return hash.finish();
}

bool verify_dleq(const Dleq& dleq, const crypto::Point& A, const crypto::Point& B_, const crypto::Point& C_) {
  const auto e = crypto::Scalar::from_bytes(dleq.e), s = crypto::Scalar::from_bytes(dleq.s);
  if (!e || !s) return false;
  const auto R1 = crypto::add_generator_mul(crypto::negate(crypto::mul(A, *e)), *s);
  const auto R2 = crypto::subtract(crypto::mul(B_, *s), crypto::mul(C_, *e));
  return R1 && R2 && dleq_hash(*R1, *R2, A, C_) == dleq.e;
}

DleqVerdict check_dleq(const Proof& proof, const crypto::Point& A) {
  if (!proof.dleq || !proof.dleq->r) return DleqVerdict::absent;
  const auto r = crypto::Scalar::from_bytes(*proof.dleq->r);
  if (!r) return DleqVerdict::broken;
  const auto B_ = crypto::add_generator_mul(hash_to_curve(proof.secret), *r);
  const auto C_ = crypto::add(proof.C, crypto::mul(A, *r));
  return B_ && C_ && verify_dleq(*proof.dleq, A, *B_, *C_) ? DleqVerdict::holds : DleqVerdict::broken;
}

bool verify_dleq(const Proof& proof, const crypto::Point& A) { return check_dleq(proof, A) == DleqVerdict::holds; }

Dleq make_dleq(const crypto::Scalar& a, const crypto::Point& B_, const crypto::Point& C_) {
  const crypto::Point A = crypto::generator_mul(a);
  for (unsigned counter = 0; counter < 256; ++counter) {
    const std::array<std::uint8_t, 1> last = {static_cast<std::uint8_t>(counter)};
    const auto nonce = crypto::HmacSha256(a.bytes())
                           .update(util::as_bytes(kNonceDomain))
                           .update(A.uncompressed())
                           .update(B_.uncompressed())
                           .update(C_.uncompressed())
                           .update(last)
                           .finish();
    const auto r = crypto::Scalar::from_bytes(nonce);
    if (!r) continue;
    const auto e_hash = dleq_hash(crypto::generator_mul(*r), crypto::mul(B_, *r), A, C_);
    const auto e = crypto::Scalar::from_bytes(e_hash);
    if (!e) continue;
    const auto s = crypto::add(*r, crypto::mul(*e, a));
    if (s) return Dleq{e_hash, s->bytes(), std::nullopt};
  }
  util::throw_error({util::Errc::internal, "no DLEQ nonce found"});
}

}  // namespace paygress::cashu

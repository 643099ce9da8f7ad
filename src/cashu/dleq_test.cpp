// DLEQ proofs (NUT-12) that a payer or a mint has tampered with.
#include "cashu/dleq.h"

#include <doctest/doctest.h>

#include "cashu/dhke.h"
#include "util/bytes.h"

using namespace paygress;
using cashu::DleqVerdict;

namespace {

using Bytes32 = std::array<std::uint8_t, 32>;

Bytes32 bytes(const std::string& hex) { return util::array_from_hex<32>(hex).value(); }

const Bytes32 kZero{};
const Bytes32 kOrder = bytes("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
const Bytes32 kAll = bytes(std::string(64, 'f'));

const crypto::Scalar kMintKey = crypto::Scalar::from_hex(std::string(64, '5')).value();
const crypto::Scalar kBlinding = crypto::Scalar::from_hex(std::string(64, '3')).value();
const crypto::Point kPublished = crypto::generator_mul(kMintKey);

// A proof as an honest payer hands it on.
cashu::Proof honest() {
  const crypto::Point B_ = cashu::blind(cashu::hash_to_curve("a secret"), kBlinding).value();
  const crypto::Point C_ = cashu::sign_blinded(B_, kMintKey);
  cashu::Dleq dleq = cashu::make_dleq(kMintKey, B_, C_);
  dleq.r = kBlinding.bytes();
  return {cashu::Amount(1), "009a1f293253e41e", "a secret", cashu::unblind(C_, kBlinding, kPublished).value(), dleq, {}, {}};
}

DleqVerdict verdict(const cashu::Proof& proof) { return cashu::check_dleq(proof, kPublished); }

}  // namespace

TEST_CASE("an honest DLEQ holds for its key, its secret and its C, and for no other") {
  CHECK(verdict(honest()) == DleqVerdict::holds);
  CHECK(cashu::check_dleq(honest(), crypto::generator_mul(kBlinding)) == DleqVerdict::broken);
  cashu::Proof other = honest();
  other.secret = "another secret";
  CHECK(verdict(other) == DleqVerdict::broken);
  other = honest();
  other.C = kPublished;
  CHECK(verdict(other) == DleqVerdict::broken);
}

TEST_CASE("without r it says nothing, and is no forgery") {
  cashu::Proof proof = honest();
  proof.dleq->r.reset();
  CHECK(verdict(proof) == DleqVerdict::absent);
  CHECK_FALSE(cashu::verify_dleq(proof, kPublished));
  proof.dleq.reset();
  CHECK(verdict(proof) == DleqVerdict::absent);
}

TEST_CASE("zero, the order of the group and what is beyond it are no scalars") {
  for (const Bytes32& value : {kZero, kOrder, kAll}) {
    cashu::Proof e = honest(), s = honest(), r = honest(), all = honest();
    e.dleq->e = value;
    s.dleq->s = value;
    r.dleq->r = value;
    all.dleq = cashu::Dleq{value, value, value};
    for (const cashu::Proof& proof : {e, s, r, all}) CHECK(verdict(proof) == DleqVerdict::broken);
  }
}

TEST_CASE("one changed bit, or two values that have changed places, and it is broken") {
  for (std::size_t bit = 0; bit < 256; bit += 51) {
    cashu::Proof e = honest(), s = honest(), r = honest();
    const auto flip = [bit](Bytes32& value) { value[bit / 8] = static_cast<std::uint8_t>(value[bit / 8] ^ (1u << bit % 8)); };
    flip(e.dleq->e);
    flip(s.dleq->s);
    flip(*r.dleq->r);
    for (const cashu::Proof& proof : {e, s, r}) CHECK(verdict(proof) == DleqVerdict::broken);
  }
  cashu::Proof turned = honest();
  std::swap(turned.dleq->e, turned.dleq->s);
  CHECK(verdict(turned) == DleqVerdict::broken);
}

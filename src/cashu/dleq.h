// The proof that a mint signed with its published key (NUT-12): it tells forged money from real without asking the mint,
// and that the amount is the one the key stands for. It does not tell whether the money is spent.
#pragma once

#include <array>
#include <cstdint>

#include "cashu/proof.h"
#include "crypto/point.h"

namespace paygress::cashu {

// For the signature `C_` on `B_` in a mint's reply; `A` is the key of that amount.
bool verify_dleq(const Dleq& dleq, const crypto::Point& A, const crypto::Point& B_, const crypto::Point& C_);

// For a proof somebody handed us: `A` is the key of *its own* keyset and amount. One without `r` says nothing about the proof,
// so it counts as none (NUT-12): then only the mint can tell.
enum class DleqVerdict { absent, holds, broken };
DleqVerdict check_dleq(const Proof& proof, const crypto::Point& A);
// Is it there, and does it hold?
bool verify_dleq(const Proof& proof, const crypto::Point& A);

// SHA-256 over the uncompressed hex texts.
std::array<std::uint8_t, 32> dleq_hash(const crypto::Point& R1, const crypto::Point& R2, const crypto::Point& A,
                                       const crypto::Point& C_);

// The mint's half, with the deterministic nonce of NUT-12.
Dleq make_dleq(const crypto::Scalar& a, const crypto::Point& B_, const crypto::Point& C_);

}  // namespace paygress::cashu

#include "tests/crash/purse.h"

#include <stdexcept>

namespace paygress::test {

net::Task<Purse> weigh(cashu::MintClient& mint, std::vector<cashu::Proof> proofs) {
  Purse purse;
  if (proofs.empty()) co_return purse;
  std::vector<crypto::Point> ys;
  for (const cashu::Proof& proof : proofs) ys.push_back(cashu::proof_y(proof));
  const auto states = co_await mint.check_state(ys);
  if (!states) throw std::runtime_error("the mint does not say whose money it is: " + states.error().message);
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    const std::uint64_t amount = proofs[i].amount.value();
    switch ((*states)[i]) {
      case cashu::ProofState::unspent: purse.unspent += amount; break;
      case cashu::ProofState::pending: purse.pending += amount; break;
      case cashu::ProofState::spent: purse.spent += amount; break;
    }
  }
  co_return purse;
}

}  // namespace paygress::test

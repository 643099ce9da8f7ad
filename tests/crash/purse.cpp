#include "tests/crash/purse.h"

#include <stdexcept>

#include "store/database.h"

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

std::vector<cashu::Proof> held_proofs(const std::filesystem::path& path) {
  store::Database database(path);
  store::Statement row = database.prepare("SELECT amount, keyset, secret, c FROM proofs WHERE state = 'held'");
  std::vector<cashu::Proof> proofs;
  while (row.step()) {
    const cashu::Amount amount(static_cast<std::uint64_t>(row.integer(0)));
    const crypto::Point c = crypto::Point::from_hex(row.text(3)).value();
    proofs.push_back({amount, row.text(1), row.text(2), c, std::nullopt, "", std::nullopt});
  }
  return proofs;
}

}  // namespace paygress::test

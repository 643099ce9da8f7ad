// The cashier looks at tokens, claims them at their mint, and gives money back.
//
// Looking touches nothing. Claiming is crash-safe (swap_desk.h): it ends on evidence, never on an error alone.
#pragma once

#include <string>
#include <vector>

#include "cashu/token.h"
#include "market/order.h"
#include "provider/swap_desk.h"

namespace paygress::provider {

// A token that could be claimed, as far as one can know without claiming it.
struct Examined {
  std::string mint;  // the operator's spelling
  std::string unit;
  std::vector<cashu::Proof> inputs;
  cashu::Amount face, fee, net;  // in the unit
  market::Payment payment;       // the same in msat
  // Not empty: the token is spent, and these are the proofs that it became when an older life of this wallet claimed it for the
  // same order, which the database has forgotten since (it was lost, or put back from a copy). The order is paid with them.
  std::vector<cashu::Proof> claimed_before;
};

class Cashier {
 public:
  Cashier(net::Clock&, Mints&, SwapDesk&, Wallet&, std::uint64_t max_input_fee_ppk);

  // Everything that can be checked: form, mint, unit, keysets, locks, DLEQ, fee. The error is a refusal by the customer's fault,
  // or `unavailable` with code mint_unreachable when the mint must be asked and is silent.
  net::Task<util::Result<Examined>> examine(std::string order_id, util::Secret token);

  // Writes the claim into the caller's transaction. Error code token_spent: one of the proofs is in another order's claim.
  util::Result<> journal(const std::string& order_id, const Examined&);

  // Finishes a journalled claim, however long it takes. `claimed` or `refused` is called inside the transaction that ends it,
  // `delayed` (perhaps several times) when it takes long.
  struct Outcome {
    std::function<void()> claimed;
    std::function<void(const market::Refusal&)> refused;
    std::function<void(std::string code)> delayed;
  };
  net::Task<> claim(std::string order_id, Outcome);

  // The pod is delivered: the order's money belongs to its lease from now on. In the caller's transaction.
  void deliver(const std::string& order_id, const std::string& lease_id);
  // A token of the claimed amount, in the caller's transaction: what was claimed is the customer's again.
  util::Secret make_refund(const std::string& order_id);

  // What a refusal by examine() is called in an answer.
  static market::Refusal to_refusal(const util::Error&);

  // Tokens may be locked to this key (NUT-11): "02" and x, in hex.
  std::string locking_key() const;

 private:
  net::Task<util::Result<cashu::ResolvedProofs>> resolve(MintDesk&, const cashu::Token&);
  net::Task<util::Result<>> find_earlier_claim(MintDesk&, const std::string& order_id, Examined&);
  util::Result<> check_proofs(const MintDesk&, const cashu::ResolvedProofs&) const;

  net::Clock& clock_;
  Mints& mints_;
  SwapDesk& swaps_;
  Wallet& wallet_;
  std::uint64_t max_input_fee_ppk_;
};

}  // namespace paygress::provider

// The cashier looks at tokens, claims them at their mint, and gives money back.
//
// Looking touches nothing. Claiming is crash-safe: the whole swap is journalled (claim_book.h) before its first byte is sent, and
// whatever happens then, the claim ends on evidence: the mint's reply, or the states of the inputs together with the
// signatures on our outputs (cashu/evidence.h). It never ends on an error alone.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cashu/secrets.h"
#include "cashu/token.h"
#include "crypto/keys.h"
#include "market/order.h"
#include "provider/claim_book.h"
#include "provider/mint_desk.h"

namespace paygress::provider {

// A token that could be claimed, as far as one can know without claiming it.
struct Examined {
  std::string mint;  // the operator's spelling
  std::string unit;
  std::vector<cashu::Proof> inputs;
  cashu::Amount face, fee, net;  // in the unit
  market::Payment payment;       // the same in msat
};

// How a claim ended.
struct ClaimOutcome {
  std::optional<market::Refusal> refusal;  // nothing: the proofs are ours and stored
};

class Cashier {
 public:
  Cashier(store::Database&, net::HttpClient&, net::Clock&, crypto::RandomSource&, std::vector<cashu::MintUrl> mints,
          cashu::WalletSeed seed, std::uint64_t max_input_fee_ppk);

  // Reads the keys of all mints and keeps them fresh. A mint that does not answer is named in the log, once.
  net::Task<> run();

  // Everything that can be checked: form, mint, unit, keysets, locks, DLEQ, fee, and that no other order has it. The error is
  // a refusal by the customer's fault, or `unavailable` with code mint_unreachable when the mint must be asked and is silent.
  net::Task<util::Result<Examined>> examine(util::Secret token);

  // Writes the claim into the caller's transaction. Error code token_spent: one of the proofs is in another order's claim.
  util::Result<> journal(const std::string& order_id, const Examined&);

  // Finishes a journalled claim, however long it takes. `delayed` is called (perhaps several times) when it takes long.
  net::Task<ClaimOutcome> claim(std::string order_id, std::function<void(std::string code)> delayed);

  // A token of the claimed amount, in the caller's transaction: what was claimed is the customer's again.
  util::Secret make_refund(const std::string& order_id);

  // What a refusal by examine() is called in an answer.
  static market::Refusal to_refusal(const util::Error&);

  const std::vector<std::unique_ptr<MintDesk>>& mints() const { return mints_; }
  // Tokens may be locked to this key (NUT-11): "02" and x, in hex.
  std::string locking_key() const;
  ClaimBook& book() { return book_; }

 private:
  MintDesk* find_mint(const cashu::MintUrl&);
  MintDesk& mint_of(const Claim&);
  net::Task<util::Result<cashu::ResolvedProofs>> resolve(MintDesk&, const cashu::Token&);
  util::Result<> check_proofs(const MintDesk&, const cashu::ResolvedProofs&) const;

  // One attempt: send, and if that did not settle it, ask for evidence and act on it. Nothing: not settled yet.
  net::Task<std::optional<ClaimOutcome>> attempt(const Claim&, std::string& why);
  net::Task<std::optional<ClaimOutcome>> decide_on_evidence(const Claim&, MintDesk&, std::optional<cashu::FaultClass> said,
                                                            std::string& why);
  net::Task<> renew_outputs(const Claim&, MintDesk&);
  net::Task<> import_restored(const Claim&, MintDesk&);
  ClaimOutcome settle(const Claim&, const std::vector<cashu::Proof>&);
  ClaimOutcome give_up(const Claim&, market::Refusal);

  store::Database& database_;
  net::Clock& clock_;
  crypto::RandomSource& random_;
  cashu::WalletSeed seed_;
  crypto::SecretKey locking_key_;
  std::uint64_t max_input_fee_ppk_;
  ClaimBook book_;
  std::vector<std::unique_ptr<MintDesk>> mints_;
};

}  // namespace paygress::provider

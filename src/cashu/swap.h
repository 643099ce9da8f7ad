// Claiming money (NUT-03) in two pure halves: the plan is stored before its bytes go to the mint, and the reply, whenever
// and by whatever way it comes back, is checked against the plan before anything counts as received.
#pragma once

#include "cashu/output.h"
#include "cashu/placement.h"
#include "cashu/proof.h"
#include "crypto/keys.h"

namespace paygress::cashu {

struct SwapPlan {
  std::vector<Output> outputs;
  std::vector<std::size_t> given;  // the places of those that plan_split made for somebody else
  std::string body;                // the exact bytes of POST /v1/swap; sent again unchanged, never rebuilt
  std::uint32_t next_counter;      // stored in the transaction that stores the plan
};

// `inputs` with full keyset ids; `net` = their sum less the fee. The outputs are ascending (NUT-03: privacy), `dleq` and
// `p2pk_e` stay at home, and locks to `own_key` are signed. The counters are the next ones in a row, or with `placement` those
// that it gives. Codes: those of split_amount, derive and sign_inputs.
util::Result<SwapPlan> plan_swap(const std::vector<Proof>& inputs, Amount net, const Keyset& active, const WalletSeed& seed,
                                 std::uint32_t first_counter, const crypto::SecretKey* own_key = nullptr,
                                 const Placement* placement = nullptr);

// A swap of our own money: `give` of it is to become a token for somebody, `keep` comes back to us; one of them may be 0, and
// together they are the inputs' sum less the fee. What is given has random secrets, so that a restore from the seed does not
// find money that is no longer ours. Codes: those of split_amount and derive.
util::Result<SwapPlan> plan_split(const std::vector<Proof>& inputs, Amount give, Amount keep, const Keyset& active,
                                  const WalletSeed& seed, std::uint32_t first_counter, crypto::RandomSource& random);

// Whether a mint's signature without DLEQ is taken: `required` once the mint announces NUT-12. One that is there must hold.
enum class DleqPolicy { if_present, required };

// The reply {signatures} to exactly these outputs: same number, order, amounts and keyset, DLEQ that holds. Gives the new
// proofs, their DLEQ with our `r`. Code `mint_reply_invalid`: the money may well have moved, so the claim stays and
// restore decides.
util::Result<std::vector<Proof>> finish_swap(const std::vector<Output>& outputs, const Keyset& keyset, const nlohmann::json& reply,
                                             DleqPolicy policy = DleqPolicy::if_present);

// How many of the outputs we asked for the mint has ever signed.
enum class Coverage { none, some, all };

struct Restored {
  Coverage coverage;
  std::vector<Proof> proofs;  // in the order of the outputs that were covered
};

// The reply {outputs, signatures} of POST /v1/restore (NUT-09) for these outputs. An output we did not ask for, one named
// twice, or a signature that does not fit is `mint_reply_invalid`.
util::Result<Restored> finish_restore(const std::vector<Output>& outputs, const Keyset& keyset, const nlohmann::json& reply,
                                      DleqPolicy policy = DleqPolicy::if_present);

// For a restore of outputs whose amounts the mint has chosen (NUT-08), or that nobody knows any more (NUT-13): those of `asked`
// that the reply has a signature for, with the amount that was signed. They go to finish_restore with the same reply.
std::vector<Output> with_signed_amounts(const std::vector<Output>& asked, const nlohmann::json& reply);

}  // namespace paygress::cashu

// Brings a journalled swap to certainty, whatever breaks meanwhile.
//
//                         journal()                    [in the caller's transaction, before any byte is sent]
//                             |
//                             v
//      +---- resend ---- journalled -------- the mint's reply holds ---------------------------> done
//      |                  |   ^                                                                   ^
//      |   no reply, or   |   |  wait (PENDING, no evidence) / resend_same / hold_alarm           |
//      |   any error      v   |  new_generation: new outputs, then again                          |
//      +------------> evidence: states of the inputs (NUT-07) and signatures on our outputs (NUT-09)
//                             |                                              |                    |
//                             |  reject_final: it did not run and cannot     |  finish: it ran ---+
//                             v                                              |
//                          refused                                           |  new_generation_import: counters were
//                                                                            |  used in an older life; repair, then again
//      resend_same, but the mint refuses a customer's token for kRefusalPatience ---> abandoned
//
// Abandoned: every copy of the request got its answer, all of them were refusals, and the mint says each time that the inputs are
// unspent and nothing of ours is signed. So the customer hears that his token was not touched. Should the mint carry out such a
// request after all, its outputs are not forgotten: the next claim of the same token takes them over as earlier generations, and
// a restore from the seed finds them.
//
// What happens if the process dies: before the journal's commit the mint knows nothing and the order is still open, it begins
// anew. After it, and before or after the POST, the same bytes are sent again at the next start. After the mint's reply and
// before `done` is committed, the POST is refused as spent and the evidence gives the same proofs again. `done`, the proofs,
// the books and the order's next state are one transaction.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "provider/mints.h"
#include "provider/restore_scan.h"
#include "provider/wallet.h"

namespace paygress::provider {

class SwapDesk {
 public:
  SwapDesk(net::Clock&, crypto::RandomSource&, Mints&, Wallet&, RestoreScan&);

  // Writes the swap and its first outputs into the caller's transaction; the mint's keys must be known. Codes: token_spent when
  // one of the inputs is in another swap, mint_unreachable when there is no keyset to ask for, those of plan_swap.
  util::Result<> journal(const Swap&);

  // How a swap ends, inside the transaction that ends it.
  struct Ending {
    // `kept` are ours and already stored (reserved for the swap's id if they are a customer's); `given` are to be handed out.
    std::function<void(const Swap&, const std::vector<cashu::Proof>& kept, const std::vector<cashu::Proof>& given)> done;
    // The mint did not take the inputs for us. Codes: token_spent, token_forged, keyset_not_supported, token_refused. Inputs of our own that were reserved for the swap are held again, or are what was found again.
    std::function<void(const Swap&, const util::Error&)> refused;
    // It takes long (perhaps called several times, outside of any transaction). Codes: mint_unreachable, mint_slow, token_pending.
    std::function<void(std::string code)> delayed = [](const std::string&) {};
  };
  // Returns when the swap is done or refused, however long that takes.
  net::Task<> finish(std::string swap_id, Ending);

  RestoreScan& scan() { return scan_; }

 private:
  struct Evidence;
  struct Tries;  // what became of the copies of the request, since the program began
  net::Task<bool> attempt(const Swap&, const Ending&, Tries&);
  net::Task<bool> decide_on_evidence(const Swap&, const Ending&, const std::optional<util::Error>& said, Tries&);
  net::Task<Evidence> ask_for_evidence(const Swap&, std::optional<cashu::FaultClass> said, bool asked_before);
  enum class Renewal { not_needed, done, too_dear, inputs_unknown };
  net::Task<Renewal> renew_outputs(const Swap&);
  net::Task<bool> after_refusal(const Swap&, const Ending&, const std::optional<util::Error>& said, Tries&);
  net::Task<> import_older_life(const Swap&, int generation);
  util::Result<> plan(const Swap&, int generation, const cashu::Keyset&, cashu::Amount net);

  void settle(const Swap&, const Generation&, std::vector<cashu::Proof>, const Ending&);
  void post_fees(const Swap&, cashu::Amount fee);
  void give_up(const Swap&, const util::Error&, const Ending&, SwapState = SwapState::refused);

  net::Clock& clock_;
  crypto::RandomSource& random_;
  Mints& mints_;
  Wallet& wallet_;
  RestoreScan& scan_;
};

}  // namespace paygress::provider

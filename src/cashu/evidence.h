// What to do about a swap whose reply we do not have. PURE. The pair (state of the inputs, signatures on our outputs) is
// the only evidence; the mint's error only breaks ties where the evidence says that nothing has happened.
#pragma once

#include <optional>
#include <vector>

#include "cashu/mint_fault.h"
#include "cashu/swap.h"

namespace paygress::cashu {

// A proof's state at the mint (NUT-07).
enum class ProofState { unspent, pending, spent };

enum class InputStates { all_unspent, all_spent, any_pending, mixed };
InputStates summarize(const std::vector<ProofState>& states);

struct Evidence {
  // None: the mint did not answer checkstate (or restore), does not offer it, or answered garbage.
  std::optional<InputStates> inputs;
  std::optional<Coverage> outputs;
  // The last time we asked, the same pair came back. Both calls together are not atomic: one of them may just have
  // missed what the other saw.
  bool asked_before = false;
  // What the mint said to the request itself, if it said anything.
  std::optional<FaultClass> said;
};

enum class Decision {
  finish,                 // our swap ran: the restored signatures are the money
  reject_final,           // it did not and cannot run; the payer keeps or has spent his token
  resend_same,            // it has not run: the same bytes again can only succeed once
  wait,                   // in flight, or no evidence: later, with back-off
  ask_again,              // the pair contradicts itself: both questions once more, at once
  new_generation,         // it cannot run as it is, and new outputs cure that (rotated keyset, changed fee)
  new_generation_import,  // our outputs were signed in an older life: import those, move the counter on, new outputs
  hold_alarm              // the mint contradicts itself: keep everything, tell the operator
};

Decision decide(const Evidence& evidence);

}  // namespace paygress::cashu

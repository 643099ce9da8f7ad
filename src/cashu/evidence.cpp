#include "cashu/evidence.h"

#include <algorithm>

namespace paygress::cashu {
namespace {

// Nothing has happened, and nothing of ours can be in flight that could still succeed differently: the same bytes are
// valid exactly once. What the mint said tells whether sending them again makes sense.
Decision when_untouched(const std::optional<FaultClass>& said) {
  if (!said) return Decision::resend_same;
  switch (*said) {
    case FaultClass::final_payer:
    case FaultClass::configuration: return Decision::reject_final;
    case FaultClass::refresh:
    case FaultClass::split: return Decision::new_generation;
    case FaultClass::pending:
    case FaultClass::transient:
    case FaultClass::restore_first:
    case FaultClass::quote_unpaid:
    case FaultClass::new_quote: return Decision::resend_same;
    case FaultClass::final_ours: return Decision::hold_alarm;
  }
  return Decision::wait;
}

Decision when_spent(Coverage outputs, bool asked_before) {
  switch (outputs) {
    case Coverage::all: return Decision::finish;
    case Coverage::some:
      return Decision::hold_alarm;  // a swap is atomic: this cannot be
    // Our swap may have landed between the two questions; asked twice, somebody else has spent it.
    case Coverage::none: return asked_before ? Decision::reject_final : Decision::ask_again;
  }
  return Decision::wait;
}

Decision when_unspent(const Evidence& evidence) {
  if (*evidence.outputs == Coverage::none) return when_untouched(evidence.said);
  // Our outputs are signed, but not for these inputs: a counter was used before (a database that was rolled back).
  return evidence.asked_before ? Decision::new_generation_import : Decision::ask_again;
}

}  // namespace

InputStates summarize(const std::vector<ProofState>& states) {
  const auto any = [&](ProofState state) { return std::find(states.begin(), states.end(), state) != states.end(); };
  if (any(ProofState::pending)) return InputStates::any_pending;
  if (any(ProofState::spent) && any(ProofState::unspent)) return InputStates::mixed;
  return any(ProofState::spent) ? InputStates::all_spent : InputStates::all_unspent;
}

Decision decide(const Evidence& evidence) {
  if (!evidence.inputs) return Decision::wait;
  if (*evidence.inputs == InputStates::any_pending) return Decision::wait;
  if (!evidence.outputs) return Decision::wait;
  switch (*evidence.inputs) {
    case InputStates::all_spent: return when_spent(*evidence.outputs, evidence.asked_before);
    case InputStates::all_unspent: return when_unspent(evidence);
    // A swap takes all or nothing, so ours did not run and cannot any more.
    case InputStates::mixed: return *evidence.outputs == Coverage::none ? Decision::reject_final : Decision::hold_alarm;
    case InputStates::any_pending: return Decision::wait;
  }
  return Decision::wait;
}

}  // namespace paygress::cashu

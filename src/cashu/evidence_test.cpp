#include "cashu/evidence.h"

#include <doctest/doctest.h>

using namespace paygress::cashu;

namespace {

Decision decided(std::optional<InputStates> inputs, std::optional<Coverage> outputs, bool asked_before = false,
                 std::optional<FaultClass> said = std::nullopt) {
  return decide({inputs, outputs, asked_before, said});
}

}  // namespace

TEST_CASE("spent inputs and all our signatures: our swap ran") {
  for (const bool before : {false, true}) CHECK(decided(InputStates::all_spent, Coverage::all, before) == Decision::finish);
  // Whatever the mint said: "already spent" is what it says to our own repeated request.
  CHECK(decided(InputStates::all_spent, Coverage::all, false, FaultClass::final_payer) == Decision::finish);
  CHECK(decided(InputStates::all_spent, Coverage::all, false, FaultClass::restore_first) == Decision::finish);
}

TEST_CASE("spent inputs and none of our signatures: asked twice before the payer is blamed") {
  CHECK(decided(InputStates::all_spent, Coverage::none, false) == Decision::ask_again);
  CHECK(decided(InputStates::all_spent, Coverage::none, true) == Decision::reject_final);
}

TEST_CASE("spent inputs and some of our signatures: a swap is atomic, so the mint is at fault") {
  for (const bool before : {false, true}) CHECK(decided(InputStates::all_spent, Coverage::some, before) == Decision::hold_alarm);
}

TEST_CASE("nothing has happened: the same bytes again, whatever passing trouble the mint reported") {
  CHECK(decided(InputStates::all_unspent, Coverage::none) == Decision::resend_same);
  CHECK(decided(InputStates::all_unspent, Coverage::none, true) == Decision::resend_same);
  for (const auto said : {FaultClass::transient, FaultClass::pending, FaultClass::restore_first})
    CHECK(decided(InputStates::all_unspent, Coverage::none, false, said) == Decision::resend_same);
}

TEST_CASE("nothing has happened, and the mint named a cause that repeating does not cure") {
  CHECK(decided(InputStates::all_unspent, Coverage::none, false, FaultClass::final_payer) == Decision::reject_final);
  CHECK(decided(InputStates::all_unspent, Coverage::none, false, FaultClass::configuration) == Decision::reject_final);
  CHECK(decided(InputStates::all_unspent, Coverage::none, false, FaultClass::refresh) == Decision::new_generation);
  CHECK(decided(InputStates::all_unspent, Coverage::none, false, FaultClass::split) == Decision::new_generation);
  CHECK(decided(InputStates::all_unspent, Coverage::none, false, FaultClass::final_ours) == Decision::hold_alarm);
}

TEST_CASE("unspent inputs and signatures of ours: an older life used these counters") {
  for (const auto outputs : {Coverage::some, Coverage::all}) {
    CHECK(decided(InputStates::all_unspent, outputs, false) == Decision::ask_again);
    CHECK(decided(InputStates::all_unspent, outputs, true) == Decision::new_generation_import);
    CHECK(decided(InputStates::all_unspent, outputs, true, FaultClass::final_payer) == Decision::new_generation_import);
  }
}

TEST_CASE("pending inputs: wait, and never reject") {
  for (const auto said : {FaultClass::final_payer, FaultClass::pending, FaultClass::refresh})
    CHECK(decided(InputStates::any_pending, Coverage::none, true, said) == Decision::wait);
  CHECK(decided(InputStates::any_pending, std::nullopt) == Decision::wait);
}

TEST_CASE("some inputs spent: ours cannot have run, unless the mint contradicts itself") {
  CHECK(decided(InputStates::mixed, Coverage::none) == Decision::reject_final);
  CHECK(decided(InputStates::mixed, Coverage::some) == Decision::hold_alarm);
  CHECK(decided(InputStates::mixed, Coverage::all) == Decision::hold_alarm);
}

TEST_CASE("half the evidence is none, whatever the mint said") {
  for (const auto said : {FaultClass::final_payer, FaultClass::refresh, FaultClass::transient}) {
    CHECK(decided(std::nullopt, Coverage::all, false, said) == Decision::wait);
    CHECK(decided(std::nullopt, std::nullopt, true, said) == Decision::wait);
    for (const auto inputs : {InputStates::all_spent, InputStates::all_unspent, InputStates::mixed})
      CHECK(decided(inputs, std::nullopt, true, said) == Decision::wait);
  }
}

TEST_CASE("states are summed up so that one pending input outweighs the rest") {
  using enum ProofState;
  CHECK(summarize({spent, spent}) == InputStates::all_spent);
  CHECK(summarize({unspent}) == InputStates::all_unspent);
  CHECK(summarize({unspent, spent}) == InputStates::mixed);
  CHECK(summarize({unspent, spent, pending}) == InputStates::any_pending);
}

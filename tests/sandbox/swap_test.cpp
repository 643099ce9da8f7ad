// Each arrow of the drawing in src/provider/swap_desk.h and docs/money.md, against a mint that really signs: the desk in one process
// with the sandbox's mint, on a clock that runs too fast.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "cashu/swap.h"
#include "tests/sandbox/swap_world.h"

using namespace paygress;
using namespace paygress::provider;
using sandbox::FaultKind;
using test::SwapWorld;
using test::y_of;

TEST_CASE("journalled -> done: the mint's reply holds") {
  SwapWorld world;
  const std::string token = world.mint.make_token(30);
  CHECK(world.claim(token) == "done");
  world.check_money(29);
  CHECK(world.delays.empty());
  CHECK(world.wallet->proofs.held(world.mint.url(), "sat") == 0);  // set apart for the order
}

TEST_CASE("journalled -> evidence -> done: the reply was lost, or was a lie, and the signatures are restored") {
  const sandbox::Fault faults[] = {{FaultKind::lose_reply},    {FaultKind::wrong_amount},     {FaultKind::wrong_id},
                                   {FaultKind::wrong_dleq},    {FaultKind::wrong_count},      {FaultKind::late_error, 11003},
                                   {FaultKind::late_error, 0}, {FaultKind::late_error, 10001}};
  for (const sandbox::Fault& fault : faults) {
    CAPTURE(static_cast<int>(fault.kind));
    SwapWorld world;
    world.mint.faults().order("swap", fault);
    CHECK(world.claim(world.mint.make_token(30)) == "done");
    world.check_money(29);
    CHECK(world.generations_of("o1", 1));
  }
}

TEST_CASE("evidence -> journalled, resend_same: it did not run, so the same bytes go again") {
  for (const sandbox::Fault& fault :
       {sandbox::Fault{FaultKind::lose_request}, {FaultKind::status, 500}, {FaultKind::error, 11001}, {FaultKind::error, 0}}) {
    CAPTURE(static_cast<int>(fault.kind));
    SwapWorld world;
    world.mint.faults().order("swap", fault);
    CHECK(world.claim(world.mint.make_token(30)) == "done");
    CHECK(world.mint.faults().requests("swap") == 2);
    CHECK(world.generations_of("o1", 1));
    world.check_money(29);
  }
}

TEST_CASE("evidence -> journalled, wait: PENDING is never an end, and neither is silence") {
  SwapWorld world;
  const std::string token = world.mint.make_token(30);
  const auto inputs = world.proofs(token);
  world.mint.set_pending(y_of(inputs.front()));
  int asked = 0;
  world.mint.faults().on_request = [&](std::string_view endpoint, std::uint64_t) {
    if (endpoint == "checkstate" && ++asked == 4) world.mint.set_pending(y_of(inputs.front()), false);
  };
  CHECK(world.claim(token) == "done");
  REQUIRE_FALSE(world.delays.empty());
  CHECK(world.delays.front() == "token_pending");
  world.check_money(29);

  SwapWorld silent;
  silent.mint.faults().order("swap", {FaultKind::lose_reply});
  silent.mint.faults().order("checkstate", {FaultKind::lose_request}, 2);
  silent.mint.faults().order("restore", {FaultKind::wrong_count}, 2);
  CHECK(silent.claim(silent.mint.make_token(30)) == "done");
  silent.check_money(29);
}

TEST_CASE("evidence -> journalled, hold_alarm: what cannot be is kept, not guessed") {
  SwapWorld world;
  world.mint.faults().order("swap", {FaultKind::error, 11012}, 2);
  CHECK(world.claim(world.mint.make_token(30)) == "done");
  CHECK(world.mint.faults().requests("swap") == 3);
  world.check_money(29);
}

TEST_CASE("evidence -> refused: somebody else has spent it, all of it or a part") {
  for (const bool all : {true, false}) {
    CAPTURE(all);
    SwapWorld world;
    const std::string token = world.mint.make_token(30);
    const auto inputs = world.proofs(token);
    world.journal("o1", inputs);
    // The payer's own swap, quicker than ours.
    const std::vector<cashu::Proof> taken(inputs.begin(), all ? inputs.end() : inputs.begin() + 2);
    const auto& keysets = world.mints->get(world.mint.url()).keysets();
    const cashu::Amount net = cashu::subtract(cashu::total(taken).value(), cashu::input_fee(taken, keysets).value()).value();
    const auto plan = cashu::plan_swap(taken, net, *world.mints->get(world.mint.url()).active("sat"),
                                       cashu::WalletSeed(std::array<std::uint8_t, 64>{9}), 0);
    REQUIRE(plan);
    REQUIRE(world.run(world.mints->get(world.mint.url()).client().swap(plan->body)));
    CHECK(world.finish("o1") == "token_spent");
    CHECK(world.wallet->swaps.find("o1")->state == SwapState::refused);
    world.check_money(0, world.mint.books().outstanding_msat() / 1000);
  }
}

TEST_CASE("evidence -> refused: the mint does not want it, says why, and it is unspent") {
  const std::pair<int, const char*> verdicts[] = {
      {10001, "token_forged"}, {12003, "keyset_not_supported"}, {11007, "token_refused"}, {20008, "token_locked"}};
  for (const auto& verdict : verdicts) {
    const int code = verdict.first;
    const char* const name = verdict.second;
    CAPTURE(code);
    SwapWorld world;
    const std::string token = world.mint.make_token(30);
    world.mint.faults().order("swap", {FaultKind::error, code});
    CHECK(world.claim(token) == name);
    CHECK_FALSE(world.mint.is_spent(token));
    world.check_money(0, 30);
    // It may be tried again, in another order.
    CHECK(world.claim(token, "o2") == "done");
    world.check_money(29);
  }
}

TEST_CASE("evidence -> journalled, new_generation: a rotated keyset gets new outputs, and the customer his price") {
  SwapWorld world;
  const std::string token = world.mint.make_token(30);
  world.journal("o1", world.proofs(token));
  world.mint.rotate("sat", 900);
  CHECK(world.finish("o1") == "done");
  CHECK(world.generations_of("o1", 2));
  world.check_money(29);

  // Refused once by mistake, and signed all the same: the first outputs are found.
  SwapWorld late;
  late.mint.faults().order("swap", {FaultKind::late_error, 12002});
  CHECK(late.claim(late.mint.make_token(30)) == "done");
  CHECK(late.generations_of("o1", 1));
  late.check_money(29);
}

TEST_CASE("evidence -> journalled, new_generation_import: counters of an older life are noticed, its money is brought in") {
  SwapWorld world;
  CHECK(world.claim(world.mint.make_token(30), "older") == "done");
  world.check_money(29);
  world.forget();
  const std::string token = world.mint.make_token(30);
  CHECK(world.claim(token) == "done");
  world.check_money(29 + 29);
  // Set apart: it may be somebody's refund.
  CHECK(world.wallet->ledger.amount_in(Account::found, world.mint.url(), "sat") == -29);
  CHECK(world.wallet->ledger.own(world.mint.url(), "sat") == 0);
  CHECK(world.wallet->proofs.held(world.mint.url(), "sat") == 0);
  CHECK(world.generations_of("o1", 1));
}

TEST_CASE("the same, noticed before the first swap") {
  SwapWorld world;
  CHECK(world.claim(world.mint.make_token(30), "older") == "done");
  world.find_again();
  world.check_money(29);
  CHECK(world.claim(world.mint.make_token(30)) == "done");
  CHECK(world.mint.faults().requests("swap") == 2);
  world.check_money(29 + 29);
}

TEST_CASE("a restart between journal and reply goes on with the same bytes") {
  SwapWorld world;
  const std::string token = world.mint.make_token(30);
  world.journal("o1", world.proofs(token));
  const std::string before = world.wallet->swaps.generations("o1").front().body;
  world.restart();
  CHECK(world.wallet->swaps.generations("o1").front().body == before);
  CHECK(world.finish("o1") == "done");
  world.check_money(29);
}

TEST_CASE("one proof is in one swap, whatever else is in the token") {
  SwapWorld world;
  const auto inputs = world.proofs(world.mint.make_token(30));
  world.journal("o1", inputs);
  Swap other;
  other.id = "o2";
  other.mint = world.mint.url();
  other.unit = "sat";
  other.inputs = world.proofs(world.mint.make_token(7));
  other.inputs.push_back(inputs.back());
  other.face = cashu::total(other.inputs).value();
  other.fee = cashu::Amount(1);
  store::Transaction transaction(world.database);
  const auto refused = world.desk->journal(other);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "token_spent");
}

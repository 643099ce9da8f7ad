// A mint that refuses for ever, for no reason that one can act on: the customer gets an answer, and nothing is lost should the mint
// carry out the request after all. In one process with the sandbox's mint, on a clock that runs too fast.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/sandbox/swap_world.h"

using namespace paygress;
using namespace paygress::provider;
using sandbox::FaultKind;
using test::SwapWorld;

namespace {

// A claim that the mint has refused until it was given up.
std::string abandon(SwapWorld& world, const std::string& token, sandbox::Fault fault = {FaultKind::error, 0}) {
  world.mint.faults().order("swap", fault, std::nullopt);
  const auto began = world.clock.steady_now();
  const std::string outcome = world.claim(token);
  CHECK(world.clock.steady_now() - began >= std::chrono::minutes(15));
  world.mint.faults().clear_all();
  return outcome;
}

// What the mint makes of a request that it had refused, late.
void carry_out_late(SwapWorld& world, const std::string& order) {
  const std::string body = world.wallet->swaps.generations(order).front().body;
  REQUIRE(world.run(world.mints->get(world.mint.url()).client().swap(body)));
}

}  // namespace

TEST_CASE("resend_same -> abandoned: after a quarter of an hour of refusals the customer knows that his token was not touched") {
  for (const sandbox::Fault& fault :
       {sandbox::Fault{FaultKind::error, 0}, {FaultKind::error, 11000}, {FaultKind::status, 422}, {FaultKind::error, 20009}}) {
    CAPTURE(fault.argument);
    SwapWorld world;
    const std::string token = world.mint.make_token(30);
    CHECK(abandon(world, token, fault) == "token_refused");
    CHECK(world.wallet->swaps.find("o1")->state == SwapState::abandoned);
    CHECK(world.mint.faults().requests("swap") >= 10);
    CHECK_FALSE(world.mint.is_spent(token));
    CHECK_FALSE(world.delays.empty());
    world.check_money(0, 30);
    // He sends it again.
    CHECK(world.claim(token, "o2") == "done");
    world.check_money(29);
    CHECK(world.wallet->swaps.find("o1")->state == SwapState::refused);
  }
}

TEST_CASE("a code that asks for new outputs makes none where they would be the same") {
  for (const int code : {11005, 12001, 12002, 11014}) {
    CAPTURE(code);
    SwapWorld world;
    const std::string token = world.mint.make_token(30);
    CHECK(abandon(world, token, {FaultKind::error, code}) == "token_refused");
    CHECK(world.generations_of("o1", 1));
    world.check_money(0, 30);
  }
}

TEST_CASE("a mint without a word for a rotated keyset or a changed fee is understood all the same") {
  SwapWorld world;
  const std::string token = world.mint.make_token(30);
  world.journal("o1", world.proofs(token));
  world.mint.rotate("sat", 900);
  world.mint.faults().order("swap", {FaultKind::error, 11000}, 3);
  CHECK(world.finish("o1") == "done");
  CHECK(world.generations_of("o1", 2));
  world.check_money(29);
}

TEST_CASE("a mint that is down, busy or in doubt is waited for, however long") {
  for (const sandbox::Fault& fault :
       {sandbox::Fault{FaultKind::status, 502}, {FaultKind::status, 500}, {FaultKind::status, 429}, {FaultKind::lose_request}}) {
    CAPTURE(static_cast<int>(fault.kind));
    CAPTURE(fault.argument);
    SwapWorld world;
    world.mint.faults().order("swap", fault, 25);
    const auto began = world.clock.steady_now();
    CHECK(world.claim(world.mint.make_token(30)) == "done");
    CHECK(world.clock.steady_now() - began > std::chrono::minutes(15));
    world.check_money(29);
  }
}

TEST_CASE("a copy that got no answer may still be on its way, so a refusal just after it ends nothing") {
  SwapWorld world;
  world.mint.faults().order("swap", {FaultKind::error, 0}, 20);
  world.mint.faults().order("swap", {FaultKind::lose_request});
  world.mint.faults().order("swap", {FaultKind::error, 0}, 2);
  CHECK(world.claim(world.mint.make_token(30)) == "done");
  world.check_money(29);
}

TEST_CASE("our own money waits for as long as it takes") {
  SwapWorld world;
  CHECK(world.claim(world.mint.make_token(30)) == "done");
  const std::vector<cashu::Proof> own = world.wallet->proofs.reserved_for("o1", world.mint.url());
  {
    store::Transaction transaction(world.database);
    world.wallet->proofs.release("o1");
    world.wallet->proofs.reserve("sweep-1", own);
    transaction.commit();
  }
  world.journal("sweep-1", own, SwapKind::sweep);
  world.mint.faults().order("swap", {FaultKind::error, 0}, 25);
  CHECK(world.finish("sweep-1") == "done");
  world.check_money(28);
}

TEST_CASE("abandoned, and carried out after all: the same token, sent again, is paid with what the mint has signed") {
  SwapWorld world;
  const std::string token = world.mint.make_token(30);
  CHECK(abandon(world, token) == "token_refused");
  carry_out_late(world, "o1");
  CHECK(world.mint.is_spent(token));
  CHECK(world.claim(token, "o2") == "done");
  world.check_money(29);
  // Once.
  CHECK(world.claim(world.mint.make_token(30), "o3") == "done");
  world.check_money(29 + 29);
}

TEST_CASE("abandoned, carried out after all, and refused again: the first outputs are not forgotten") {
  SwapWorld world;
  const std::string token = world.mint.make_token(30);
  CHECK(abandon(world, token) == "token_refused");
  world.mint.faults().order("swap", {FaultKind::error, 0}, std::nullopt);
  CHECK(world.claim(token, "o2") == "token_refused");
  world.mint.faults().clear_all();
  CHECK(world.generations_of("o2", 2));
  const std::string first = world.wallet->swaps.generations("o2").back().body;
  REQUIRE(world.run(world.mints->get(world.mint.url()).client().swap(first)));
  CHECK(world.claim(token, "o3") == "done");
  world.check_money(29);
}

TEST_CASE("abandoned, carried out after all, and found by a restore first: it is nobody's until the operator decides") {
  SwapWorld world;
  const std::string token = world.mint.make_token(30);
  CHECK(abandon(world, token) == "token_refused");
  carry_out_late(world, "o1");
  MintDesk& desk = world.mints->get(world.mint.url());
  const auto scanned = world.run(world.scan->scan(desk, *desk.active("sat"), 0, RestoreScan::kToRestore));
  REQUIRE(scanned);
  {
    store::Transaction transaction(world.database);
    CHECK(world.scan->bring_in(world.mint.url(), *scanned, world.clock.now()).value() == 29);
    transaction.commit();
  }
  CHECK(world.claim(token, "o2") == "token_spent");
  CHECK(world.wallet->ledger.amount_in(Account::found, world.mint.url(), "sat") == -29);
  world.check_money(29);
}

// Orders that the database has forgotten, and their money (src/cashu/placement.h, docs/money.md): in one process with the sandbox's
// mint. The same through a running daemon is in forgotten_test.cpp.
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "cashu/swap.h"
#include "tests/sandbox/swap_world.h"

using namespace paygress;
using namespace paygress::provider;
using test::SwapWorld;
using test::y_of;

TEST_CASE("what was claimed for an order is known again by its places, for that order and that amount alone") {
  SwapWorld world;
  const std::vector<std::uint64_t> paid = {30, 30, 65, 2, 5, 1001};
  for (std::size_t i = 0; i < paid.size(); ++i)
    CHECK(world.claim(world.mint.make_token(paid[i]), "order " + std::to_string(i)) == "done");
  world.find_again();
  std::set<std::string> taken;
  for (std::size_t i = 0; i < paid.size(); ++i) {
    CAPTURE(i);
    const auto claimed = world.claimed_before("order " + std::to_string(i), paid[i] - 1);
    REQUIRE_FALSE(claimed.empty());
    CHECK(cashu::total(claimed).value().value() == paid[i] - 1);
    for (const cashu::Proof& proof : claimed) CHECK(taken.insert(proof.secret).second);
    CHECK(world.claimed_before("order " + std::to_string(i), paid[i] + 20).empty());
  }
  CHECK(world.claimed_before("order 0", 0).empty());
  for (int other = 100; other < 150; ++other) CHECK(world.claimed_before("order " + std::to_string(other), 29).empty());
}

TEST_CASE("found -> journalled, reclaim -> done: an order that was forgotten gets its money back into the books") {
  SwapWorld world;
  CHECK(world.claim(world.mint.make_token(30)) == "done");
  world.find_again();
  const auto found = world.claimed_before("o1", 29);
  world.reclaim("o1", found);
  CHECK(world.claimed_before("o1", 29).empty());
  CHECK(world.finish("o1") == "done");
  // Its old proofs are spent, in whoever's hands they are.
  for (const cashu::Proof& proof : found) CHECK(world.mint.state(y_of(proof)) == sandbox::ProofState::spent);
  world.check_money(28);
  CHECK(world.wallet->ledger.amount_in(Account::found, world.mint.url(), "sat") == 0);
  CHECK(world.wallet->ledger.amount_in(Account::orders, world.mint.url(), "sat") == -29);
  CHECK(world.wallet->ledger.amount_in(Account::mint_fees, world.mint.url(), "sat") == 1);
  // And forgotten once more, it is found once more.
  world.find_again();
  CHECK(cashu::total(world.claimed_before("o1", 29)).value().value() == 28);
}

TEST_CASE("found -> journalled, reclaim -> refused: a refund that its customer redeems meanwhile stays his") {
  SwapWorld world;
  CHECK(world.claim(world.mint.make_token(30)) == "done");
  world.find_again();
  const auto found = world.claimed_before("o1", 29);
  world.reclaim("o1", found);
  const auto plan = cashu::plan_swap(found, cashu::Amount(28), *world.mints->get(world.mint.url()).active("sat"),
                                     cashu::WalletSeed(std::array<std::uint8_t, 64>{9}), 0);
  REQUIRE(world.run(world.mints->get(world.mint.url()).client().swap(plan->body)));
  CHECK(world.finish("o1") == "token_spent");
  // Until the operator looks at what was found.
  CHECK(world.wallet->ledger.amount_in(Account::found, world.mint.url(), "sat") == -29);
  CHECK(world.wallet->proofs.reserved_for(RestoreScan::kFound, world.mint.url()).size() == found.size());
  CHECK(world.wallet->proofs.held(world.mint.url(), "sat") == 0);
}

// Mints that are right in what matters and odd in what does not, and the operator's hand on many small proofs.
#include <doctest/doctest.h>

#include "cashu/token.h"
#include "provider/treasury.h"
#include "store/schema.h"
#include "tests/sandbox/payout_world.h"

using namespace paygress;
using namespace paygress::provider;
using sandbox::FaultKind;
using test::HurriedClock;
using test::PayoutWorld;

namespace {

void earn(PayoutWorld& world, const std::vector<std::uint64_t>& amounts, std::string mint = {}) {
  sandbox::TokenOptions options;
  options.amounts = amounts;
  std::uint64_t sum = 0;
  for (const std::uint64_t amount : amounts) sum += amount;
  if (mint.empty()) mint = world.mint.url();
  const cashu::Token token = cashu::decode_token(world.mint.make_token(sum, options)).value();
  const auto& keysets = world.house->mints.get(world.mint.url()).keysets();
  const auto proofs = cashu::resolve_proofs(token.proofs, "sat", keysets).value().proofs;
  store::Transaction transaction(world.database);
  world.house->wallet.proofs.insert("earned", mint, "sat", proofs);
  world.house->wallet.ledger.post({"claim", Account::proofs, Account::earnings, mint, "sat", cashu::Amount(sum), "test"},
                                  world.clock.now());
  transaction.commit();
}

// The operator's part of the house.
struct Hand {
  PayoutWorld& world;
  Mints& mints;
  SwapDesk swaps{world.clock, world.random, mints, world.house->wallet, world.house->scan};
  net::TaskGroup work{world.io.get_executor()};
  Treasury treasury{world.clock, world.random, mints, swaps, world.house->wallet, work};
  net::Running runs{world.io.get_executor(), run()};

  Hand(PayoutWorld& world_, Mints& mints_) : world(world_), mints(mints_) {}
  ~Hand() {
    runs.cancel();
    CHECK(world.until([&] { return runs.done(); }));
  }
  net::Task<> run() {
    std::vector<net::Task<>> parts;
    parts.push_back(work.run());
    parts.push_back(treasury.run());
    co_await net::run_all(std::move(parts));
  }
};

}  // namespace

TEST_CASE("a keyset whose keys are not given closes no mint, and a token of it is refused by name") {
  PayoutWorld world;
  const std::string older = world.mint.make_token(8);
  world.mint.rotate();
  world.crash();
  world.mint.faults().order("keys", {FaultKind::error, 12001}, std::nullopt);
  const auto url = cashu::MintUrl::parse(world.mint.url()).value();
  MintDesk desk(*world.http, world.clock, url);
  REQUIRE(world.run(desk.refresh()));
  CHECK(desk.known());
  CHECK(desk.keysets().size() == 2);
  CHECK(desk.active("sat") == nullptr);
  const std::vector<std::string> ids = {cashu::decode_token(older)->proofs.front().keyset_id};
  CHECK(world.run(desk.load_keys(ids)).error().code == "keyset_unusable");
  world.mint.faults().clear_all();
  REQUIRE(world.run(desk.load_keys(ids)));
  REQUIRE(world.run(desk.refresh()));
  CHECK(desk.active("sat") != nullptr);
  // A mint that is merely busy is asked again.
  MintDesk busy(*world.http, world.clock, url);
  world.mint.faults().order("keys", {FaultKind::status, 500});
  CHECK_FALSE(world.run(busy.refresh()));
  CHECK_FALSE(busy.known());
  world.start();
}

TEST_CASE("that one mint is gone is no reason to ask the others every few seconds") {
  PayoutWorld world;
  const auto live = cashu::MintUrl::parse(world.mint.url()).value(), dead = cashu::MintUrl::parse("http://127.0.0.1:1").value();
  const std::vector<cashu::MintUrl> urls = {dead, live};
  Mints mints(*world.http, world.clock, urls, {});
  const auto before = world.mint.faults().requests("keysets");
  net::Running runs(world.io.get_executor(), mints.run());
  world.run(world.clock.sleep_for(std::chrono::minutes(20)));
  CHECK(mints.get(live.text()).known());
  CHECK(world.mint.faults().requests("keysets") == before + 1);
  runs.cancel();
  CHECK(world.until([&] { return runs.done(); }));
}

TEST_CASE("proofs of a keyset that the mint lists no more do not keep the others in the house") {
  PayoutWorld world;
  earn(world, {64, 32});
  {
    store::Transaction transaction(world.database);
    world.database.run("UPDATE proofs SET keyset = '00ffffffffffffff' WHERE amount = 64");
    transaction.commit();
  }
  const auto& keysets = world.house->mints.get(world.mint.url()).keysets();
  const auto chosen = world.house->wallet.proofs.select(world.mint.url(), "sat", cashu::Amount(31), keysets);
  REQUIRE(chosen);
  CHECK(cashu::total(*chosen)->value() == 32);
  CHECK(world.house->wallet.proofs.most_at_once(world.mint.url(), "sat", keysets).value() == 31);
}

TEST_CASE("many small proofs: they are made few, so that one payment can take them") {
  PayoutWorld world;
  earn(world, std::vector<std::uint64_t>(700, 1));
  const std::string invoice = world.invoice(550);
  CHECK(world.pay(invoice).error().code == "too_many_proofs");
  {
    Hand hand(world, world.house->mints);
    const std::string keyset = world.house->wallet.proofs.keysets_held(world.mint.url()).at(0);
    REQUIRE(world.until([&] {
      return world.house->wallet.proofs.count_held(world.mint.url(), keyset) <= 400 &&
             world.house->wallet.swaps.open(SwapKind::sweep).empty();
    }));
  }
  CHECK(world.balance(Account::mint_fees) == 40);  // twice two hundred proofs
  const auto paid = world.pay(invoice);
  REQUIRE_MESSAGE(paid, (paid ? "" : paid.error().message));
  CHECK(paid->state == PayoutState::paid);
  world.check_books();
}

TEST_CASE("money that belongs to customers pays for no merging") {
  PayoutWorld world;
  earn(world, std::vector<std::uint64_t>(450, 1));
  {
    store::Transaction transaction(world.database);
    world.house->wallet.ledger.post(
        {"claim", Account::earnings, Account::leases, world.mint.url(), "sat", cashu::Amount(440), "pod"}, world.clock.now());
    transaction.commit();
  }
  Hand hand(world, world.house->mints);
  world.run(world.clock.sleep_for(std::chrono::minutes(5)));
  CHECK(world.mint.faults().requests("swap") == 0);
}

TEST_CASE("drain takes everything, in as many tokens as it needs, and a dead mint keeps nothing back elsewhere") {
  PayoutWorld world;
  const auto live = cashu::MintUrl::parse(world.mint.url()).value(), dead = cashu::MintUrl::parse("http://127.0.0.1:1").value();
  const std::vector<cashu::MintUrl> urls = {dead, live};
  earn(world, {32, 16}, dead.text());
  earn(world, std::vector<std::uint64_t>(600, 1));
  Mints mints(*world.http, world.clock, urls, {});
  REQUIRE(world.run(mints.get(live.text()).refresh()));
  Hand hand(world, mints);
  const Treasury::Drained drained = world.run(hand.treasury.drain(false));
  REQUIRE(drained.tokens.size() == 2);
  CHECK(drained.tokens.at(0).amount.value() == 500 - 50);
  CHECK(drained.tokens.at(1).amount.value() == 100 - 10);
  REQUIRE(drained.failures.size() == 1);
  CHECK(drained.failures.front().mint == dead.text());
  CHECK(drained.failures.front().error.code == "mint_unreachable");
  CHECK(world.held() == 0);
  CHECK(world.house->wallet.proofs.held(dead.text(), "sat") == 48);
}

TEST_CASE("a withdrawal that comes to nothing long after it was asked for is shown with the tokens") {
  PayoutWorld world;
  earn(world, {32});
  Hand hand(world, world.house->mints);
  world.mint.faults().order("swap", {FaultKind::status, 500}, 12);
  const auto asked = world.run(hand.treasury.withdraw(world.mint.url(), "sat", cashu::Amount(31), false));
  REQUIRE_FALSE(asked);
  CHECK(asked.error().code == "under_way");
  CHECK(hand.treasury.refused_withdrawals().empty());
  world.mint.faults().clear_all();
  world.mint.faults().order("swap", {FaultKind::error, 12003});
  REQUIRE(world.until([&] { return !hand.treasury.refused_withdrawals().empty(); }));
  CHECK(hand.treasury.refused_withdrawals().front().gives.value() == 31);
  CHECK(hand.treasury.tokens().empty());
  CHECK(world.held() == 32);
  world.check_books();
}

TEST_CASE("tokens that nobody redeems keep no other from being looked after") {
  PayoutWorld world;
  TokensGiven given(world.database);
  {
    store::Transaction transaction(world.database);
    for (int i = 0; i < 60; ++i) {
      const auto amount = cashu::Amount(16);
      given.add({"refund " + std::to_string(i), TokenKind::refund, world.mint.url(), "sat", amount,
                 util::Secret(world.mint.make_token(16))},
                world.clock.now());
    }
    transaction.commit();
  }
  const std::string last = given.find("refund 59")->token.reveal();
  MintDesk& desk = world.house->mints.get(world.mint.url());
  const auto proofs = cashu::resolve_proofs(cashu::decode_token(last)->proofs, "sat", desk.keysets()).value().proofs;
  const cashu::WalletSeed customer(std::array<std::uint8_t, 64>{9});
  const auto plan = cashu::plan_swap(proofs, cashu::Amount(15), *desk.active("sat"), customer, 0);
  REQUIRE(plan);
  REQUIRE(world.run(desk.client().swap(plan->body)));
  Hand hand(world, world.house->mints);
  REQUIRE(world.until([&] { return given.open(100).size() == 59; }));
  CHECK(given.find("refund 59")->token.reveal().empty());
}

TEST_CASE("a mint that forgets a quote which it never paid does not keep the money; one that has paid it does") {
  for (const bool taken_up : {false, true}) {
    CAPTURE(taken_up);
    PayoutWorld world;
    earn(world, {64, 32, 16, 8});
    world.mint.faults().order("melt", {taken_up ? FaultKind::lose_reply : FaultKind::lose_request}, std::nullopt);
    world.mint.faults().order("melt_quote_state", {FaultKind::error, 20007}, std::nullopt);
    const auto begun = world.pay(world.invoice(20, std::chrono::minutes(10)));
    REQUIRE(begun);
    CHECK(begun->state == PayoutState::journalled);
    world.run(world.clock.sleep_for(std::chrono::minutes(20)));
    CHECK(world.house->wallet.payouts.open().size() == (taken_up ? 1 : 0));
    CHECK(world.held() == (taken_up ? 120 - 64 : 120));
    world.mint.faults().clear_all();
    if (!taken_up) continue;
    CHECK(world.end().state == PayoutState::paid);
    world.check_books();
  }
}

TEST_CASE("a preimage proves a payment, or it does not") {
  Payout payout;
  payout.payment_hash = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
  payout.preimage = std::string(64, '0');
  CHECK(payout.is_proven());
  for (const char* wrong : {"", "00", "not hex", "0000000000000000000000000000000000000000000000000000000000000001"}) {
    payout.preimage = wrong;
    CHECK_FALSE(payout.is_proven());
  }
}

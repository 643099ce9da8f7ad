// Each arrow of the drawing in src/provider/swap_desk.h and docs/money.md, against a mint that really signs: the desk in one process
// with the sandbox's mint, on a clock that runs too fast.
#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cashu/token.h"
#include "provider/swap_desk.h"
#include "store/schema.h"
#include "tests/sandbox/payout_world.h"

using namespace paygress;
using namespace paygress::provider;
using sandbox::FaultKind;
using test::HurriedClock;

namespace {

const cashu::WalletSeed kSeed{std::array<std::uint8_t, 64>{6}};

struct World {
  boost::asio::io_context io{1};
  HurriedClock clock;
  crypto::SeededRandom random{12};
  sandbox::FakeMint mint{io.get_executor(), clock, random};
  std::unique_ptr<net::HttpClient> http = net::make_curl_client(io.get_executor());
  net::Running mint_runs{io.get_executor(), mint.run()};
  store::Database database{":memory:"};
  std::unique_ptr<Wallet> wallet;
  std::unique_ptr<Mints> mints;
  std::unique_ptr<RestoreScan> scan;
  std::unique_ptr<SwapDesk> desk;
  std::vector<std::string> delays;

  World() {
    store::migrate(database);
    restart();
  }
  ~World() {
    mint_runs.cancel();
    io.restart();
    while (!mint_runs.done()) io.run_one();
  }

  // A new process on the old database.
  void restart() {
    wallet = std::make_unique<Wallet>(database, kSeed, UnitRates{{"sat", 1000}});
    mints = std::make_unique<Mints>(*http, clock, std::vector{cashu::MintUrl::parse(mint.url()).value()},
                                    std::vector<cashu::MintUrl>());
    scan = std::make_unique<RestoreScan>(*wallet);
    desk = std::make_unique<SwapDesk>(clock, random, *mints, *wallet, *scan);
    REQUIRE(run(mints->get(mint.url()).refresh()));
  }

  template <class T>
  T run(net::Task<T> task) {
    return net::test::run(io, std::move(task));
  }

  std::vector<cashu::Proof> proofs(const std::string& token) {
    const auto decoded = cashu::decode_token(token).value();
    return cashu::resolve_proofs(decoded.proofs, "sat", mints->get(mint.url()).keysets()).value().proofs;
  }

  void journal(const std::string& id, const std::vector<cashu::Proof>& inputs) {
    Swap swap;
    swap.id = id;
    swap.mint = mint.url();
    swap.unit = "sat";
    swap.inputs = inputs;
    swap.face = cashu::total(inputs).value();
    swap.fee = cashu::input_fee(inputs, mints->get(mint.url()).keysets()).value();
    store::Transaction transaction(database);
    REQUIRE(desk->journal(swap));
    transaction.commit();
  }

  // "done", or the code of the refusal.
  std::string finish(const std::string& id) {
    std::string outcome;
    SwapDesk::Ending ending;
    ending.done = [&](const Swap&, const auto&, const auto&) { outcome = "done"; };
    ending.refused = [&](const Swap&, const util::Error& reason) { outcome = reason.code; };
    ending.delayed = [&](const std::string& code) { delays.push_back(code); };
    net::test::run(io, desk->finish(id, std::move(ending)));
    return outcome;
  }

  std::string claim(const std::string& token, const std::string& id = "o1") {
    journal(id, proofs(token));
    return finish(id);
  }

  bool generations_of(const std::string& id, std::size_t count) { return wallet->swaps.generations(id).size() == count; }

  // What is ours is unspent at the mint, the books know it, and together with what others hold it is all that the mint owes.
  void check_money(std::uint64_t ours, std::uint64_t others = 0) {
    const auto agree = wallet->check_books();
    CHECK_MESSAGE(agree, (agree ? "" : agree.error().message));
    CHECK(wallet->ledger.amount_in(Account::proofs, mint.url(), "sat") == static_cast<std::int64_t>(ours));
    CHECK(mint.books().outstanding_msat() == (ours + others) * 1000);
    store::Statement row = database.prepare("SELECT y FROM proofs WHERE state IN ('held', 'reserved')");
    while (row.step()) CHECK(mint.state(row.text(0)) == sandbox::ProofState::unspent);
  }
};

std::string y_of(const cashu::Proof& proof) { return cashu::proof_y(proof).hex(); }

}  // namespace

TEST_CASE("journalled -> done: the mint's reply holds") {
  World world;
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
    World world;
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
    World world;
    world.mint.faults().order("swap", fault);
    CHECK(world.claim(world.mint.make_token(30)) == "done");
    CHECK(world.mint.faults().requests("swap") == 2);
    CHECK(world.generations_of("o1", 1));
    world.check_money(29);
  }
}

TEST_CASE("evidence -> journalled, wait: PENDING is never an end, and neither is silence") {
  World world;
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

  World silent;
  silent.mint.faults().order("swap", {FaultKind::lose_reply});
  silent.mint.faults().order("checkstate", {FaultKind::lose_request}, 2);
  silent.mint.faults().order("restore", {FaultKind::wrong_count}, 2);
  CHECK(silent.claim(silent.mint.make_token(30)) == "done");
  silent.check_money(29);
}

TEST_CASE("evidence -> journalled, hold_alarm: what cannot be is kept, not guessed") {
  World world;
  world.mint.faults().order("swap", {FaultKind::error, 11012}, 2);
  CHECK(world.claim(world.mint.make_token(30)) == "done");
  CHECK(world.mint.faults().requests("swap") == 3);
  world.check_money(29);
}

TEST_CASE("evidence -> refused: somebody else has spent it, all of it or a part") {
  for (const bool all : {true, false}) {
    CAPTURE(all);
    World world;
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
      {10001, "token_forged"}, {12003, "keyset_not_supported"}, {11007, "token_refused"}};
  for (const auto& verdict : verdicts) {
    const int code = verdict.first;
    const char* const name = verdict.second;
    CAPTURE(code);
    World world;
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
  World world;
  const std::string token = world.mint.make_token(30);
  world.journal("o1", world.proofs(token));
  world.mint.rotate("sat", 900);
  CHECK(world.finish("o1") == "done");
  CHECK(world.generations_of("o1", 2));
  world.check_money(29);

  // Refused once by mistake, and signed all the same: the first outputs are found.
  World late;
  late.mint.faults().order("swap", {FaultKind::late_error, 12002});
  CHECK(late.claim(late.mint.make_token(30)) == "done");
  CHECK(late.generations_of("o1", 1));
  late.check_money(29);
}

TEST_CASE("evidence -> journalled, new_generation_import: counters of an older life are noticed, its money is brought in") {
  World world;
  CHECK(world.claim(world.mint.make_token(30), "older") == "done");
  world.check_money(29);
  // The database is an older copy: without that claim, its proofs, its books, and with the counters of then.
  for (const char* table : {"proofs", "swap_outputs", "swap_inputs", "swaps", "ledger", "balances", "counters"})
    world.database.run(std::string("DELETE FROM ") + table);
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
  World world;
  CHECK(world.claim(world.mint.make_token(30), "older") == "done");
  for (const char* table : {"proofs", "swap_outputs", "swap_inputs", "swaps", "ledger", "balances", "counters"})
    world.database.run(std::string("DELETE FROM ") + table);
  world.restart();
  MintDesk& desk = world.mints->get(world.mint.url());
  REQUIRE(world.run(world.scan->make_sure_of_counters(desk, *desk.active("sat"))));
  world.check_money(29);
  CHECK(world.claim(world.mint.make_token(30)) == "done");
  CHECK(world.mint.faults().requests("swap") == 2);
  world.check_money(29 + 29);
}

TEST_CASE("a restart between journal and reply goes on with the same bytes") {
  World world;
  const std::string token = world.mint.make_token(30);
  world.journal("o1", world.proofs(token));
  const std::string before = world.wallet->swaps.generations("o1").front().body;
  world.restart();
  CHECK(world.wallet->swaps.generations("o1").front().body == before);
  CHECK(world.finish("o1") == "done");
  world.check_money(29);
}

TEST_CASE("one proof is in one swap, whatever else is in the token") {
  World world;
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

// Proofs leave a keyset before it ends: in one process with the sandbox's mint, on a clock that runs too fast.
#include <doctest/doctest.h>

#include "cashu/token.h"
#include "provider/treasury.h"
#include "store/schema.h"
#include "tests/sandbox/payout_world.h"

using namespace paygress;
using namespace paygress::provider;
using test::HurriedClock;

namespace {

struct World {
  boost::asio::io_context io{1};
  HurriedClock clock;
  crypto::SeededRandom random{13};
  sandbox::FakeMint mint{io.get_executor(), clock, random};
  std::unique_ptr<net::HttpClient> http = net::make_curl_client(io.get_executor());
  net::Running mint_runs{io.get_executor(), mint.run()};
  store::Database database{":memory:"};
  Wallet wallet{migrated(database), cashu::WalletSeed(std::array<std::uint8_t, 64>{8}), UnitRates{{"sat", 1000}}};
  Mints mints{*http, clock, {cashu::MintUrl::parse(mint.url()).value()}, {}};
  RestoreScan scan{wallet};
  SwapDesk desk{clock, random, mints, wallet, scan};
  std::unique_ptr<net::TaskGroup> work;
  std::unique_ptr<Treasury> treasury;
  std::optional<net::Running> runs;

  static store::Database& migrated(store::Database& database) {
    store::migrate(database);
    return database;
  }

  ~World() {
    stop();
    mint_runs.cancel();
    REQUIRE(until([&] { return mint_runs.done(); }));
  }

  template <class Holds>
  bool until(Holds holds) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > limit) return false;
      io.restart();
      io.run_one_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  net::Task<> work_and_treasury() {
    std::vector<net::Task<>> parts;
    parts.push_back(work->run());
    parts.push_back(treasury->run());
    co_await net::run_all(std::move(parts));
  }

  // A new process on the old database.
  void start() {
    REQUIRE(net::test::run(io, mints.get(mint.url()).refresh()));
    work = std::make_unique<net::TaskGroup>(io.get_executor());
    treasury = std::make_unique<Treasury>(clock, random, mints, desk, wallet, *work);
    runs.emplace(io.get_executor(), work_and_treasury());
  }
  void stop() {
    if (!runs) return;
    runs->cancel();
    REQUIRE(until([&] { return runs->done(); }));
    runs.reset();
  }

  void earn(std::uint64_t amount) {
    const cashu::Token token = cashu::decode_token(mint.make_token(amount)).value();
    const auto proofs = cashu::resolve_proofs(token.proofs, "sat", mints.get(mint.url()).keysets()).value().proofs;
    store::Transaction transaction(database);
    wallet.proofs.insert("earned", mint.url(), "sat", proofs);
    wallet.ledger.post({"claim", Account::proofs, Account::earnings, mint.url(), "sat", cashu::Amount(amount), "test"},
                       clock.now());
    transaction.commit();
  }

  std::uint64_t held() { return wallet.proofs.held(mint.url(), "sat"); }
  std::vector<std::string> keysets() { return wallet.proofs.keysets_held(mint.url()); }
};

}  // namespace

TEST_CASE("proofs of a keyset that is no longer active are swapped, and the fee is the operator's") {
  World world;
  world.start();
  world.earn(1000);
  const std::string older = world.keysets().at(0);
  const std::string newer = world.mint.rotate();
  REQUIRE(net::test::run(world.io, world.mints.get(world.mint.url()).refresh()));
  REQUIRE(world.until([&] { return world.keysets() == std::vector{newer} && world.held() > 0; }));
  CHECK(older != newer);
  CHECK(world.held() == 999);
  CHECK(world.wallet.ledger.amount_in(Account::mint_fees, world.mint.url(), "sat") == 1);
  CHECK(world.wallet.check_books());
  CHECK(world.mint.books().outstanding_msat() == 999'000);
}

TEST_CASE("a sweep that was cut off goes on after a restart") {
  World world;
  world.start();
  world.earn(1000);
  world.mint.rotate();
  REQUIRE(net::test::run(world.io, world.mints.get(world.mint.url()).refresh()));
  world.mint.faults().order("swap", {sandbox::FaultKind::lose_reply});
  world.mint.faults().order("checkstate", {sandbox::FaultKind::lose_request}, 1000);
  REQUIRE(world.until([&] { return world.mint.faults().requests("swap") == 1; }));
  world.stop();
  CHECK(world.held() == 0);
  CHECK(world.wallet.check_books());
  world.mint.faults().clear_all();
  world.start();
  REQUIRE(world.until([&] { return world.held() == 999; }));
  CHECK(world.wallet.check_books());
}

TEST_CASE("what is worth less than the fee for moving it stays where it is") {
  World world;
  world.start();
  world.earn(1);
  world.mint.rotate();
  REQUIRE(net::test::run(world.io, world.mints.get(world.mint.url()).refresh()));
  net::test::run(world.io, world.clock.sleep_for(std::chrono::minutes(5)));
  CHECK(world.held() == 1);
  CHECK(world.mint.faults().requests("swap") == 0);
}

TEST_CASE("counters that were used for nothing do not hide what comes after them from a restore") {
  World world;
  world.start();
  world.earn(1000);
  const std::string keyset = world.keysets().at(0);
  // Orders that the mint has refused, as many as a restore just looks through.
  const std::uint32_t gap = RestoreScan::kToRestore.afterwards * 100 - 100;
  {
    store::Transaction transaction(world.database);
    world.wallet.proofs.set_next_counter(keyset, gap);
    transaction.commit();
  }
  CHECK(world.wallet.proofs.unsigned_counters(keyset) == gap);
  REQUIRE(world.until([&] { return world.wallet.proofs.unsigned_counters(keyset) == 0 && world.held() > 0; }));
  CHECK(world.held() == 999);
  CHECK(world.mint.faults().requests("swap") == 1);
  CHECK(world.wallet.check_books());
  // What a restore from the seed alone finds: the proof that was swapped.
  MintDesk& desk = world.mints.get(world.mint.url());
  const auto found = net::test::run(world.io, world.scan.scan(desk, *desk.active("sat"), 0, RestoreScan::kToRestore));
  REQUIRE(found);
  CHECK(found->unspent_sum.value() == 511);
  CHECK(found->next_counter > gap);
  // And with the gap closed, nothing more is swapped.
  net::test::run(world.io, world.clock.sleep_for(std::chrono::minutes(5)));
  CHECK(world.mint.faults().requests("swap") == 1);
}

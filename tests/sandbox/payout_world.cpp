#include "tests/sandbox/payout_world.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "cashu/token.h"
#include "store/schema.h"

namespace paygress::test {
namespace {

const cashu::WalletSeed kSeed{std::array<std::uint8_t, 64>{5}};

}  // namespace

net::Task<> HurriedClock::sleep_for(std::chrono::milliseconds duration) {
  const net::SteadyTime due = steady_now() + duration;
  co_await real_.sleep_for(std::chrono::ceil<std::chrono::milliseconds>(duration / double{kSpeed}));
  skipped_ += std::max(net::SteadyTime::duration::zero(), due - steady_now());
}

House::House(boost::asio::any_io_executor executor, net::HttpClient& http, net::Clock& clock, store::Database& database,
             const cashu::MintUrl& url)
    : wallet(database, kSeed, {{"sat", 1000}, {"msat", 1}}),
      mints(http, clock, {url}, {}),
      scan(wallet),
      desk(executor, clock, mints, wallet, scan, 5) {}

PayoutWorld::PayoutWorld(sandbox::MintOptions options)
    : mint(io.get_executor(), clock, random, std::move(options)),
      http(net::make_curl_client(io.get_executor())),
      mint_runs(io.get_executor(), mint.run()) {
  store::migrate(database);
  start();
}

PayoutWorld::~PayoutWorld() {
  crash();
  mint_runs.cancel();
  until([&] { return mint_runs.done(); });
}

void PayoutWorld::start() {
  const auto url = cashu::MintUrl::parse(mint.url()).value();
  house = std::make_unique<House>(io.get_executor(), *http, clock, database, url);
  REQUIRE(run(house->mints.get(url.text()).refresh()));
  desk_runs.emplace(io.get_executor(), house->desk.run());
}

void PayoutWorld::crash() {
  if (!house) return;
  desk_runs->cancel();
  CHECK(until([&] { return desk_runs->done(); }));
  desk_runs.reset();
  house.reset();
}

void PayoutWorld::earn(std::uint64_t amount, bool customers) {
  const cashu::Token token = cashu::decode_token(mint.make_token(amount)).value();
  const std::string url = token.mint.text();
  const auto proofs = cashu::resolve_proofs(token.proofs, "sat", house->mints.get(url).keysets()).value().proofs;
  store::Transaction transaction(database);
  house->wallet.proofs.insert("earned", url, "sat", proofs);
  const auto account = customers ? provider::Account::leases : provider::Account::earnings;
  house->wallet.ledger.post({"claim", provider::Account::proofs, account, url, "sat", cashu::Amount(amount), "test"}, clock.now());
  transaction.commit();
}

std::string PayoutWorld::invoice(std::uint64_t sats, std::chrono::seconds life) {
  return sandbox::fake_invoice({sats * 1000, "payout " + std::to_string(++invoices), clock.now(), life});
}

util::Result<provider::Payout> PayoutWorld::pay(const std::string& invoice) { return run(house->desk.pay(invoice)); }

provider::Payout PayoutWorld::end() {
  REQUIRE(until([&] { return house->wallet.payouts.open().empty(); }));
  return house->desk.payouts(1).at(0);
}

std::uint64_t PayoutWorld::held() { return house->wallet.proofs.held(mint.url(), "sat"); }

std::int64_t PayoutWorld::balance(provider::Account account) { return house->wallet.ledger.amount_in(account, mint.url(), "sat"); }

void PayoutWorld::check_books() {
  const auto agree = house->wallet.check_books();
  CHECK_MESSAGE(agree, (agree ? "" : agree.error().message));
  store::Statement row = database.prepare("SELECT y, state FROM proofs");
  while (row.step()) {
    const bool ours = row.text(1) == "held";
    CHECK(mint.state(row.text(0)) == (ours ? sandbox::ProofState::unspent : sandbox::ProofState::spent));
  }
}

}  // namespace paygress::test

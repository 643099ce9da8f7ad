// A wallet, its swap desk and the sandbox's mint in one process, on a clock that runs too fast. The process can be ended, and the
// database be put back.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "cashu/token.h"
#include "provider/swap_desk.h"
#include "store/schema.h"
#include "tests/sandbox/payout_world.h"

namespace paygress::test {

struct SwapWorld {
  boost::asio::io_context io{1};
  HurriedClock clock;
  crypto::SeededRandom random{12};
  sandbox::FakeMint mint{io.get_executor(), clock, random};
  std::unique_ptr<net::HttpClient> http = net::make_curl_client(io.get_executor());
  net::Running mint_runs{io.get_executor(), mint.run()};
  store::Database database{":memory:"};
  std::unique_ptr<provider::Wallet> wallet;
  std::unique_ptr<provider::Mints> mints;
  std::unique_ptr<provider::RestoreScan> scan;
  std::unique_ptr<provider::SwapDesk> desk;
  std::vector<std::string> delays;

  SwapWorld() {
    store::migrate(database);
    restart();
  }
  ~SwapWorld() {
    mint_runs.cancel();
    io.restart();
    while (!mint_runs.done()) io.run_one();
  }

  // A new process on the old database.
  void restart() {
    wallet = std::make_unique<provider::Wallet>(database, cashu::WalletSeed(std::array<std::uint8_t, 64>{6}),
                                                provider::UnitRates{{"sat", 1000}});
    mints = std::make_unique<provider::Mints>(*http, clock, std::vector{cashu::MintUrl::parse(mint.url()).value()},
                                              std::vector<cashu::MintUrl>());
    scan = std::make_unique<provider::RestoreScan>(*wallet);
    desk = std::make_unique<provider::SwapDesk>(clock, random, *mints, *wallet, *scan);
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

  // The database is an older copy: without swaps, proofs and books, and with the counters of then.
  void forget() {
    for (const char* table : {"proofs", "swap_outputs", "swap_inputs", "swaps", "ledger", "balances", "counters"})
      database.run(std::string("DELETE FROM ") + table);
  }

  // What the seed finds of a claim that was forgotten.
  void find_again() {
    forget();
    restart();
    provider::MintDesk& there = mints->get(mint.url());
    REQUIRE(run(scan->make_sure_of_counters(there, *there.active("sat"))));
  }
  std::vector<cashu::Proof> claimed_before(const std::string& order, std::uint64_t net) {
    return scan->claimed_before(order, mints->get(mint.url()), "sat", cashu::Amount(net));
  }

  void reclaim(const std::string& id, const std::vector<cashu::Proof>& found) {
    store::Transaction transaction(database);
    wallet->proofs.reassign(provider::RestoreScan::kFound, id, found);
    transaction.commit();
    journal(id, found, provider::SwapKind::reclaim);
  }

  void journal(const std::string& id, const std::vector<cashu::Proof>& inputs,
               provider::SwapKind kind = provider::SwapKind::claim) {
    provider::Swap swap;
    swap.id = id;
    swap.kind = kind;
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
    provider::SwapDesk::Ending ending;
    ending.done = [&](const provider::Swap&, const auto&, const auto&) { outcome = "done"; };
    ending.refused = [&](const provider::Swap&, const util::Error& reason) { outcome = reason.code; };
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
    CHECK(wallet->ledger.amount_in(provider::Account::proofs, mint.url(), "sat") == static_cast<std::int64_t>(ours));
    CHECK(mint.books().outstanding_msat() == (ours + others) * 1000);
    store::Statement row = database.prepare("SELECT y FROM proofs WHERE state IN ('held', 'reserved')");
    while (row.step()) CHECK(mint.state(row.text(0)) == sandbox::ProofState::unspent);
  }
};

inline std::string y_of(const cashu::Proof& proof) { return cashu::proof_y(proof).hex(); }

}  // namespace paygress::test

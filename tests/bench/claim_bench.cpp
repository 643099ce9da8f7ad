// What it costs to claim a token of four proofs, end to end: journal on disk, swap over HTTP at the sandbox's mint, reply checked (DLEQ
// included), proofs and books on disk. Beside it, in the same run, the mint's own time for the same swaps: from the request in its
// hands to the reply in its hands. What is between the two is ours: HTTP on both sides, the checks, and two commits that are synced.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <boost/asio/io_context.hpp>

#include "cashu/token.h"
#include "net/run_test_support.h"
#include "provider/swap_desk.h"
#include "sandbox/fake_mint.h"
#include "store/schema.h"

using namespace paygress;

namespace {

constexpr int kClaims = 200;
constexpr std::uint64_t kSat = 30;  // 2 + 4 + 8 + 16

double now_us() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(since).count();
}

std::filesystem::path new_folder() {
  std::string name = "/tmp/paygress-claim-bench-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) std::exit(1);
  return name;
}

struct Shop {
  boost::asio::io_context io{1};
  net::SystemClock clock;
  crypto::SeededRandom random{3};
  sandbox::FakeMint mint{io.get_executor(), clock, random};
  net::Running mint_runs{io.get_executor(), mint.run()};
  std::unique_ptr<net::HttpClient> http = net::make_curl_client(io.get_executor());
  std::filesystem::path folder = new_folder();
  store::Database database{folder / "paygress.db"};
  provider::Wallet wallet{migrated(database), cashu::WalletSeed(std::array<std::uint8_t, 64>{4}), {{"sat", 1000}}};
  provider::Mints mints{*http, clock, {cashu::MintUrl::parse(mint.url()).value()}, {}};
  provider::RestoreScan scan{wallet};
  provider::SwapDesk desk{clock, random, mints, wallet, scan};

  ~Shop() {
    mint_runs.cancel();
    io.restart();
    while (!mint_runs.done()) io.run_one();
    std::filesystem::remove_all(folder);
  }

  static store::Database& migrated(store::Database& database) {
    store::migrate(database);
    return database;
  }

  provider::Swap swap_of(const std::string& id, const std::string& token) {
    const cashu::Token decoded = cashu::decode_token(token).value();
    const auto resolved = cashu::resolve_proofs(decoded.proofs, "sat", mints.get(mint.url()).keysets()).value();
    provider::Swap swap;
    swap.id = id;
    swap.mint = mint.url();
    swap.unit = "sat";
    swap.inputs = resolved.proofs;
    swap.face = resolved.face;
    swap.fee = resolved.fee;
    return swap;
  }

  void claim(const provider::Swap& swap) {
    {
      store::Transaction transaction(database);
      if (!desk.journal(swap)) std::exit(1);
      transaction.commit();
    }
    provider::SwapDesk::Ending ending;
    ending.done = [](const provider::Swap&, const auto&, const auto&) {};
    ending.refused = [](const provider::Swap&, const util::Error&) { std::exit(1); };
    net::test::run(io, desk.finish(swap.id, std::move(ending)));
  }
};

}  // namespace

int main() {
  Shop shop;
  if (!net::test::run(shop.io, shop.mints.get(shop.mint.url()).refresh())) return 1;
  double began = 0, at_mint = 0, ours = 0;
  shop.mint.faults().on_request = [&](std::string_view, std::uint64_t) { began = now_us(); };
  shop.mint.faults().on_done = [&](std::string_view) { at_mint += now_us() - began; };
  for (int i = 0; i < kClaims; ++i) {
    const provider::Swap swap = shop.swap_of("claim " + std::to_string(i), shop.mint.make_token(kSat));
    const double start = now_us();
    shop.claim(swap);
    ours += now_us() - start;
  }
  std::printf("{\"name\":\"claim_end_to_end\",\"value\":%.1f,\"unit\":\"us\",\"base\":%.1f,\"ratio\":%.3f}\n", ours / kClaims,
              at_mint / kClaims, ours / at_mint);
}

// How often an order reaches the disk: commits from a customer's message to his pod, in a world of relay, mint and cluster on loopback.
// Each commit is synced, so they bound how many orders a disk can take. `base` is what the design aims at.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <boost/asio/io_context.hpp>

#include "daemon/daemon.h"
#include "kube/kubeconfig.h"
#include "net/running.h"
#include "nostr/nip17.h"
#include "nostr/nip19.h"
#include "nostr/nip59.h"
#include "sandbox/world.h"

using namespace paygress;
using namespace std::chrono_literals;

namespace {

constexpr int kOrders = 20;
constexpr double kAim = 6;

std::filesystem::path new_folder() {
  std::string name = "/tmp/paygress-order-bench-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) std::exit(1);
  return name;
}

std::int64_t rows(store::Database& database, const char* sql) {
  store::Statement row = database.prepare(sql);
  row.step();
  return row.integer(0);
}

template <class Holds>
void run_until(boost::asio::io_context& io, Holds holds) {
  const auto limit = std::chrono::steady_clock::now() + 60s;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > limit) {
      std::fprintf(stderr, "order_bench: it takes too long\n");
      std::exit(1);
    }
    io.restart();
    io.run_one_for(5ms);
  }
}

}  // namespace

int main() {
  util::set_log_level(util::Level::error);
  boost::asio::io_context io{1};
  net::SystemClock clock;
  auto& random = crypto::system_random();
  const std::filesystem::path folder = new_folder();
  {
    sandbox::World world(io.get_executor(), clock, random);
    net::Running world_runs(io.get_executor(), world.run());
    const auto service = crypto::SecretKey::generate(random), customer = crypto::SecretKey::generate(random);
    std::ofstream(folder / "kubeconfig") << world.kube.kubeconfig();
    daemon::Sources sources;
    sources.variables = world.environment(folder / "kubeconfig");
    sources.variables["NOSTR_PRIVATE_KEY"] = nostr::encode_nsec(service).reveal();
    sources.variables["CASHU_DB_PATH"] = folder / "paygress.db";
    sources.read_file = [](const std::filesystem::path&) { return std::nullopt; };
    sources.is_folder = [&](const std::filesystem::path& path) { return path == folder; };
    auto settings = daemon::read_settings(sources);
    ::setenv("KUBECONFIG", (folder / "kubeconfig").c_str(), 1);
    auto access = kube::load_cluster_access(kube::Environment::of_process());
    if (!settings || !access) return 1;
    const auto http = net::make_curl_client(io.get_executor());
    const auto dialer = net::make_dialer(io.get_executor());
    daemon::Daemon paygress(io.get_executor(), clock, random, *http, *dialer, std::move(*settings), std::move(*access));
    net::Running daemon_runs(io.get_executor(), paygress.run());
    store::Database& database = paygress.database();

    const auto sell = [&] {
      const std::int64_t sold = rows(database, "SELECT count(*) FROM orders WHERE ended = 1");
      const util::Json order = {{"cashu_token", world.mint.make_token(30)},
                                {"ssh_username", "bench"},
                                {"ssh_password", "a password of the bench"},
                                {"request_id", std::to_string(sold)}};
      const auto rumor = nostr::chat_message(customer.public_key(), service.public_key(), order.dump(), clock.now());
      if (!world.relay.put(nostr::gift_wrap(customer, service.public_key(), rumor, clock.now(), random))) std::exit(1);
      run_until(io, [&] {
        return rows(database, "SELECT count(*) FROM orders WHERE ended = 1") > sold &&
               rows(database, "SELECT count(*) FROM outbox WHERE state = 'waiting'") == 0;
      });
    };
    sell();  // with it come the mint's keys, the counters, the customer's relays
    const std::uint64_t before = database.commits();
    for (int i = 0; i < kOrders; ++i) sell();
    const double commits = static_cast<double>(database.commits() - before) / kOrders;
    std::printf("{\"name\":\"commits_per_order\",\"value\":%.2f,\"unit\":\"commits\",\"base\":%.0f,\"ratio\":%.3f}\n", commits,
                kAim, commits / kAim);
    daemon_runs.cancel();
    world_runs.cancel();
    run_until(io, [&] { return daemon_runs.done() && world_runs.done(); });
  }
  std::filesystem::remove_all(folder);
}

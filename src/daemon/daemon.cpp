#include "daemon/daemon.h"

#include <algorithm>

#include <boost/asio/this_coro.hpp>

#include "daemon/wallet_desk.h"
#include "kube/kubeconfig.h"
#include "net/clock.h"
#include "provider/message_ids.h"
#include "store/schema.h"
#include "util/log.h"

namespace paygress::daemon {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kReadyWithin = 10s;  // with relays or without: systemd and the operator want to know
constexpr std::chrono::milliseconds kDrainWithin = 20s;  // below TimeoutStopSec; what is left goes on at the next start
constexpr std::chrono::milliseconds kReportEvery = 1s;
constexpr std::chrono::milliseconds kClusterRetry = 10s;
constexpr std::chrono::milliseconds kClusterPulse = 10s;
constexpr std::chrono::milliseconds kClusterLookAgain = 6h;

// How the tree of tasks is told to end in order.
struct Drained {};

net::Task<> stop_when(net::Event& asked, net::TaskGroup& group) {
  co_await asked.wait();
  group.cancel();
}

store::Database& migrated(store::Database& database) {
  store::migrate(database);
  return database;
}

nostr::RelayPoolOptions pool_options(const crypto::SecretKey& key) {
  nostr::RelayPoolOptions options;
  options.auth_key = &key;
  return options;
}

// For relays that customers name: public addresses only, and nothing is read from them but answers.
nostr::RelayPoolOptions stranger_options() {
  nostr::RelayPoolOptions options;
  options.dial.public_only = true;
  options.dial.timeout = 5s;
  return options;
}

// A kubeconfig that was renewed while we run is read again when the old one is refused.
kube::ClientOptions client_options() {
  kube::ClientOptions options;
  options.reload = [] { return kube::load_cluster_access(kube::Environment::of_process()); };
  return options;
}

std::function<std::uint32_t()> random_numbers(crypto::RandomSource& random) {
  return [&random] { return static_cast<std::uint32_t>(crypto::random_below(random, std::uint64_t{1} << 32)); };
}

std::vector<cashu::MintUrl> parsed(const std::vector<std::string>& urls) {
  std::vector<cashu::MintUrl> mints;
  for (const std::string& url : urls) mints.push_back(cashu::MintUrl::parse(url).value());
  return mints;
}

provider::Shop shop_of(const Settings& settings, const provider::Cashier& cashier, const provider::Wallet& wallet) {
  provider::Shop shop;
  shop.cashu_pubkey = cashier.locking_key();
  shop.rates = wallet.accepted;
  shop.version = PAYGRESS_VERSION;
  shop.relays = settings.relays;
  shop.accepts_nip04 = settings.accept_nip04;
  return shop;
}

}  // namespace

Daemon::Daemon(boost::asio::any_io_executor executor, net::Clock& clock, crypto::RandomSource& random, net::HttpClient& http,
               net::WebSocketDialer& dialer, Settings settings, kube::ClusterAccess access)
    : clock_(clock),
      settings_(std::move(settings)),
      database_(settings_.database),
      relays_(executor, dialer, clock, random, settings_.relays, pool_options(settings_.service_key)),
      strangers_(executor, dialer, clock, random, {}, stranger_options()),
      cluster_(http, clock, std::move(access), client_options()),
      rentals_(cluster_, clock, random_numbers(random)),
      work_(executor),
      seed_(load_seed(settings_.seed_words, settings_.database, random)),
      wallet_(migrated(database_), seed_.seed, settings_.unit_rates),
      mints_(http, clock, settings_.mints, parsed(wallet_.mints_with_money())),
      scan_(wallet_),
      swaps_(clock, random, mints_, wallet_, scan_),
      cashier_(clock, mints_, swaps_, wallet_, settings_.max_input_fee_ppk),
      keeper_(database_, executor, clock, rentals_, wallet_.ledger, settings_.pods),
      outbox_(database_, clock, random, settings_.service_key, relays_, strangers_),
      orders_(database_, clock, settings_.catalogue, settings_.service_key, cashier_, keeper_, outbox_, work_),
      treasury_(clock, random, mints_, swaps_, wallet_, work_),
      returns_(clock, random, mints_, swaps_, wallet_, outbox_, work_, settings_.end_refunds),
      payouts_(executor, clock, mints_, wallet_, scan_, settings_.payout_max_fee_percent),
      publisher_(database_, clock, random, settings_.service_key, settings_.catalogue, mints_, keeper_, relays_,
                 shop_of(settings_, cashier_, wallet_)),
      front_desk_(database_, clock, orders_, keeper_, returns_, outbox_, [this] { return publisher_.offer(); }),
      inbox_(database_, clock, settings_.service_key, front_desk_, settings_.accept_nip04) {
  inbox_.subscribe(relays_);
  if (settings_.payout) earnings_.emplace(http, clock, mints_, payouts_, *settings_.payout);
  const net::ServerLimits limits;
  net::ServerLimits patient;  // some of the operator's commands wait for slow mints
  patient.request_timeout = std::chrono::minutes(10);
  if (!settings_.admin_socket.empty())
    admin_ = std::make_unique<net::HttpServer>(executor, net::ListenAddress::unix_socket(settings_.admin_socket, 0660), patient,
                                               endpoints::operator_endpoint(operator_desk()));
  if (settings_.http)
    health_ = std::make_unique<net::HttpServer>(
        executor, net::ListenAddress::tcp(settings_.http->first, settings_.http->second), limits,
        endpoints::health_endpoint({[this] { return cluster_fine_ && listens(); }, [this] { return metrics(); }}));
}

net::Task<> Daemon::run() {
  for (const std::string& warning : settings_.warnings) util::log_warning(warning);
  for (const std::string& warning : cluster_.access().warnings) util::log_warning(warning);
  util::log_notice("paygressd starts",
                   {{"PAYGRESS_VERSION", PAYGRESS_VERSION}, {"PAYGRESS_KEY", settings_.service_key.public_key().hex()}});
  if (const auto agreed = wallet_.check_books(); !agreed)
    util::log_error("the books do not agree with the wallet; export the ledger and look before you withdraw anything",
                    {{"PAYGRESS_REASON", agreed.error().message}}, provider::message_id::kBooksOutOfBalance);
  orders_.resume();
  returns_.resume();
  std::vector<net::Task<>> parts;
  parts.push_back(relays_.run());
  parts.push_back(strangers_.run());
  parts.push_back(work_.run());
  parts.push_back(mints_.run());
  parts.push_back(treasury_.run());
  parts.push_back(payouts_.run());
  if (earnings_) parts.push_back(earnings_->run());
  parts.push_back(keeper_.run());
  parts.push_back(outbox_.run());
  parts.push_back(publisher_.run());
  parts.push_back(watch_cluster());
  parts.push_back(report());
  parts.push_back(heartbeat());
  if (admin_) parts.push_back(admin_->run());
  if (health_) parts.push_back(health_->run());
  parts.push_back(serve_until_drained());
  try {
    co_await net::run_all(std::move(parts));
  } catch (const Drained&) {
    database_.checkpoint();
    util::log_notice("paygressd ends");
  }
}

// Messages are taken until somebody asks us to end. Then the orders that are open get a short while; those that are not done
// by then (a silent mint, a slow image) go on at the next start.
net::Task<> Daemon::serve_until_drained() {
  const auto executor = co_await boost::asio::this_coro::executor;
  net::TaskGroup reading(executor, net::OnFailure::fatal);
  reading.start(inbox_.run(), "inbox");
  reading.start(stop_when(drain_, reading), "drain");
  co_await reading.run();
  supervisor_.stopping();
  util::log_notice("no new requests are taken; what was begun is finished",
                   {{"PAYGRESS_ORDERS", std::to_string(orders_.open_orders())}});
  const net::SteadyTime until = clock_.steady_now() + kDrainWithin;
  while ((orders_.open_orders() > 0 || outbox_.waiting() > 0) && clock_.steady_now() < until) co_await clock_.sleep_for(100ms);
  throw Drained();
}

// Says once what stands in the way, again when it is something else, and that it is gone.
net::Task<> Daemon::watch_cluster() {
  std::string complaint;
  for (;;) {
    auto access = co_await rentals_.check_access();
    if (access) {
      const auto room = co_await rentals_.capacity(settings_.pods.ports);
      if (!room)
        access = room.error();
      else if (room->nodes && room->nodes->empty())
        access->warnings.push_back("no node takes pods (tainted, cordoned or not ready): there is room for no order");
    }
    cluster_fine_ = access.has_value();
    if (!access) {
      if (access.error().code != complaint)
        util::log_error(
            "the cluster cannot be used; orders are declined until it can (check KUBECONFIG, the API server and the rights of its "
            "user)",
            {{"PAYGRESS_CLUSTER", cluster_.access().server}, {"PAYGRESS_REASON", access.error().message}});
      complaint = access.error().code;
      co_await clock_.sleep_for(kClusterRetry);
      continue;
    }
    complaint.clear();
    util::log_info("the cluster answers", {{"PAYGRESS_CLUSTER", access->server_version}, {"PAYGRESS_USER", access->user}});
    for (const std::string& warning : access->warnings)
      util::log_warning("a remark about the cluster", {{"PAYGRESS_REASON", warning}});
    co_await while_cluster_answers();
  }
}

// Whether it does is asked often, for the status must not say "fine" of a cluster that is gone; whether we still have all our
// rights, seldom.
net::Task<> Daemon::while_cluster_answers() {
  const net::SteadyTime until = clock_.steady_now() + kClusterLookAgain;
  while (clock_.steady_now() < until) {
    co_await clock_.sleep_for(kClusterPulse);
    const auto answers = co_await cluster_.check_version();
    if (!answers) co_return;
  }
}

// Ready when a relay listens to us, or after a bounded wait: being degraded is a state, not a failure to start.
net::Task<> Daemon::report() {
  const net::SteadyTime began = clock_.steady_now();
  bool ready = false;
  for (;;) {
    if (!ready && (listens() || clock_.steady_now() - began > kReadyWithin)) {
      ready = true;
      supervisor_.ready();
      util::log_notice("paygressd is ready", {{"PAYGRESS_STATUS", status_line()}}, "b3f0d6f3c8a24f6c9e6d0a1c2b4e5f77");
    }
    supervisor_.status(status_line());
    const auto pause = ready ? kReportEvery : 50ms;
    co_await clock_.sleep_for(pause);
  }
}

// The watchdog hears from the loop itself, and only while the database takes a write lock: a process that is stuck in either
// is better ended. Silent relays, mints and clusters are no reason.
net::Task<> Daemon::heartbeat() {
  const auto interval = supervisor_.watchdog_interval();
  for (;;) {
    if (interval) {
      store::Transaction probe(database_);
      supervisor_.alive();
    }
    const auto pause = interval ? *interval : std::chrono::milliseconds(std::chrono::hours(1));
    co_await clock_.sleep_for(pause);
  }
}

}  // namespace paygress::daemon

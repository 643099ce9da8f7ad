#include "provider/lease_keeper.h"

#include <algorithm>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/clock.h"
#include "net/ssh_banner.h"
#include "provider/message_ids.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLookEvery = 500ms;  // while a pod starts
constexpr std::chrono::milliseconds kBannerTimeout = 5s;
constexpr std::chrono::milliseconds kSweepEvery = 30s;
constexpr std::chrono::seconds kGraceForUnknown = 120s;  // a namespace this young may be one that is just being made
constexpr int kPatienceWithFaults = 20;                  // failed calls in a row while starting

util::Error too_late(const char* code) { return {util::Errc::refused, "the pod did not come up in time", code}; }

}  // namespace

LeaseKeeper::LeaseKeeper(store::Database& database, boost::asio::any_io_executor executor, net::Clock& clock,
                         kube::Rentals& rentals, Ledger& ledger, PodSettings settings)
    : database_(database),
      executor_(std::move(executor)),
      clock_(clock),
      rentals_(rentals),
      ledger_(ledger),
      settings_(std::move(settings)),
      book_(database) {
  alive_ = book_.alive().size();
}

kube::PodPlan LeaseKeeper::plan_of(const std::string& lease_id, const market::PodWish& wish, std::chrono::seconds duration) const {
  kube::PodPlan plan;
  plan.lease_id = lease_id;
  plan.namespace_prefix = settings_.namespace_prefix;
  plan.image = wish.image;
  plan.ssh_username = wish.ssh_username;
  plan.ssh_password = wish.ssh_password;
  plan.ssh_public_key = wish.ssh_public_key;
  plan.cpu_millicores = static_cast<int>(wish.spec.cpu_millicores);
  plan.memory_mb = static_cast<int>(wish.spec.memory_mb);
  plan.ports = settings_.ports;
  plan.deadline = std::min(duration + settings_.start_allowance, kube::kLongestDeadline);
  plan.runtime_class = settings_.runtime_class;
  plan.dns_policy = settings_.dns_policy;
  plan.blocked_cidrs = settings_.blocked_cidrs;
  return plan;
}

net::Task<util::Result<>> LeaseKeeper::reserve(std::string order_id, market::PodWish wish) {
  // A lease that is starting is among the reserved until its pod answers.
  const std::vector<market::Lease> leases = book_.alive();
  const auto running = std::count_if(leases.begin(), leases.end(),
                                     [](const market::Lease& lease) { return lease.state != market::LeaseState::starting; });
  const std::size_t taken = static_cast<std::size_t>(running) + reserved_.size() - reserved_.count(order_id);
  if (taken >= settings_.max_pods)
    co_return util::Error{util::Errc::exhausted, "All pods of this provider are taken.", "no_capacity"};
  reserved_.insert(order_id);
  const auto capacity = co_await rentals_.capacity(settings_.ports);
  const kube::PodPlan plan = plan_of(order_id.substr(0, 12), wish, std::chrono::seconds(60));
  auto fits = co_await rentals_.can_start(plan);
  if (fits && capacity && capacity->free_ports < static_cast<int>(reserved_.size()))
    fits = util::Error{util::Errc::exhausted, "no free port is left", "no_port"};
  if (fits) co_return fits;
  release(order_id);
  if (fits.error().kind == util::Errc::exhausted) co_return fits;
  util::log_warning("the cluster cannot be asked for room; orders are declined until it can (check KUBECONFIG and the API server)",
                    {{"PAYGRESS_REASON", fits.error().message}}, message_id::kClusterSilent);
  co_return util::Error{util::Errc::unavailable, "the cluster cannot be reached", "cluster_unreachable"};
}

net::Task<util::Result<PodStarted>> LeaseKeeper::start(market::Order order, market::Purchase purchase) {
  const std::string lease_id = order.lease_id();
  reserved_.insert(order.id);  // again, after a restart
  const net::SteadyTime until = clock_.steady_now() + settings_.start_allowance;
  auto port = co_await wait_until_ready(order, purchase, until);
  std::string host_key;
  if (port) {
    auto banner = co_await wait_for_banner(*port, until);
    if (banner) {
      host_key = *banner;
    } else {
      port = banner.error();
    }
  }
  util::Error failure = port ? util::Error() : port.error();
  while (port) {
    const util::Time ready_at = clock_.now();
    const auto set = co_await rentals_.set_end(namespace_of(lease_id), ready_at + purchase.duration, "ready");
    if (set && set->too_late) {
      failure = too_late("pod_ended");
      break;
    }
    if (set) {
      // After a crash between here and the books this is a repetition: what the cluster has counts.
      PodStarted started{set->expires_at - purchase.duration, *port, host_key};
      co_return started;
    }
    if (clock_.steady_now() > until) {
      failure = set.error();
      break;
    }
    co_await clock_.sleep_for(kLookEvery);
  }
  util::log_warning("a paid pod could not be started; the customer gets his money back",
                    {{"PAYGRESS_POD", lease_id}, {"PAYGRESS_REASON", failure.message}, {"PAYGRESS_CODE", failure.code}},
                    message_id::kPodNotStarted);
  const auto removed = co_await rentals_.remove(namespace_of(lease_id));
  if (!removed) util::log_warning("what was begun of it is swept up later", {{"PAYGRESS_POD", lease_id}});
  // The API's own words ("Invalid", "Forbidden") are not for customers.
  if (failure.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos || failure.code.empty())
    failure.code = "cluster_error";
  co_return failure;
}

net::Task<util::Result<std::uint16_t>> LeaseKeeper::wait_until_ready(const market::Order& order, const market::Purchase& purchase,
                                                                     net::SteadyTime until) {
  const std::string lease_id = order.lease_id();
  kube::PodPlan plan = plan_of(lease_id, std::get<market::PodWish>(order.want), purchase.duration);
  const std::vector<std::string> public_cidrs = co_await public_addresses();
  plan.blocked_cidrs.insert(plan.blocked_cidrs.end(), public_cidrs.begin(), public_cidrs.end());
  std::optional<kube::Started> started;
  int faults = 0;
  util::Error last = too_late("start_timeout");
  while (clock_.steady_now() < until) {
    if (!started) {
      auto begun = co_await rentals_.start(plan);
      if (begun) {
        started = *begun;
      } else if (begun.error().kind != util::Errc::unavailable && ++faults > 3) {
        co_return begun.error();
      } else {
        last = begun.error();
        last.code = begun.error().kind == util::Errc::unavailable ? "cluster_unreachable" : last.code;
      }
    }
    if (started) {
      const auto seen = co_await rentals_.observe(started->name_space);
      if (!seen && ++faults > kPatienceWithFaults) co_return seen.error();
      if (seen) {
        faults = 0;
        if (seen->phase == kube::Phase::ready) co_return started->node_port;
        if (seen->phase == kube::Phase::hopeless) co_return util::Error{util::Errc::refused, seen->reason, "pod_hopeless"};
        if (seen->phase == kube::Phase::ended || seen->phase == kube::Phase::missing) co_return too_late("pod_ended");
      }
    }
    co_await clock_.sleep_for(kLookEvery);
  }
  co_return last;
}

// The node's public face is the node: the API server and the other pods' ports answer there, too (CONTRACT section 6).
net::Task<std::vector<std::string>> LeaseKeeper::public_addresses() {
  boost::asio::ip::tcp::resolver resolver(executor_);
  boost::system::error_code unknown;
  const auto found =
      co_await resolver.async_resolve(settings_.ssh_host, "", boost::asio::redirect_error(boost::asio::use_awaitable, unknown));
  std::vector<std::string> cidrs;
  for (const auto& entry : found) {
    const boost::asio::ip::address address = entry.endpoint().address();
    if (!address.is_loopback()) cidrs.push_back(address.to_string() + (address.is_v4() ? "/32" : "/128"));
  }
  std::sort(cidrs.begin(), cidrs.end());
  cidrs.erase(std::unique(cidrs.begin(), cidrs.end()), cidrs.end());
  co_return cidrs;
}

net::Task<util::Result<std::string>> LeaseKeeper::wait_for_banner(std::uint16_t port, net::SteadyTime until) {
  for (;;) {
    auto banner = co_await net::read_ssh_banner(executor_, settings_.ssh_host, port, kBannerTimeout);
    if (banner) co_return banner->host_key_sha256;
    if (clock_.steady_now() > until) {
      util::log_warning(
          "a pod is ready, but its SSH port does not answer at SSH_HOST; check the firewall and that SSH_HOST is this node",
          {{"PAYGRESS_HOST", settings_.ssh_host},
           {"PAYGRESS_PORT", std::to_string(port)},
           {"PAYGRESS_REASON", banner.error().message}},
          message_id::kSshUnreachable);
      co_return util::Error{util::Errc::unavailable, banner.error().message, "ssh_unreachable"};
    }
    co_await clock_.sleep_for(kLookEvery);
  }
}

net::Task<util::Result<bool>> LeaseKeeper::is_running(std::string lease_id) {
  const auto seen = co_await rentals_.observe(namespace_of(lease_id));
  if (!seen) co_return seen.error();
  co_return seen->phase != kube::Phase::ended && seen->phase != kube::Phase::missing;
}

net::Task<std::optional<util::Time>> LeaseKeeper::extend(std::string lease_id, std::string top_up_id) {
  for (std::chrono::milliseconds pause = 500ms;; pause = std::min<std::chrono::milliseconds>(pause * 2, 30s)) {
    const auto lease = book_.find(lease_id);
    // Other top-ups may have moved the end since: the newest sum is what the cluster gets.
    const auto set = co_await rentals_.set_end(namespace_of(lease_id), lease->ends_at, top_up_id);
    if (set && set->too_late) co_return std::nullopt;
    if (set) co_return set->expires_at;
    // Neither comes right by itself: the pod is gone, or the cluster will never take this end.
    if (set.error().kind == util::Errc::not_found || set.error().kind == util::Errc::invalid) co_return std::nullopt;
    util::log_warning("a paid extension does not get through to the cluster; it is tried again",
                      {{"PAYGRESS_POD", lease_id}, {"PAYGRESS_REASON", set.error().message}});
    if (clock_.now() > lease->ends_at) co_return std::nullopt;
    co_await clock_.sleep_for(pause);
  }
}

net::Task<> LeaseKeeper::run() {
  for (;;) {
    co_await sweep_over();
    co_await sweep_unknown();
    std::chrono::milliseconds pause = kSweepEvery;
    if (const auto next = book_.next_end()) pause = std::clamp<std::chrono::milliseconds>(*next - clock_.now() + 1s, 1s, pause);
    co_await changed_.wait_for(clock_, pause);
  }
}

net::Task<> LeaseKeeper::sweep_over() {
  const std::vector<market::Lease> leases = book_.alive();
  alive_ = leases.size();
  for (const market::Lease& lease : leases) {
    const bool over =
        lease.state == market::LeaseState::ending || (lease.state == market::LeaseState::active && lease.ends_at <= clock_.now());
    if (!over) continue;
    const auto removed = co_await rentals_.remove(namespace_of(lease.id));
    if (!removed) {
      util::log_warning("an ended pod could not be removed; it is tried again",
                        {{"PAYGRESS_POD", lease.id}, {"PAYGRESS_REASON", removed.error().message}});
      continue;
    }
    // A top-up may have come in while we waited; its money goes back by the answer "too late".
    if (const auto now = book_.find(lease.id); now && now->state != market::LeaseState::ended)
      mark(*now, market::LeaseState::ended);
    util::log_info("a pod has ended", {{"PAYGRESS_POD", lease.id}});
  }
}

// Rentals without a living lease: left over from a crash between payment and refund, or from a lost database.
net::Task<> LeaseKeeper::sweep_unknown() {
  const auto found = co_await rentals_.list(settings_.namespace_prefix);
  if (!found) co_return;
  for (const kube::Found& rental : *found) {
    if (rental.terminating || clock_.now() - rental.created_at < kGraceForUnknown) continue;
    const auto lease = book_.find(rental.lease_id);
    if (lease && lease->state != market::LeaseState::ended) continue;
    // Unknown and still paid for, as far as the cluster knows: it may be another database's. Its own deadline ends it.
    if (!lease && rental.has_job && !rental.ended) continue;
    const auto removed = co_await rentals_.remove(rental.name_space);
    if (removed) util::log_info("swept up what was left of a pod", {{"PAYGRESS_POD", rental.lease_id}});
  }
}

void LeaseKeeper::mark(market::Lease lease, market::LeaseState state) {
  lease.state = state;
  store::Transaction transaction(database_);
  book_.save(lease);
  // The time was served: what was paid for it is the operator's now.
  if (state == market::LeaseState::ended)
    ledger_.move_all(Account::leases, lease.id, Account::earnings, lease.id, "time served", clock_.now());
  transaction.commit();
  alive_ = book_.alive().size();
}

}  // namespace paygress::provider

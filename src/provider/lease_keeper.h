// Keeps the cluster in step with the books: starts pods, moves their ends, removes what is over. The cluster ends a pod at
// its time by itself; what happens here at the end only sweeps up.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "kube/rental.h"
#include "market/order.h"
#include "provider/lease_book.h"
#include "provider/ledger.h"

namespace paygress::provider {

struct PodSettings {
  std::string ssh_host;  // public name or address of the node
  std::string namespace_prefix = "user-workloads";
  kube::PortRange ports;
  std::string runtime_class;
  std::string dns_policy = "ClusterFirst";
  std::vector<std::string> blocked_cidrs;
  std::size_t max_pods = 100;
  std::chrono::seconds start_allowance{300};  // from payment to the SSH banner; later the money goes back
};

// A pod that answers.
struct PodStarted {
  util::Time ready_at;
  std::uint16_t node_port = 0;
  std::string ssh_host_key;  // "SHA256:...", empty if it could not be read
};

class LeaseKeeper {
 public:
  LeaseKeeper(store::Database&, boost::asio::any_io_executor, net::Clock&, kube::Rentals&, Ledger&, PodSettings);

  // Is there room for one more like this? Asked before the token is touched. Codes: no_capacity, no_port,
  // cluster_unreachable. A place is kept for `order_id` until release().
  net::Task<util::Result<>> reserve(std::string order_id, market::PodWish wish);
  void release(const std::string& order_id) { reserved_.erase(order_id); }

  // Starts the pod, or goes on starting it, until SSH answers at the public address; then its end is set to the moment of
  // the answer plus the paid time. An error is final: the pod is not there, or is being removed. Codes: image_pull_failed,
  // pod_unschedulable, start_timeout, cluster_unreachable, ...
  net::Task<util::Result<PodStarted>> start(market::Order order, market::Purchase purchase);

  // Is the pod still running, as the cluster sees it? False when it is over or ending; an error when it cannot be asked.
  net::Task<util::Result<bool>> is_running(std::string lease_id);

  // Moves the pod's end to what the lease says now, once for each top-up. Gives the end that the cluster has; nothing: too late.
  net::Task<std::optional<util::Time>> extend(std::string lease_id, std::string top_up_id);

  // Sweeps until cancelled: leases whose time is over, and rentals that belong to no lease.
  net::Task<> run();
  void wake() { changed_.notify(); }

  // Whether a pod of this size could be started, as far as the last look at the cluster tells.
  std::size_t alive() const { return alive_; }
  const PodSettings& settings() const { return settings_; }

 private:
  kube::PodPlan plan_of(const std::string& lease_id, const market::PodWish&, std::chrono::seconds duration) const;
  std::string namespace_of(const std::string& lease_id) const {
    return kube::rental_namespace(settings_.namespace_prefix, lease_id);
  }
  net::Task<util::Result<std::uint16_t>> wait_until_ready(const market::Order&, const market::Purchase&, net::SteadyTime until);
  net::Task<std::vector<std::string>> public_addresses();
  net::Task<util::Result<std::string>> wait_for_banner(std::uint16_t port, net::SteadyTime until);
  net::Task<> sweep_over();
  net::Task<> sweep_unknown();
  void mark(market::Lease, market::LeaseState);

  store::Database& database_;
  boost::asio::any_io_executor executor_;
  net::Clock& clock_;
  kube::Rentals& rentals_;
  Ledger& ledger_;
  PodSettings settings_;
  LeaseBook book_;
  net::Event changed_;
  std::set<std::string> reserved_;
  std::size_t alive_ = 0;
};

}  // namespace paygress::provider

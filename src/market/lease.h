// A lease: a pod that somebody has paid for until a moment in time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "contract/offer.h"
#include "market/price.h"
#include "util/time.h"

namespace paygress::market {

enum class LeaseState {
  starting,  // paid; the pod is being made
  active,    // SSH answered; the paid time runs
  ending,    // the time is over or the owner ended it; the cluster is asked to remove it
  ended,     // nothing of it is left in the cluster
};
const char* name(LeaseState);

struct Lease {
  std::string id;  // 12 hex digits, see Order::lease_id
  std::string order_id;
  std::string owner;    // hex public key of the customer who ordered it
  std::string pod_key;  // hex public key that names the pod in messages
  contract::PodSpec spec;
  std::string ssh_username;
  bool password_login = true;
  LeaseState state = LeaseState::starting;
  std::uint16_t node_port = 0;
  std::string ssh_host_key;
  util::Time started_at{};  // when SSH answered
  util::Time ends_at{};     // moved only by payments; the cluster follows it
  std::uint64_t credit_msats = 0;
  Payment paid;  // all payments for this pod together
};

// The paid time begins at `ready_at`.
Lease activated(Lease, util::Time ready_at, const Purchase&, std::uint16_t node_port, std::string ssh_host_key);
// More time from the present end on; the purchase had the credit in it, so its remainder is the new credit.
Lease extended(Lease, const Payment&, const Purchase&);

}  // namespace paygress::market

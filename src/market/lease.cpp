#include "market/lease.h"

#include <utility>

namespace paygress::market {

const char* name(LeaseState state) {
  switch (state) {
    case LeaseState::starting: return "starting";
    case LeaseState::active: return "active";
    case LeaseState::ending: return "ending";
    case LeaseState::ended: return "ended";
  }
  return "ended";
}

Lease activated(Lease lease, util::Time ready_at, const Purchase& purchase, std::uint16_t node_port, std::string ssh_host_key) {
  lease.state = LeaseState::active;
  lease.node_port = node_port;
  lease.ssh_host_key = std::move(ssh_host_key);
  lease.started_at = ready_at;
  lease.ends_at = ready_at + purchase.duration;
  lease.credit_msats = purchase.remainder_msats;
  return lease;
}

Lease extended(Lease lease, const Payment& payment, const Purchase& purchase) {
  lease.ends_at += purchase.duration;
  lease.credit_msats = purchase.remainder_msats;
  lease.paid.face_msats += payment.face_msats;
  lease.paid.fee_msats += payment.fee_msats;
  return lease;
}

}  // namespace paygress::market

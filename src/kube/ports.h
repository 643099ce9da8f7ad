// Node ports that may be given out.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "kube/failure.h"
#include "kube/plan.h"

namespace paygress::kube {

// In order; without what is forbidden, reserved or used.
std::vector<std::uint16_t> allowed_ports(const PortRange& range, const std::set<std::uint16_t>& used);

util::Error no_port(const PortRange& range);

// The cluster's own range (service-node-port-range). Nothing in the API tells it but the refusal of a port outside:
// "provided port is not in the valid range. The range of valid ports is 2000-3000".
struct NodePorts {
  int first = 1, last = 65535;
  bool contains(std::uint16_t port) const { return port >= first && port <= last; }
};
std::optional<NodePorts> told_node_ports(const Failure& failure);

// The operator's range and the cluster's have nothing in common.
util::Error out_of_range(const PortRange& range, const std::optional<NodePorts>& cluster);

}  // namespace paygress::kube

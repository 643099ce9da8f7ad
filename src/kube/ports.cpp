#include "kube/ports.h"

#include <charconv>

namespace paygress::kube {

bool forbidden_port(std::uint16_t port) { return port == 2049 || port == 2222 || (port >= 2379 && port <= 2382); }

std::vector<std::uint16_t> allowed_ports(const PortRange& range, const std::set<std::uint16_t>& used) {
  std::vector<std::uint16_t> ports;
  for (int port = range.first; port <= range.last; ++port) {
    const auto number = static_cast<std::uint16_t>(port);
    if (!forbidden_port(number) && !range.reserved.contains(number) && !used.contains(number)) ports.push_back(number);
  }
  return ports;
}

util::Error no_port(const PortRange& range) {
  return {util::Errc::exhausted,
          "no node port is free between " + std::to_string(range.first) + " and " + std::to_string(range.last), "no_port"};
}

std::optional<NodePorts> told_node_ports(const Failure& failure) {
  constexpr std::string_view kBefore = "The range of valid ports is ";
  for (const Cause& cause : failure.causes) {
    const std::size_t at = cause.message.find(kBefore);
    if (at == std::string::npos) continue;
    const char* const begin = cause.message.data() + at + kBefore.size();
    const char* const end = cause.message.data() + cause.message.size();
    NodePorts ports;
    const auto first = std::from_chars(begin, end, ports.first);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') continue;
    if (std::from_chars(first.ptr + 1, end, ports.last).ec == std::errc()) return ports;
  }
  return std::nullopt;
}

util::Error out_of_range(const PortRange& range, const std::optional<NodePorts>& cluster) {
  const std::string valid = cluster ? std::to_string(cluster->first) + "-" + std::to_string(cluster->last) : "unknown";
  return {util::Errc::refused,
          "ports " + std::to_string(range.first) + "-" + std::to_string(range.last) + " lie outside the cluster's node ports (" +
              valid + "): set SSH_PORT_RANGE_START and _END, or k3s' service-node-port-range",
          "port_out_of_range"};
}

}  // namespace paygress::kube

#include "kube/ports.h"

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

}  // namespace paygress::kube

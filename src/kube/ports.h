// Node ports that may be given out.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "kube/plan.h"

namespace paygress::kube {

// In order; without what is forbidden, reserved or used.
std::vector<std::uint16_t> allowed_ports(const PortRange& range, const std::set<std::uint16_t>& used);

util::Error no_port(const PortRange& range);

}  // namespace paygress::kube

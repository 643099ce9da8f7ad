// What a pod may reach and who may reach it (kubernetes notes: default deny, then only allowances).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/json.h"
#include "util/result.h"

namespace paygress::kube {

struct NetworkPolicy {
  const char* name;
  util::Json spec;
};

// In:  TCP to the SSH port, from anywhere (the policy sees the real client).
// Out: the cluster's DNS; the public internet, except mail (TCP 25, 465, 587) and of UDP only DNS, NTP and QUIC.
// Never: private, link-local, shared, multicast and tunnel ranges, nor `blocked` (nodes, API server; addresses or CIDRs,
// those that cannot be read as such are left out). A connection to the API's service address is judged by the server's
// real one, so that must be in `blocked`.
std::vector<NetworkPolicy> network_policies(const std::vector<std::string>& blocked, std::uint16_t ssh_port);

// "10.1.2.3" -> "10.1.2.3/32", "fd00::/8" as it is; malformed otherwise, and for a range that is the whole internet.
util::Result<std::string> canonical_cidr(std::string_view text);

}  // namespace paygress::kube

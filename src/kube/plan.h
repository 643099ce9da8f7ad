// What a pod shall be: the words of the market in those of the cluster.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"
#include "util/secret.h"

namespace paygress::kube {

// The node ports that may be given out.
struct PortRange {
  std::uint16_t first = 2000, last = 3000;  // inside the cluster's own service-node-port-range
  std::set<std::uint16_t> reserved;         // the operator's, beside those of forbidden_port()
};

// Ports in the usual range that the API would give away although the node itself listens there: NFS, etcd (k3s' own
// too), a second sshd. kube-proxy would take their traffic.
bool forbidden_port(std::uint16_t port);

struct PodPlan {
  std::string lease_id;                             // DNS label; everything is named after it
  std::string namespace_prefix = "user-workloads";  // DNS label
  std::string image;
  std::string image_pull_policy = "IfNotPresent";
  std::string ssh_username;
  util::Secret ssh_password;   // empty: no password login
  std::string ssh_public_key;  // one line of an authorized_keys file, or empty
  int cpu_millicores = 0, memory_mb = 0;
  int storage_mb = 1024;  // /config, which survives restarts; the same again for the rest
  PortRange ports;
  std::optional<std::uint16_t> node_port;  // this one, if it was given out before
  // From the Job's start: paid time and the allowance for pulling and scheduling. set_end() makes it exact once ready.
  std::chrono::seconds deadline{0};
  std::string runtime_class, priority_class;       // empty: none
  std::string dns_policy = "ClusterFirst";         // or "Default"
  std::vector<std::string> dns_servers;            // not empty: only these
  std::vector<std::string> blocked_cidrs;          // not to be reached, beside what never is (manifests.h)
  std::string egress_bandwidth;                    // "50M", or empty: as the network plugin likes
  std::map<std::string, std::string> annotations;  // of Namespace and Job, under paygress.dev/ ("owner" -> npub)
};

// Longest life of a rental counted from its start. The Job controller multiplies seconds by 1e9 in an int64: a deadline
// of 9.3e9 s ends the Job at once.
inline constexpr std::chrono::seconds kLongestDeadline{365LL * 24 * 3600};

// "<prefix>-<lease id>"
std::string rental_namespace(std::string_view prefix, std::string_view lease_id);

// Everything that would be refused later, or that a stranger could use to say more than one value: line breaks in a
// password reach chpasswd as a second account.
util::Result<> check(const PodPlan&);

}  // namespace paygress::kube

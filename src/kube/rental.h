// Rentals in the cluster: start, look, prolong, remove. Whoever calls keeps the books; every function here can be
// repeated after a crash or a lost answer, because all names come from the lease. All times are those of our own clock.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kube/client.h"
#include "kube/plan.h"
#include "kube/ports.h"
#include "util/time.h"

namespace paygress::kube {

struct Started {
  std::string name_space;
  std::uint16_t node_port = 0;
  std::string job_uid;
};

enum class Phase {
  starting,
  ready,     // the pod's SSH port answers inside the cluster; the way through the node port may need another second
  ended,     // its time is over, or it is being removed
  missing,   // no such Job (any more)
  hopeless,  // will not become ready by waiting; `reason` says why
};
const char* name(Phase);

struct Observed {
  Phase phase = Phase::missing;
  std::string reason;                    // "ImagePullBackOff: ...", one line, for the operator
  std::optional<util::Time> start_time;  // of the Job: its deadline counts from here
  std::optional<util::Time> deadline;    // when the cluster ends it
  std::optional<std::uint16_t> node_port;
  std::string job_uid, pod_uid;
  int restart_count = 0;
};

struct Extended {
  bool too_late = false;  // the cluster had already begun to end it (or it is gone): the money goes back
  util::Time expires_at;  // as the cluster now has it
};

// A rental as the cluster shows it, for rebuilding the books and for collecting what was left behind.
struct Found {
  std::string name_space, lease_id;
  util::Time created_at;
  bool terminating = false;
  bool has_job = false, ended = false;
  std::optional<util::Time> start_time, deadline;
  std::optional<std::uint16_t> node_port;
  std::map<std::string, std::string> annotations;  // those under paygress.dev/, without that prefix
};

struct FreeCompute {
  int cpu_millicores = 0, memory_mb = 0;
};

struct Capacity {
  int ports = 0, free_ports = 0;
  std::optional<std::vector<FreeCompute>> nodes;  // what each ready node has left; none: we may not read nodes
};

struct AccessReport {
  std::string server_version, user;
  std::vector<std::string> warnings;
};

class Rentals {
 public:
  // `random` picks the port to try first.
  Rentals(Client&, net::Clock&, std::function<std::uint32_t()> random);

  // Brings the rental into being, or finishes what an earlier call began. Error codes: "no_port", "quota_exceeded",
  // "pod_security", "lease_ended", "field_lost", "plan_invalid", else the API's reason.
  net::Task<util::Result<Started>> start(PodPlan);

  net::Task<util::Result<Observed>> observe(std::string name_space);

  // The cluster shall end it at `end`. `topup_id` (letters, digits, '-'; its first 40 count) makes a repetition a
  // no-op; "ready" is the id to use for the moment at which the paid time begins.
  net::Task<util::Result<Extended>> set_end(std::string name_space, util::Time end, std::string topup_id);

  // Ends it now. Ok when it is already gone; only rentals are removed, never another namespace.
  net::Task<util::Result<>> remove(std::string name_space);

  net::Task<util::Result<std::vector<Found>>> list(std::string namespace_prefix);

  // What is free now; a few seconds old at most. Refused with "port_out_of_range" when no port of the range is one of the
  // cluster's.
  net::Task<util::Result<Capacity>> capacity(PortRange);

  // Asked before the token is touched; exhausted with "no_port" or "no_capacity" when it would not fit.
  net::Task<util::Result<>> can_start(PodPlan);

  // Version, every right we need, and what an operator should know. Refused names all missing rights in one line.
  net::Task<util::Result<AccessReport>> check_access();

  // Addresses of the nodes and of the API server, which no pod may reach: start() blocks them by itself. What we have
  // no right to read is left out; check_access() warns of that.
  net::Task<util::Result<std::vector<std::string>>> cluster_addresses();

 private:
  // rental_start.cpp
  net::Task<util::Result<>> prepare_namespace(const PodPlan&, const std::string& name_space);
  net::Task<util::Result<std::string>> create_job(const PodPlan&, const std::string& name_space);
  net::Task<util::Result<std::string>> adopt_job(const PodPlan&, const std::string& name_space, const util::Json& job);
  net::Task<util::Result<>> give_credentials(const PodPlan&, const std::string& name_space, const std::string& job_uid);
  net::Task<util::Result<>> own_service(const std::string& name_space, const std::string& job_uid);
  net::Task<Answer> post_patiently(Request);
  // rental_port.cpp
  net::Task<util::Result<std::uint16_t>> claim_port(const PodPlan&, const std::string& name_space);
  net::Task<util::Result<std::optional<std::uint16_t>>> claimed_port(const std::string& name_space);
  net::Task<util::Result<std::set<std::uint16_t>>> used_ports();
  net::Task<std::optional<NodePorts>> node_ports();
  // rental_observe.cpp
  net::Task<util::Result<std::string>> trouble_of(const std::string& name_space, const char* event);
  // rental_capacity.cpp
  net::Task<util::Result<std::optional<std::vector<FreeCompute>>>> free_compute();

  // The cluster's times as ours, and the other way round.
  util::Time cluster_now() const { return clock_.now() + client_.clock_ahead(); }
  util::Time ours(util::Time cluster_time) const { return cluster_time - client_.clock_ahead(); }
  std::optional<util::Time> ours(std::optional<util::Time> cluster_time) const {
    if (cluster_time) *cluster_time -= client_.clock_ahead();
    return cluster_time;
  }

  Client& client_;
  net::Clock& clock_;
  std::function<std::uint32_t()> random_;
  std::optional<Capacity> capacity_;
  PortRange capacity_range_;
  std::optional<NodePorts> node_ports_;  // nothing: not known
  std::optional<net::SteadyTime> capacity_at_, addresses_at_, node_ports_at_;
  std::vector<std::string> addresses_;
};

}  // namespace paygress::kube

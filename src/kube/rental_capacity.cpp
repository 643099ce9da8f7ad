// What the cluster has left: asked before the customer's token is touched.
#include <algorithm>
#include <map>

#include "kube/job_state.h"
#include "kube/ports.h"
#include "kube/quantity.h"
#include "kube/rental.h"

namespace paygress::kube {
namespace {

using util::Errc;
using util::Error;
using util::Json;
using util::Result;

struct Amounts {
  std::int64_t cpu_millicores = 0, memory_bytes = 0;

  void add(const Amounts& other) {
    cpu_millicores += other.cpu_millicores;
    memory_bytes += other.memory_bytes;
  }
};

Amounts amounts_of(const Json& list) {
  return {quantity_millis(text_at(list, {"cpu"})).value_or(0), quantity_value(text_at(list, {"memory"})).value_or(0)};
}

// What the scheduler counts: the containers together, or the largest init container.
Amounts requests_of(const Json& pod) {
  Amounts sum, largest_init;
  for (const Json& container : list_at(pod, {"spec", "containers"}))
    sum.add(amounts_of(inside(container, {"resources", "requests"})));
  for (const Json& container : list_at(pod, {"spec", "initContainers"})) {
    const Amounts init = amounts_of(inside(container, {"resources", "requests"}));
    largest_init.cpu_millicores = std::max(largest_init.cpu_millicores, init.cpu_millicores);
    largest_init.memory_bytes = std::max(largest_init.memory_bytes, init.memory_bytes);
  }
  Amounts all{std::max(sum.cpu_millicores, largest_init.cpu_millicores), std::max(sum.memory_bytes, largest_init.memory_bytes)};
  all.add(amounts_of(inside(pod, {"spec", "overhead"})));
  return all;
}

// Our pods tolerate nothing, so any NoSchedule or NoExecute taint keeps them away.
bool takes_pods(const Json& node) {
  if (util::bool_at(inside(node, {"spec"}), "unschedulable").value_or(false)) return false;
  for (const Json& taint : list_at(node, {"spec", "taints"})) {
    if (text_at(taint, {"effect"}) != "PreferNoSchedule") return false;
  }
  for (const Json& condition : list_at(node, {"status", "conditions"})) {
    if (text_at(condition, {"type"}) == "Ready") return text_at(condition, {"status"}) == "True";
  }
  return false;
}

}  // namespace

net::Task<Result<std::optional<std::vector<FreeCompute>>>> Rentals::free_compute() {
  std::optional<std::vector<FreeCompute>> unknown;
  Request node_request = kube::list("/api/v1/nodes");
  auto nodes = co_await client_.list_all(std::move(node_request));
  if (!nodes && nodes.error().code == "Forbidden") co_return unknown;
  if (!nodes) co_return nodes.error();
  Request pod_request = kube::list("/api/v1/pods", {}, "status.phase!=Succeeded,status.phase!=Failed");
  auto pods = co_await client_.list_all(std::move(pod_request));
  if (!pods) co_return pods.error();

  std::map<std::string, Amounts> used;
  for (const Json& pod : *pods) used[text_at(pod, {"spec", "nodeName"})].add(requests_of(pod));
  std::vector<FreeCompute> all;
  for (const Json& node : *nodes) {
    if (!takes_pods(node)) continue;
    const Amounts has = amounts_of(inside(node, {"status", "allocatable"})), taken = used[text_at(node, {"metadata", "name"})];
    constexpr std::int64_t kMebibyte = 1 << 20;
    FreeCompute left;
    left.cpu_millicores = static_cast<int>(std::clamp<std::int64_t>(has.cpu_millicores - taken.cpu_millicores, 0, 1'000'000'000));
    left.memory_mb =
        static_cast<int>(std::clamp<std::int64_t>((has.memory_bytes - taken.memory_bytes) / kMebibyte, 0, 1'000'000'000));
    all.push_back(left);
  }
  unknown = std::move(all);
  co_return unknown;
}

net::Task<Result<Capacity>> Rentals::capacity(PortRange range) {
  constexpr std::chrono::seconds kFresh{3};  // a burst of requests from strangers must not become a burst of lists
  const bool same_range =
      range.first == capacity_range_.first && range.last == capacity_range_.last && range.reserved == capacity_range_.reserved;
  if (capacity_ && capacity_at_ && same_range && clock_.steady_now() - *capacity_at_ < kFresh) co_return *capacity_;
  auto used = co_await used_ports();
  if (!used) co_return used.error();
  const std::optional<NodePorts> valid = co_await node_ports();
  const auto count = [&](const std::set<std::uint16_t>& without) {
    const std::vector<std::uint16_t> ports = allowed_ports(range, without);
    return static_cast<int>(
        std::count_if(ports.begin(), ports.end(), [&](std::uint16_t port) { return !valid || valid->contains(port); }));
  };
  Capacity now;
  now.ports = count({});
  now.free_ports = count(*used);
  if (now.ports == 0 && !allowed_ports(range, {}).empty()) co_return out_of_range(range, valid);
  auto nodes = co_await free_compute();
  if (!nodes) co_return nodes.error();
  now.nodes = std::move(*nodes);
  capacity_ = now;
  capacity_range_ = std::move(range);
  capacity_at_ = clock_.steady_now();
  co_return now;
}

net::Task<Result<>> Rentals::can_start(PodPlan plan) {
  if (auto checked = check(plan); !checked) co_return checked.error();
  auto now = co_await capacity(plan.ports);
  if (!now) co_return now.error();
  if (now->free_ports == 0) co_return no_port(plan.ports);
  const auto fits = [&](const FreeCompute& node) {
    return node.cpu_millicores >= plan.cpu_millicores && node.memory_mb >= plan.memory_mb;
  };
  if (now->nodes && std::none_of(now->nodes->begin(), now->nodes->end(), fits)) {
    co_return Error{
        Errc::exhausted,
        "no node has " + std::to_string(plan.cpu_millicores) + "m of CPU and " + std::to_string(plan.memory_mb) + " MiB free",
        "no_capacity"};
  }
  co_return Result<>();
}

}  // namespace paygress::kube

// Claiming a node port. Only the API server knows which are free, and it says so by answering the POST of a Service
// that names one: the first of twenty who ask for the same port gets it.
#include <algorithm>
#include <charconv>

#include "kube/job_state.h"
#include "kube/manifests.h"
#include "kube/ports.h"
#include "kube/rental.h"

namespace paygress::kube {
namespace {

using util::Errc;
using util::Error;
using util::Json;
using util::Result;

constexpr int kBlindTries = 8;    // then the used ports are listed
constexpr int kListedTries = 32;  // then others are faster than we are
constexpr std::chrono::minutes kNodePortsFresh{10};

enum class PortAnswer { taken, out_of_range, other };

// Both are 422 Invalid on the same field; they differ in their words only.
PortAnswer port_answer(const Failure& failure) {
  for (const Cause& cause : failure.causes) {
    if (failure.http_status != 422 || !cause.field.ends_with("nodePort")) continue;
    if (cause.message.find("already allocated") != std::string::npos) return PortAnswer::taken;
    if (cause.message.find("valid range") != std::string::npos || cause.message.find("valid ports") != std::string::npos)
      return PortAnswer::out_of_range;
  }
  return PortAnswer::other;
}

}  // namespace

net::Task<Result<std::optional<std::uint16_t>>> Rentals::claimed_port(const std::string& name_space) {
  Request look = get(core_path(name_space, "services", kServiceName));
  Answer service = co_await client_.send(std::move(look));
  if (!service && service.error().http_status == 404) co_return std::optional<std::uint16_t>();
  if (!service) co_return to_error(service.error(), "look for Service " + name_space + "/" + kServiceName);
  if (!text_at(*service, {"metadata", "deletionTimestamp"}).empty()) {
    co_return Error{Errc::conflict, "Service " + name_space + "/" + kServiceName + " is being removed", "lease_ended"};
  }
  co_return node_port_of(*service);
}

net::Task<Result<std::set<std::uint16_t>>> Rentals::used_ports() {
  Request request = kube::list("/api/v1/services");
  auto services = co_await client_.list_all(std::move(request));
  if (!services) co_return services.error();
  std::set<std::uint16_t> used;
  for (const Json& service : *services) {
    for (const Json& port : list_at(service, {"spec", "ports"})) {
      if (const auto number = util::unsigned_at(port, "nodePort")) used.insert(static_cast<std::uint16_t>(*number));
    }
    if (const auto number = util::unsigned_at(inside(service, {"spec"}), "healthCheckNodePort"))
      used.insert(static_cast<std::uint16_t>(*number));
  }
  co_return used;
}

// Asks for a Service that can never be: no Service may have that name, and no cluster's range holds port 1. (A dry run does
// not look at the range.) A server that says something else leaves it unknown.
net::Task<std::optional<NodePorts>> Rentals::node_ports() {
  if (node_ports_at_ && clock_.steady_now() - *node_ports_at_ < kNodePortsFresh) co_return node_ports_;
  const Json impossible = {{"apiVersion", "v1"},
                           {"kind", "Service"},
                           {"metadata", {{"name", "Which_ports"}}},
                           {"spec", {{"type", "NodePort"}, {"ports", {{{"protocol", "TCP"}, {"port", 22}, {"nodePort", 1}}}}}}};
  Request request = create(core_path("default", "services"), impossible);
  Answer answer = co_await client_.send(std::move(request));
  if (!answer && answer.error().http_status == 0) co_return node_ports_;  // not asked
  node_ports_ = answer ? std::nullopt : told_node_ports(answer.error());
  node_ports_at_ = clock_.steady_now();
  co_return node_ports_;
}

net::Task<Result<std::uint16_t>> Rentals::claim_port(const PodPlan& plan, const std::string& name_space) {
  // Looking first: a repeated POST with the same name and its own port is answered "already allocated".
  auto claimed = co_await claimed_port(name_space);
  if (!claimed) co_return claimed.error();
  if (*claimed) co_return **claimed;

  std::vector<std::uint16_t> candidates = allowed_ports(plan.ports, {});
  bool outside = false;
  std::optional<NodePorts> valid;  // the cluster's own range, once we were outside it
  std::optional<std::uint16_t> wanted = plan.node_port;
  for (int attempt = 0; attempt < kBlindTries + kListedTries; ++attempt) {
    if (attempt == kBlindTries) {
      auto used = co_await used_ports();
      if (!used) co_return used.error();
      std::erase_if(candidates, [&](std::uint16_t port) { return used->contains(port); });
    }
    if (candidates.empty() && !wanted) break;
    std::uint16_t port = 0;
    if (wanted) {
      port = *wanted;
      wanted.reset();
    } else {
      const std::size_t pick = random_() % candidates.size();
      port = candidates[pick];
      candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(pick));
    }

    Request request = create(core_path(name_space, "services"), service_manifest(plan, port));
    Answer made = co_await post_patiently(std::move(request));
    if (made) {
      const auto given = node_port_of(*made);
      if (given) co_return *given;
      co_return Error{Errc::refused, "the cluster made Service " + name_space + "/" + kServiceName + " without a node port",
                      "field_lost"};
    }
    const Failure failure = made.error();
    const PortAnswer answer = port_answer(failure);
    if (answer == PortAnswer::taken) continue;
    if (answer == PortAnswer::out_of_range) {
      outside = true;
      valid = told_node_ports(failure);
      node_ports_at_.reset();  // what we knew of it is no longer so
      if (valid) std::erase_if(candidates, [&](std::uint16_t other) { return !valid->contains(other); });
      continue;
    }
    if (!failure.maybe_done && !failure.is("AlreadyExists")) {
      Error error = to_error(failure, "create Service " + name_space + "/" + kServiceName);
      if (failure.http_status == 403 && failure.message.find("exceeded quota") != std::string::npos) {
        error.kind = Errc::exhausted;
        error.code = "quota_exceeded";
      }
      if (failure.has_cause("NamespaceTerminating"))
        error = Error{Errc::conflict, "namespace " + name_space + " is being removed", "namespace_terminating"};
      co_return error;
    }
    auto found = co_await claimed_port(name_space);
    if (!found) co_return found.error();
    if (*found) co_return **found;
    candidates.push_back(port);  // it was not carried out: the port is as good as before
  }
  if (outside) co_return out_of_range(plan.ports, valid);
  co_return no_port(plan.ports);
}

}  // namespace paygress::kube

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

// The cluster's own range: "... The range of valid ports is 2000-3000".
std::string valid_range(const Failure& failure) {
  constexpr std::string_view kBefore = "The range of valid ports is ";
  for (const Cause& cause : failure.causes) {
    const std::size_t at = cause.message.find(kBefore);
    if (at == std::string::npos) continue;
    const std::string rest = cause.message.substr(at + kBefore.size(), 11);
    return rest.substr(0, rest.find_first_not_of("0123456789-"));
  }
  return "unknown";
}

bool lies_in(std::uint16_t port, const std::string& range) {
  const std::size_t dash = range.find('-');
  int first = 0, last = 65535;
  if (dash == std::string::npos) return true;
  std::from_chars(range.data(), range.data() + dash, first);
  std::from_chars(range.data() + dash + 1, range.data() + range.size(), last);
  return port >= first && port <= last;
}

Error out_of_range(const PortRange& range, const std::string& valid) {
  return {Errc::refused,
          "ports " + std::to_string(range.first) + "-" + std::to_string(range.last) + " lie outside the cluster's node ports (" +
              valid + "): set SSH_PORT_RANGE_START and _END, or k3s' service-node-port-range",
          "port_out_of_range"};
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

net::Task<Result<std::uint16_t>> Rentals::claim_port(const PodPlan& plan, const std::string& name_space) {
  // Looking first: a repeated POST with the same name and its own port is answered "already allocated".
  auto claimed = co_await claimed_port(name_space);
  if (!claimed) co_return claimed.error();
  if (*claimed) co_return **claimed;

  std::vector<std::uint16_t> candidates = allowed_ports(plan.ports, {});
  std::string valid;  // the cluster's own range, once we were outside it
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
      valid = valid_range(failure);
      std::erase_if(candidates, [&](std::uint16_t other) { return !lies_in(other, valid); });
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
  if (!valid.empty()) co_return out_of_range(plan.ports, valid);
  co_return no_port(plan.ports);
}

}  // namespace paygress::kube

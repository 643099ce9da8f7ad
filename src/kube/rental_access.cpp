// May we do what we will have to? Asked at the start, so that a missing right is a line for the operator and not a
// customer's money in the air.
#include "kube/job_state.h"
#include "kube/network_policies.h"
#include "kube/rental.h"
#include "util/url.h"

namespace paygress::kube {
namespace {

using util::Errc;
using util::Error;
using util::Json;
using util::Result;

struct Right {
  const char* group;
  const char* resource;
  std::initializer_list<const char*> verbs;
};

// The same list as packaging/kubernetes/rbac.yaml.
const Right kNeeded[] = {
    {"", "namespaces", {"get", "list", "create", "patch", "delete"}},
    {"batch", "jobs", {"get", "list", "create", "patch", "delete"}},
    {"", "services", {"get", "list", "create", "patch"}},
    {"", "pods", {"list"}},
    {"", "events", {"list"}},
    {"", "secrets", {"create"}},
    {"", "serviceaccounts", {"create", "patch"}},
    {"", "resourcequotas", {"create", "patch"}},
    {"", "limitranges", {"create", "patch"}},
    {"networking.k8s.io", "networkpolicies", {"create", "patch"}},
};

constexpr std::chrono::hours kCertificateWarning{30 * 24};
constexpr std::chrono::minutes kAddressesFresh{10};
constexpr char kApiSlice[] = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes";

Request review(const char* group, const char* resource, const char* verb, const char* name_space = "", const char* name = "") {
  Json attributes = {{"group", group}, {"resource", resource}, {"verb", verb}};
  if (*name_space) attributes["namespace"] = name_space;
  if (*name) attributes["name"] = name;
  Json object = {{"apiVersion", "authorization.k8s.io/v1"}, {"kind", "SelfSubjectAccessReview"}};
  object["spec"]["resourceAttributes"] = std::move(attributes);
  return create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", object);
}

bool allowed(const Json& answer) { return util::bool_at(inside(answer, {"status"}), "allowed").value_or(false); }

std::string resource_name(const Right& right) {
  return *right.group ? std::string(right.resource) + "." + right.group : right.resource;
}

void warn_of_certificate(const std::optional<util::Time>& end, util::Time now, std::vector<std::string>& warnings) {
  if (!end || *end - now > kCertificateWarning) return;
  const auto days = std::chrono::duration_cast<std::chrono::hours>(*end - now).count() / 24;
  warnings.push_back("the client certificate of the kubeconfig " +
                     (*end < now ? "ended on " : "ends in " + std::to_string(days) + " days, on ") + util::rfc3339(*end));
}

void warn_of_clocks(std::chrono::milliseconds ahead, std::vector<std::string>& warnings) {
  const auto seconds = std::chrono::round<std::chrono::seconds>(ahead).count();
  if (seconds == 0) return;
  warnings.push_back("the cluster's clock is " + std::to_string(std::abs(seconds)) + " seconds " +
                     (seconds > 0 ? "ahead of" : "behind") +
                     " this machine's; paid times are corrected for it, but set both by NTP");
}

void add_node_addresses(const Json& node, std::vector<std::string>& addresses) {
  for (const Json& address : list_at(node, {"status", "addresses"})) {
    const std::string type = text_at(address, {"type"});
    if (type != "InternalIP" && type != "ExternalIP") continue;
    if (auto cidr = canonical_cidr(text_at(address, {"address"}))) addresses.push_back(*cidr);
  }
}

}  // namespace

net::Task<Result<AccessReport>> Rentals::check_access() {
  AccessReport report;
  report.warnings = client_.access().warnings;
  warn_of_certificate(client_.access().certificate_ends, clock_.now(), report.warnings);
  auto version = co_await client_.check_version();
  if (!version) co_return version.error();
  report.server_version = version->text;
  warn_of_clocks(client_.clock_ahead(), report.warnings);

  std::string missing;
  for (const Right& right : kNeeded) {
    for (const char* verb : right.verbs) {
      Request request = review(right.group, right.resource, verb);
      auto answer = co_await client_.call(std::move(request));
      if (!answer) co_return answer.error();
      if (!allowed(*answer)) missing += (missing.empty() ? "" : ", ") + std::string(verb) + " " + resource_name(right);
    }
  }
  if (!missing.empty()) {
    co_return Error{Errc::refused,
                    "the identity of " + client_.access().origin + " may not: " + missing +
                        " (packaging/kubernetes/rbac.yaml gives these rights)",
                    "rights_missing"};
  }

  Request nodes = review("", "nodes", "list");
  auto may_list_nodes = co_await client_.call(std::move(nodes));
  if (!may_list_nodes) co_return may_list_nodes.error();
  if (!allowed(*may_list_nodes))
    report.warnings.push_back(
        "nodes cannot be listed: free CPU and memory are not known before a pod starts, and the nodes' addresses must be among the "
        "blocked ones by setting");
  Request slice = review("discovery.k8s.io", "endpointslices", "get", "default", "kubernetes");
  auto may_get_slice = co_await client_.call(std::move(slice));
  if (!may_get_slice) co_return may_get_slice.error();
  if (!allowed(*may_get_slice))
    report.warnings.push_back(
        "endpointslice default/kubernetes cannot be read: the API server's address must be among the blocked ones by setting");

  Json object = {{"apiVersion", "authentication.k8s.io/v1"}, {"kind", "SelfSubjectReview"}};
  Request who = create("/apis/authentication.k8s.io/v1/selfsubjectreviews", object);
  Answer self = co_await client_.send(std::move(who));  // 404 before Kubernetes 1.28
  if (self) {
    report.user = text_at(*self, {"status", "userInfo", "username"});
    for (const Json& group : list_at(*self, {"status", "userInfo", "groups"})) {
      if (group == "system:masters")
        report.warnings.push_back(
            "this identity is in system:masters and may do anything in the cluster: make one of its own "
            "(packaging/kubernetes/rbac.yaml)");
    }
  }
  co_return report;
}

net::Task<Result<std::vector<std::string>>> Rentals::cluster_addresses() {
  if (addresses_at_ && clock_.steady_now() - *addresses_at_ < kAddressesFresh) co_return addresses_;
  std::vector<std::string> addresses;
  Request node_request = kube::list("/api/v1/nodes");
  auto nodes = co_await client_.list_all(std::move(node_request));
  if (!nodes && nodes.error().code != "Forbidden") co_return nodes.error();
  if (nodes) {
    for (const Json& node : *nodes) add_node_addresses(node, addresses);
  }
  Request slice_request = get(kApiSlice);
  Answer slice = co_await client_.send(std::move(slice_request));
  if (!slice && slice.error().http_status != 403 && slice.error().http_status != 404)
    co_return to_error(slice.error(), "look for the API server's addresses");
  if (slice) {
    for (const Json& endpoint : list_at(*slice, {"endpoints"})) {
      for (const Json& address : list_at(endpoint, {"addresses"})) {
        auto cidr = canonical_cidr(address.is_string() ? address.get_ref<const std::string&>() : std::string());
        if (cidr) addresses.push_back(*cidr);
      }
    }
  }
  if (const auto server = util::Url::parse(client_.access().server)) {
    if (auto cidr = canonical_cidr(server->host())) addresses.push_back(*cidr);
  }
  addresses_ = addresses;
  addresses_at_ = clock_.steady_now();
  co_return addresses;
}

}  // namespace paygress::kube

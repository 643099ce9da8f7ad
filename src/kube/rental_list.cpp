// All rentals of this daemon, as the cluster shows them.
#include "kube/job_state.h"
#include "kube/manifests.h"
#include "kube/rental.h"

namespace paygress::kube {
namespace {

using util::Json;
using util::Result;

std::map<std::string, std::string> own_annotations(const Json& object) {
  constexpr std::string_view kOurs = "paygress.dev/";
  std::map<std::string, std::string> own;
  const Json& all = inside(object, {"metadata", "annotations"});
  if (!all.is_object()) return own;
  for (const auto& [name, value] : all.items()) {
    if (name.starts_with(kOurs) && value.is_string()) own[name.substr(kOurs.size())] = value.get<std::string>();
  }
  return own;
}

Found read_namespace(const Json& object) {
  Found found;
  found.name_space = text_at(object, {"metadata", "name"});
  found.lease_id = util::string_at(inside(object, {"metadata", "labels"}), kLeaseLabel).value_or("");
  found.created_at = time_at(object, {"metadata", "creationTimestamp"}).value_or(util::Time());
  found.terminating = !text_at(object, {"metadata", "deletionTimestamp"}).empty();
  found.annotations = own_annotations(object);
  return found;
}

void add_job(Found& found, const Json& job) {
  const JobState state = read_job(job);
  found.has_job = true;
  found.ended = state.ended;
  found.start_time = state.start_time;
  found.deadline = state.deadline;
  found.annotations.merge(own_annotations(job));
}

}  // namespace

net::Task<Result<std::vector<Found>>> Rentals::list(std::string namespace_prefix) {
  const std::string labels = label_selector(namespace_prefix);
  std::map<std::string, Found> by_name;
  // Namespaces last: a rental that starts while we list must not be seen as one without a Job.
  Request job_request = kube::list("/apis/batch/v1/jobs", labels);
  auto jobs = co_await client_.list_all(std::move(job_request));
  if (!jobs) co_return jobs.error();
  Request service_request = kube::list("/api/v1/services", labels);
  auto services = co_await client_.list_all(std::move(service_request));
  if (!services) co_return services.error();
  Request namespace_request = kube::list(namespace_path(), labels);
  auto namespaces = co_await client_.list_all(std::move(namespace_request));
  if (!namespaces) co_return namespaces.error();

  for (const Json& object : *namespaces) {
    Found found = read_namespace(object);
    by_name.emplace(found.name_space, std::move(found));
  }
  for (const Json& job : *jobs) {
    const auto at = by_name.find(text_at(job, {"metadata", "namespace"}));
    if (at != by_name.end() && text_at(job, {"metadata", "name"}) == kJobName) add_job(at->second, job);
  }
  for (const Json& service : *services) {
    const auto at = by_name.find(text_at(service, {"metadata", "namespace"}));
    if (at != by_name.end()) at->second.node_port = node_port_of(service);
  }
  std::vector<Found> all;
  for (auto& [name, found] : by_name) {
    found.created_at = ours(found.created_at);
    found.start_time = ours(found.start_time);
    found.deadline = ours(found.deadline);
    all.push_back(std::move(found));
  }
  co_return all;
}

}  // namespace paygress::kube

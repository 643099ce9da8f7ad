// Looking at a rental: is it starting, ready, over, or waiting in vain?
#include "kube/job_state.h"
#include "kube/manifests.h"
#include "kube/rental.h"

namespace paygress::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using util::Json;
using util::Result;

// How long a trouble may last before it is believed. A registry that is busy, a node that is full until the next pod
// ends, a quota that is still being counted: all of them pass. Counted on the cluster's clock.
constexpr seconds kPatience{30};
constexpr seconds kEventsAfter{3};  // a start that goes well needs no look at the events

std::string one_line(std::string text) {
  constexpr std::size_t kMaxReason = 300;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (text.size() > kMaxReason) text.resize(kMaxReason);
  return text;
}

bool never_passes(const std::string& trouble) {
  return trouble.find("violates PodSecurity") != std::string::npos ||
         trouble.find("runtime does not support user namespaces") != std::string::npos ||
         trouble.find("runtimeclass") != std::string::npos || trouble.find("priorityclass") != std::string::npos;
}

milliseconds age_of(const std::optional<util::Time>& since, util::Time now) {
  return since ? std::max<milliseconds>(now - *since, milliseconds(0)) : milliseconds(0);
}

}  // namespace

const char* name(Phase phase) {
  switch (phase) {
    case Phase::starting: return "starting";
    case Phase::ready: return "ready";
    case Phase::ended: return "ended";
    case Phase::missing: return "missing";
    case Phase::hopeless: return "hopeless";
  }
  return "?";
}

// What the events say. A Job whose pods are refused (Pod Security, quota) has no condition that tells it.
net::Task<Result<std::string>> Rentals::trouble_of(const std::string& name_space, const char* event) {
  Request request = kube::list(core_path(name_space, "events"), {}, "type=Warning");
  auto events = co_await client_.list_all(std::move(request));
  if (!events) co_return events.error();
  std::string trouble;
  for (const Json& entry : *events) {
    const std::string reason = text_at(entry, {"reason"}), message = text_at(entry, {"message"});
    // Two that always pass: a quota without status, a service account that the cache does not know yet.
    const bool passing = message.find("status unknown for quota") != std::string::npos ||
                         message.find("error looking up service account") != std::string::npos;
    if (reason == event && !passing) trouble = reason + ": " + message;
  }
  co_return trouble;
}

net::Task<Result<Observed>> Rentals::observe(std::string name_space) {
  Observed seen;
  Request job_request = get(job_path(name_space, kJobName));
  Answer job = co_await client_.send(std::move(job_request));
  if (!job && job.error().http_status == 404) co_return seen;
  if (!job) co_return to_error(job.error(), "look at Job " + name_space + "/" + kJobName);
  const JobState state = read_job(*job);
  seen.job_uid = state.uid;
  seen.start_time = ours(state.start_time);
  seen.deadline = ours(state.deadline);
  seen.reason = one_line(state.end_reason);
  seen.phase = Phase::ended;
  if (state.ended) co_return seen;

  auto port = co_await claimed_port(name_space);
  if (!port && port.error().code != "lease_ended") co_return port.error();
  if (port) seen.node_port = *port;

  Request pod_request = kube::list(core_path(name_space, "pods"));
  auto pods = co_await client_.list_all(std::move(pod_request));
  if (!pods) co_return pods.error();
  PodState pod;
  for (const Json& candidate : *pods) {
    PodState current = read_pod(candidate);
    seen.restart_count += current.restart_count;
    if (is_current_pod(candidate)) pod = std::move(current);
  }
  seen.pod_uid = pod.uid;
  seen.phase = Phase::ready;
  if (pod.ready) co_return seen;

  seen.phase = Phase::starting;
  const milliseconds age = age_of(pod.created_at ? pod.created_at : state.created_at, cluster_now());
  std::string trouble = pod.trouble;
  // Events stay for an hour: only those are asked for that are about what is missing now.
  const char* event = pod.uid.empty() ? "FailedCreate" : pod.has_address ? nullptr : "FailedCreatePodSandBox";
  if (trouble.empty() && event && age >= kEventsAfter) {
    auto told = co_await trouble_of(name_space, event);
    if (!told) co_return told.error();
    trouble = *told;
  }
  seen.reason = one_line(trouble);
  if (pod.hopeless_now || never_passes(trouble) || (!trouble.empty() && age > kPatience)) seen.phase = Phase::hopeless;
  co_return seen;
}

}  // namespace paygress::kube

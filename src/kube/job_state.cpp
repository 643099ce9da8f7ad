#include "kube/job_state.h"

#include <algorithm>
#include <string_view>

namespace paygress::kube {
namespace {

using util::Json;

bool holds(const Json& condition, std::string_view type, std::string_view status = "True") {
  return text_at(condition, {"type"}) == type && text_at(condition, {"status"}) == status;
}

std::string reason_and_message(const Json& object) {
  const std::string reason = text_at(object, {"reason"}), message = text_at(object, {"message"});
  return message.empty() ? reason : reason + ": " + message;
}

constexpr std::string_view kWaitsInVain[] = {"ErrImagePull",         "ImagePullBackOff",  "InvalidImageName",
                                             "ErrImageNeverPull",    "ImageInspectError", "CreateContainerConfigError",
                                             "CreateContainerError", "RunContainerError"};
constexpr std::string_view kFinal[] = {"InvalidImageName", "ErrImageNeverPull"};
constexpr int kTooManyRestarts = 5;

template <std::size_t N>
bool one_of(const std::string_view (&list)[N], std::string_view text) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

void read_containers(const Json& pod, PodState& state) {
  for (const Json& container : list_at(pod, {"status", "containerStatuses"})) {
    state.restart_count += static_cast<int>(util::integer_at(container, "restartCount").value_or(0));
    const Json& waiting = inside(container, {"state", "waiting"});
    const std::string reason = text_at(waiting, {"reason"});
    if (one_of(kWaitsInVain, reason)) state.trouble = reason_and_message(waiting);
    if (one_of(kFinal, reason)) state.hopeless_now = true;
    if (reason == "CrashLoopBackOff" && state.restart_count >= kTooManyRestarts) {
      state.trouble = reason_and_message(waiting);
      state.hopeless_now = true;
    }
  }
}

}  // namespace

const Json& inside(const Json& object, std::initializer_list<const char*> path) {
  static const Json nothing;
  const Json* at = &object;
  for (const char* field : path) {
    at = util::member(*at, field);
    if (!at) return nothing;
  }
  return *at;
}

const Json& list_at(const Json& object, std::initializer_list<const char*> path) {
  static const Json none = Json::array();
  const Json& found = inside(object, path);
  return found.is_array() ? found : none;
}

std::string text_at(const Json& object, std::initializer_list<const char*> path) {
  const Json& found = inside(object, path);
  return found.is_string() ? found.get<std::string>() : std::string();
}

std::optional<util::Time> time_at(const Json& object, std::initializer_list<const char*> path) {
  const auto time = util::parse_rfc3339(text_at(object, path));
  if (!time) return std::nullopt;
  return *time;
}

JobState read_job(const Json& job) {
  JobState state;
  state.uid = text_at(job, {"metadata", "uid"});
  state.resource_version = text_at(job, {"metadata", "resourceVersion"});
  state.created_at = time_at(job, {"metadata", "creationTimestamp"});
  state.start_time = time_at(job, {"status", "startTime"});
  const auto seconds = util::integer_at(inside(job, {"spec"}), "activeDeadlineSeconds");
  if (state.start_time && seconds) state.deadline = *state.start_time + std::chrono::seconds(*seconds);
  for (const Json& condition : list_at(job, {"status", "conditions"})) {
    for (const char* type : {"FailureTarget", "SuccessCriteriaMet", "Failed", "Complete"}) {
      if (!holds(condition, type)) continue;
      state.ended = true;
      state.end_reason = reason_and_message(condition);
    }
  }
  if (!text_at(job, {"metadata", "deletionTimestamp"}).empty()) {
    state.ended = true;
    if (state.end_reason.empty()) state.end_reason = "deleted";
  }
  return state;
}

PodState read_pod(const Json& pod) {
  PodState state;
  state.uid = text_at(pod, {"metadata", "uid"});
  state.created_at = time_at(pod, {"metadata", "creationTimestamp"});
  state.has_address = !text_at(pod, {"status", "podIP"}).empty();
  for (const Json& condition : list_at(pod, {"status", "conditions"})) {
    if (holds(condition, "Ready")) state.ready = true;
    if (holds(condition, "PodScheduled", "False") && text_at(condition, {"reason"}) == "Unschedulable")
      state.trouble = reason_and_message(condition);
  }
  read_containers(pod, state);
  return state;
}

bool is_current_pod(const Json& pod) {
  const std::string phase = text_at(pod, {"status", "phase"});
  return text_at(pod, {"metadata", "deletionTimestamp"}).empty() && phase != "Succeeded" && phase != "Failed";
}

std::optional<std::uint16_t> node_port_of(const Json& service) {
  for (const Json& port : list_at(service, {"spec", "ports"})) {
    const auto number = util::unsigned_at(port, "nodePort");
    if (number && *number > 0 && *number <= 65535) return static_cast<std::uint16_t>(*number);
  }
  return std::nullopt;
}

}  // namespace paygress::kube

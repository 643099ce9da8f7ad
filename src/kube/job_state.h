// What the objects of a rental say about it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

#include "util/json.h"
#include "util/time.h"

namespace paygress::kube {

struct JobState {
  std::string uid, resource_version;
  std::optional<util::Time> created_at, start_time, deadline;
  // Ending counts as ended: from the condition FailureTarget on (Kubernetes 1.31) a longer deadline is still answered
  // 200, yet the Job goes.
  bool ended = false;
  std::string end_reason;
};
JobState read_job(const util::Json&);

struct PodState {
  std::string uid;
  bool ready = false;
  bool has_address = false;  // its sandbox and network are there
  int restart_count = 0;
  std::optional<util::Time> created_at;
  std::string trouble;        // why it does not start, as far as the pod itself says; empty: nothing known
  bool hopeless_now = false;  // that cannot get better by waiting
};
PodState read_pod(const util::Json&);

// Is it the pod that the customer is in? Finished and deleted ones are not.
bool is_current_pod(const util::Json&);

std::optional<std::uint16_t> node_port_of(const util::Json& service);

// The nested member, or null.
const util::Json& inside(const util::Json& object, std::initializer_list<const char*> path);
// The nested list; an empty one for what is none, so that it can be walked.
const util::Json& list_at(const util::Json& object, std::initializer_list<const char*> path);
std::string text_at(const util::Json& object, std::initializer_list<const char*> path);
std::optional<util::Time> time_at(const util::Json& object, std::initializer_list<const char*> path);

}  // namespace paygress::kube

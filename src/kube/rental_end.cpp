// When a rental ends: prolonging it, and ending it now.
#include <algorithm>

#include "kube/job_state.h"
#include "kube/manifests.h"
#include "kube/rental.h"
#include "util/log.h"

namespace paygress::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using util::Errc;
using util::Error;
using util::Json;
using util::Result;

constexpr int kConflicts = 8;  // others (the Job controller) write to the same object
constexpr milliseconds kConflictPause{50};
constexpr milliseconds kStartPause{250};  // the controller sets startTime some milliseconds after the creation
constexpr int kStartTries = 40;
constexpr seconds kCloseCall{3};  // so near the old end the controller may be at work already

// An annotation's name has at most 63 characters.
Result<std::string> topup_annotation(const std::string& id) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; };
  const std::string part = id.substr(0, 40);
  if (part.empty() || !std::all_of(part.begin(), part.end(), plain) || part.back() == '-') {
    return Error{Errc::invalid, "a top-up id is letters and digits", "topup_id_invalid"};
  }
  return kTopupPrefix + part;
}

Extended too_late(const std::optional<util::Time>& deadline, util::Time now) {
  Extended extended;
  extended.too_late = true;
  extended.expires_at = deadline ? std::min(*deadline, now) : now;
  return extended;
}

Extended extended_to(util::Time deadline) {
  Extended extended;
  extended.expires_at = deadline;
  return extended;
}

}  // namespace

net::Task<Result<Extended>> Rentals::set_end(std::string name_space, util::Time end, std::string topup_id) {
  const auto annotation = topup_annotation(topup_id);
  if (!annotation) co_return annotation.error();
  const std::string path = job_path(name_space, kJobName);
  int conflicts = 0, waits = 0;
  for (;;) {
    Request look = get(path);
    Answer job = co_await client_.send(std::move(look));
    if (!job && job.error().http_status == 404) co_return too_late(std::nullopt, clock_.now());
    if (!job) co_return to_error(job.error(), "look at Job " + name_space + "/" + kJobName);
    const JobState before = read_job(*job);
    if (before.ended) co_return too_late(ours(before.deadline), clock_.now());
    if (!before.start_time || !before.deadline) {
      if (++waits >= kStartTries)
        co_return Error{Errc::unavailable,
                        "Job " + name_space + "/" + kJobName + " has not started: is the controller manager running?",
                        "not_started"};
      co_await clock_.sleep_for(kStartPause);
      continue;
    }
    if (inside(*job, {"metadata", "annotations"}).contains(*annotation))
      co_return extended_to(ours(*before.deadline));  // done before

    const seconds deadline = std::max(seconds(1), std::chrono::ceil<seconds>(end - ours(*before.start_time)));
    if (deadline > kLongestDeadline)
      co_return Error{Errc::invalid, "a rental of more than a year is not possible", "deadline_too_long"};

    // The resource version makes the patch fail if the Job has begun to end since we looked.
    Json patch;
    patch["metadata"]["resourceVersion"] = before.resource_version;
    patch["metadata"]["annotations"][*annotation] = util::rfc3339(end);
    patch["spec"]["activeDeadlineSeconds"] = deadline.count();
    Request request = merge_patch(path, patch);
    Answer patched = co_await client_.send(std::move(request));
    if (!patched && patched.error().http_status == 409 && ++conflicts < kConflicts) {
      co_await clock_.sleep_for(kConflictPause);
      continue;
    }
    if (!patched && patched.error().http_status == 404) co_return too_late(ours(before.deadline), clock_.now());
    if (!patched) co_return to_error(patched.error(), "prolong Job " + name_space + "/" + kJobName);

    // A 200 is not yet an extension.
    JobState after = read_job(*patched);
    if (!after.ended && clock_.now() > ours(*before.deadline) - kCloseCall && *after.deadline > *before.deadline) {
      co_await clock_.sleep_for(kCloseCall);
      Request again = get(path);
      Answer later = co_await client_.send(std::move(again));
      if (!later && later.error().http_status == 404) co_return too_late(ours(before.deadline), clock_.now());
      if (later) after = read_job(*later);
    }
    if (after.ended) co_return too_late(ours(after.deadline), clock_.now());
    if (after.deadline != *before.start_time + deadline) {
      co_return Error{Errc::internal, "the cluster took a deadline of " + std::to_string(deadline.count()) + " s and shows another",
                      "field_lost"};
    }
    // For people who look; the deadline of the Job is what counts.
    Json shown;
    shown["metadata"]["annotations"][kExpiresAt] = util::rfc3339(ours(*after.deadline));
    Request show = merge_patch(namespace_path(name_space), shown);
    Answer said = co_await client_.send(std::move(show));
    if (!said) util::log_debug("the namespace does not show the new end", {{"PAYGRESS_NAMESPACE", name_space}});
    co_return extended_to(ours(*after.deadline));
  }
}

net::Task<Result<>> Rentals::remove(std::string name_space) {
  Request look = get(namespace_path(name_space));
  Answer found = co_await client_.send(std::move(look));
  if (!found && found.error().http_status == 404) co_return Result<>();
  if (!found) co_return to_error(found.error(), "look for namespace " + name_space);
  const Json& labels = inside(*found, {"metadata", "labels"});
  if (util::string_at(labels, kManagedBy) != "paygress" || !util::string_at(labels, kLeaseLabel)) {
    co_return Error{Errc::refused, "namespace " + name_space + " is no rental and stays", "not_a_rental"};
  }
  if (!text_at(*found, {"metadata", "deletionTimestamp"}).empty()) co_return Result<>();

  // The Job first: its pods end at once, while a namespace is emptied in an order of its own.
  Request job_request = get(job_path(name_space, kJobName));
  Answer job = co_await client_.send(std::move(job_request));
  if (!job && job.error().http_status != 404) co_return to_error(job.error(), "look at Job " + name_space + "/" + kJobName);
  if (job) {
    Request end = kube::remove(job_path(name_space, kJobName), read_job(*job).uid, Propagation::foreground);
    Answer ended = co_await client_.send(std::move(end));
    if (!ended && ended.error().http_status != 404 && ended.error().http_status != 409)
      co_return to_error(ended.error(), "delete Job " + name_space + "/" + kJobName);
  }
  Request drop = kube::remove(namespace_path(name_space), text_at(*found, {"metadata", "uid"}), Propagation::background);
  Answer dropped = co_await client_.send(std::move(drop));
  if (!dropped && dropped.error().http_status != 404 && dropped.error().http_status != 409)
    co_return to_error(dropped.error(), "delete namespace " + name_space);
  capacity_at_.reset();
  co_return Result<>();
}

}  // namespace paygress::kube

#include "sandbox/kube_controllers.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "net/clock.h"
#include "sandbox/kube_admission.h"
#include "sandbox/kube_condition.h"
#include "util/log.h"

namespace paygress::sandbox {
namespace {

using util::Json;

constexpr std::chrono::hours kNothingToDo{1};
constexpr std::chrono::milliseconds kMannersMayChange{200};
// The Job controller multiplies by 1e9 in an int64: a longer deadline has passed at once.
constexpr std::int64_t kLongestDeadline = 9'223'372'036;

bool owned_by(const Json& object, const std::string& uid) {
  for (const Json& owner : object["metadata"].value("ownerReferences", Json::array())) {
    if (owner.value("uid", std::string()) == uid) return true;
  }
  return false;
}

}  // namespace

KubeControllers::KubeControllers(boost::asio::any_io_executor executor, KubeStore& store, net::Clock& clock, KubeManners& manners,
                                 const KubeOptions& options)
    : executor_(std::move(executor)),
      store_(store),
      clock_(clock),
      manners_(manners),
      options_(options),
      pods_dir_(options.pods_dir) {
  if (options_.pods != PodKind::sshd || !pods_dir_.empty()) return;
  std::string name = (std::filesystem::temp_directory_path() / "paygress-sandbox-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), "make a folder for the sandbox's pods");
  pods_dir_ = name;
  own_dir_ = true;
}

KubeControllers::~KubeControllers() {
  running_.clear();
  std::error_code ignored;
  if (own_dir_) std::filesystem::remove_all(pods_dir_, ignored);
}

net::Task<> KubeControllers::run() {
  for (;;) {
    reconcile();
    std::chrono::milliseconds wait = changed_.empty() ? std::chrono::milliseconds(kNothingToDo) : std::chrono::milliseconds(0);
    for (const auto& [ns, time] : due_) wait = std::min(wait, time - clock_.now());
    wait = std::max(wait, std::chrono::milliseconds(1));
    co_await wake_.wait_for(clock_, wait);
  }
}

void KubeControllers::on_change(const Change& change) {
  const std::string ns = change.type->plural == "namespaces" ? name_of(change.object) : namespace_of(change.object);
  if (!ns.empty()) changed_.insert(ns);
  wake_.notify();
}

void KubeControllers::look_at_everything() {
  for (const Json& name_space : store_.list(resource("namespaces"))) changed_.insert(name_of(name_space));
  wake_.notify();
}

void KubeControllers::check_again_at(util::Time time) {
  const auto [entry, is_new] = due_.try_emplace(ns_, time);
  if (!is_new) entry->second = std::min(entry->second, time);
}

void KubeControllers::reconcile() {
  std::set<std::string> now_due = std::move(changed_);
  changed_.clear();
  for (const auto& [ns, time] : due_) {
    if (time <= clock_.now()) now_due.insert(ns);
  }
  for (const std::string& ns : now_due) {
    due_.erase(ns);
    ns_ = ns;
    reconcile_namespace();
  }
}

void KubeControllers::reconcile_namespace() {
  if (manners_.controllers_stopped) {
    check_again_at(clock_.now() + kMannersMayChange);
  } else {
    const Json* name_space = store_.get(resource("namespaces"), "", ns_);
    if (name_space != nullptr && is_ending(*name_space)) finish_namespace(*name_space);
    for (Json& job : store_.list(resource("jobs"), ns_)) run_job(std::move(job));
    collect_garbage();
  }
  for (Json& pod : store_.list(resource("pods"), ns_)) run_pod(std::move(pod));
}

// A namespace ends when everything in it is gone; its pods take their time, the rest goes at once.
void KubeControllers::finish_namespace(const Json& name_space) {
  const std::string ns = name_of(name_space);
  bool empty = true;
  for (const ResourceType& type : all_resources()) {
    if (!type.namespaced) continue;
    for (const Json& object : store_.list(type, ns)) {
      if (type.plural == "pods") {
        empty = false;
        stop_pod(object);
      } else {
        store_.remove(type, ns, name_of(object));
      }
    }
  }
  if (empty) store_.remove(resource("namespaces"), "", ns);
}

// What an owner left behind goes with it (ownerReferences).
void KubeControllers::collect_garbage() {
  for (const ResourceType& type : all_resources()) {
    if (!type.namespaced) continue;
    for (const Json& object : store_.list(type, ns_)) {
      const Json owners = object["metadata"].value("ownerReferences", Json::array());
      if (owners.empty()) continue;
      const bool alive = std::any_of(owners.begin(), owners.end(), [&](const Json& owner) {
        for (const ResourceType& kind : all_resources()) {
          if (kind.kind != owner.value("kind", std::string())) continue;
          const Json* found = store_.get(kind, namespace_of(object), owner.value("name", std::string()));
          return found != nullptr && uid_of(*found) == owner.value("uid", std::string());
        }
        return true;  // of a kind that is not known here
      });
      if (alive) continue;
      if (type.plural == "pods")
        stop_pod(object);
      else
        store_.remove(type, namespace_of(object), name_of(object));
    }
  }
}

// ---- Jobs

void KubeControllers::run_job(Json job) {
  const util::Time now = clock_.now();
  std::vector<Json> pods;
  for (Json& pod : store_.list(resource("pods"), namespace_of(job))) {
    if (owned_by(pod, uid_of(job))) pods.push_back(std::move(pod));
  }
  const auto stop_all = [&] { std::for_each(pods.begin(), pods.end(), [this](const Json& pod) { stop_pod(pod); }); };

  if (is_ending(job)) {
    stop_all();
    if (pods.empty()) store_.remove(resource("jobs"), namespace_of(job), name_of(job));
    return;
  }
  if (const Json* failed = true_condition(job, "Failed")) {
    const auto ttl = util::integer_at(job["spec"], "ttlSecondsAfterFinished");
    if (!ttl) return;
    const util::Time end = time_of((*failed)["lastTransitionTime"]) + std::chrono::seconds(*ttl);
    if (now < end) return check_again_at(end);
    job["metadata"]["deletionTimestamp"] = util::rfc3339(now);
    job["metadata"]["finalizers"] = {"foregroundDeletion"};
    return save(resource("jobs"), std::move(job));
  }
  // Since 1.31: first FailureTarget, then Failed once the last pod is gone.
  if (true_condition(job, "FailureTarget") != nullptr) {
    stop_all();
    if (pods.empty()) end_job(std::move(job), "Failed");
    return;
  }
  if (!job["status"].contains("startTime")) {
    job["status"]["startTime"] = util::rfc3339(now);
    return save(resource("jobs"), std::move(job));
  }
  if (const auto limit = util::integer_at(job["spec"], "activeDeadlineSeconds")) {
    const std::int64_t seconds = *limit > kLongestDeadline ? 0 : *limit;
    const util::Time end = time_of(job["status"]["startTime"]) + std::chrono::seconds(seconds);
    if (now >= end) return end_job(std::move(job), "FailureTarget");
    check_again_at(end);
  }
  const bool wanted = !job["spec"].value("suspend", false);
  if (wanted && pods.empty()) {
    make_pod(job);
    check_again_at(now + kMannersMayChange);  // in case it is refused
  }
  if (!wanted) stop_all();
  const auto ready =
      std::count_if(pods.begin(), pods.end(), [](const Json& pod) { return true_condition(pod, "Ready") != nullptr; });
  job["status"]["active"] = pods.size();
  job["status"]["ready"] = ready;
  save(resource("jobs"), std::move(job));
}

void KubeControllers::end_job(Json job, const char* type) {
  Json entry = condition(type, true, clock_.now(), "DeadlineExceeded", "Job was active longer than specified deadline");
  job["status"]["conditions"].push_back(std::move(entry));
  if (std::string_view(type) == "Failed") job["status"].erase("active");
  save(resource("jobs"), std::move(job));
}

void KubeControllers::make_pod(const Json& job) {
  const Json& pod_template = job["spec"]["template"];
  const Json* name_space = store_.get(resource("namespaces"), "", namespace_of(job));
  if (name_space == nullptr || is_ending(*name_space)) return;
  Json spec = pod_template.value("spec", Json::object());
  const std::string name = name_of(job) + "-" + store_.random_suffix(5);
  if (const std::string violation = pod_security_violation(*name_space, spec, manners_); !violation.empty()) {
    return report_no_pod(job, "pods \"" + name + "\" is forbidden: " + violation);
  }
  if (manners_.quota_exceeded)
    return report_no_pod(
        job, "pods \"" + name +
                 "\" is forbidden: exceeded quota: rental, requested: limits.cpu=1, used: limits.cpu=1, limited: limits.cpu=1");

  Json metadata = pod_template.value("metadata", Json::object());
  metadata["name"] = name;
  metadata["namespace"] = namespace_of(job);
  for (const char* label : {"job-name", "batch.kubernetes.io/job-name"}) metadata["labels"][label] = name_of(job);
  for (const char* label : {"controller-uid", "batch.kubernetes.io/controller-uid"}) metadata["labels"][label] = uid_of(job);
  const Json owner = {{"apiVersion", "batch/v1"}, {"kind", "Job"},      {"name", name_of(job)},
                      {"uid", uid_of(job)},       {"controller", true}, {"blockOwnerDeletion", true}};
  metadata["ownerReferences"].push_back(owner);
  spec["nodeName"] = manners_.unschedulable ? "" : "sandbox";
  Json pod = {{"metadata", std::move(metadata)}, {"spec", std::move(spec)}, {"status", {{"phase", "Pending"}}}};
  store_.add(resource("pods"), std::move(pod));
}

// The Job itself shows nothing but active: 0; only the event says why.
void KubeControllers::report_no_pod(const Json& job, const std::string& why) {
  for (const Json& event : store_.list(resource("events"), namespace_of(job))) {
    if (event["involvedObject"]["uid"] == uid_of(job)) return;
  }
  const std::string now = util::rfc3339(clock_.now());
  Json event = {{"metadata", {{"name", name_of(job) + "." + store_.random_suffix(16)}, {"namespace", namespace_of(job)}}},
                {"involvedObject",
                 {{"kind", "Job"},
                  {"namespace", namespace_of(job)},
                  {"name", name_of(job)},
                  {"uid", uid_of(job)},
                  {"apiVersion", "batch/v1"}}},
                {"type", "Warning"},
                {"reason", "FailedCreate"},
                {"message", "Error creating: " + why},
                {"source", {{"component", "job-controller"}}},
                {"firstTimestamp", now},
                {"lastTimestamp", now},
                {"count", 1}};
  store_.add(resource("events"), std::move(event));
}

}  // namespace paygress::sandbox

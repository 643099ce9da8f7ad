// The node's half of KubeControllers: pods are started, watched and ended.
#include "net/clock.h"
#include "sandbox/kube_condition.h"
#include "sandbox/kube_controllers.h"
#include "util/bytes.h"
#include "util/log.h"

namespace paygress::sandbox {
namespace {

using util::Json;

constexpr std::chrono::milliseconds kProbeInterval{20};
constexpr std::chrono::milliseconds kMannersMayChange{200};
constexpr std::chrono::milliseconds kLookAfter{500};  // for an sshd that has died

std::string secret_value(const Json& secret, const char* key) {
  const Json* data = util::member(secret, "data");
  const auto bytes = util::from_base64(data == nullptr ? "" : util::string_at(*data, key).value_or(""));
  return bytes ? util::to_text(util::ByteView(*bytes)) : std::string();
}

}  // namespace

// Marks it; the kubelet removes the object when the pod is gone.
void KubeControllers::stop_pod(const Json& pod) {
  if (is_ending(pod)) return;
  Json ending = pod;
  ending["metadata"]["deletionTimestamp"] = util::rfc3339(clock_.now());
  save(resource("pods"), std::move(ending));
}

void KubeControllers::run_pod(Json pod) {
  const util::Time now = clock_.now();
  const std::string uid = uid_of(pod);
  auto [entry, is_new] = running_.try_emplace(uid);
  Running& running = entry->second;
  if (is_new) running.since = now;

  if (is_ending(pod)) {
    running.server.reset();
    if (!running.ending_since) running.ending_since = now;
    const util::Time gone = *running.ending_since + manners_.termination_delay;
    if (now < gone) return check_again_at(gone);
    running_.erase(entry);
    std::error_code ignored;
    if (!pods_dir_.empty()) std::filesystem::remove_all(pods_dir_ / uid, ignored);
    return store_.remove(resource("pods"), namespace_of(pod), name_of(pod));
  }

  std::string message;
  const std::string waiting = waiting_reason(pod, running, message);
  const bool scheduled = waiting != "Unschedulable";
  const bool runs = waiting.empty();
  const bool ready = runs && !manners_.never_ready && (running.server == nullptr || running.server->listening());
  if (!ready) check_again_at(now + (runs && !manners_.never_ready ? kProbeInterval : kMannersMayChange));
  if (!ready)
    running.ready_since.reset();
  else if (!running.ready_since)
    running.ready_since = now;

  Json& status = pod["status"];
  status["phase"] = runs ? "Running" : "Pending";
  status["conditions"] = Json::array();
  status["conditions"].push_back(
      condition("PodScheduled", scheduled, running.since, scheduled ? "" : "Unschedulable", scheduled ? "" : message));
  status["containerStatuses"] = Json::array();
  if (scheduled) {
    const std::string why = ready ? "" : "ContainersNotReady";
    for (const char* type : {"ContainersReady", "Ready"})
      status["conditions"].push_back(condition(type, ready, running.ready_since.value_or(running.since), why));
    status["conditions"].push_back(condition("Initialized", true, running.since));
    status["hostIP"] = "127.0.0.1";
    status["podIP"] = "127.0.0.1";
    status["startTime"] = util::rfc3339(running.since);
    Json state = {{"running", {{"startedAt", util::rfc3339(running.since)}}}};
    if (!runs) state = {{"waiting", {{"reason", waiting}, {"message", message}}}};
    const Json container = pod["spec"].value("/containers/0"_json_pointer, Json::object());
    Json container_status = {{"name", container.value("name", std::string())},
                             {"image", container.value("image", std::string())},
                             {"ready", ready},
                             {"started", runs},
                             {"restartCount", running.restarts},
                             {"state", std::move(state)}};
    status["containerStatuses"].push_back(std::move(container_status));
  }
  save(resource("pods"), std::move(pod));
}

// Why the container does not run; empty: it does.
std::string KubeControllers::waiting_reason(const Json& pod, Running& running, std::string& message) {
  const util::Time now = clock_.now();
  if (manners_.unschedulable) {
    message = "0/1 nodes are available: 1 Insufficient memory.";
    return "Unschedulable";
  }
  if (manners_.image_never_pulls) {
    message = "Back-off pulling image \"" + pod["spec"].value("/containers/0/image"_json_pointer, std::string()) + "\"";
    return "ImagePullBackOff";
  }
  if (const util::Time start = running.since + manners_.start_delay; now < start) {
    check_again_at(start);
    return "ContainerCreating";
  }
  const std::optional<PodLogin> who = login(pod);
  if (!who) return "ContainerCreating";  // its Secret is not there yet: the change that brings it wakes us

  if (running.server != nullptr && (who->port != running.port || manners_.never_ready)) running.server.reset();
  if (running.server != nullptr && !running.server->alive()) {
    running.server.reset();
    ++running.restarts;
  }
  if (running.server == nullptr && who->port != 0 && !manners_.never_ready && running.broken.empty()) {
    try {
      running.port = who->port;
      running.server = options_.pods == PodKind::sshd ? start_sshd(*who) : start_banner(executor_, *who);
    } catch (const std::exception& failed) {
      running.broken = failed.what();
      util::log_error("the sandbox cannot start a pod", {{"PAYGRESS_REASON", running.broken}});
    }
  }
  message = running.broken;
  if (running.server != nullptr && options_.pods == PodKind::sshd) check_again_at(now + kLookAfter);
  return running.broken.empty() ? "" : "CreateContainerError";
}

// Nothing as long as a Secret is missing that the pod mounts. The port is 0 as long as no Service leads to the pod.
std::optional<PodLogin> KubeControllers::login(const Json& pod) const {
  PodLogin who;
  const std::string ns = namespace_of(pod);
  for (const Json& volume : pod["spec"].value("volumes", Json::array())) {
    const Json* source = util::member(volume, "secret");
    if (source == nullptr) continue;
    const Json* secret = store_.get(resource("secrets"), ns, source->value("secretName", std::string()));
    if (secret == nullptr) return std::nullopt;
    who.password = util::Secret(secret_value(*secret, "password"));
    who.authorized_keys = secret_value(*secret, "authorized_keys");
  }
  for (const Json& variable : pod["spec"].value("/containers/0/env"_json_pointer, Json::array())) {
    if (variable.value("name", std::string()) == "USER_NAME") who.user = variable.value("value", std::string());
  }
  who.name = pod["spec"].value("hostname", name_of(pod));
  who.port = node_port(pod);
  who.folder = pods_dir_ / uid_of(pod);
  return who;
}

// The sandbox has no network of its own: the pod listens where its Service's node port is.
std::uint16_t KubeControllers::node_port(const Json& pod) const {
  for (const Json& service : store_.list(resource("services"), namespace_of(pod))) {
    const Json& spec = service["spec"];
    if (!selects(spec.value("selector", Json()), pod)) continue;
    if (const auto port = util::unsigned_at(spec.value("/ports/0"_json_pointer, Json::object()), "nodePort"))
      return static_cast<std::uint16_t>(*port);
  }
  return 0;
}

bool KubeControllers::crash(const std::string& ns) {
  for (const Json& pod : store_.list(resource("pods"), ns)) {
    const auto found = running_.find(uid_of(pod));
    if (found == running_.end() || found->second.server == nullptr) continue;
    found->second.server.reset();
    ++found->second.restarts;
    changed_.insert(ns);
    wake_.notify();
    return true;
  }
  return false;
}

}  // namespace paygress::sandbox

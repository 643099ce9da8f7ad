#include "sandbox/kube_admission.h"

#include <cerrno>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/random.h"
#include "sandbox/kube_status.h"
#include "util/bytes.h"

namespace paygress::sandbox {
namespace {

using util::Json;

std::string name_of(const Json& object) { return object["metadata"].value("name", std::string()); }

// Two sandboxes may share one machine and one range: what another program listens on is taken, too.
bool listened_on(std::uint64_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int yes = 1;  // so that only listeners count, not connections of the past
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool taken = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno == EADDRINUSE;
  ::close(fd);
  return taken;
}

std::set<std::uint16_t> ports_in_use(const KubeStore& store, const KubeManners& manners, const std::string& except_uid) {
  std::set<std::uint16_t> used = manners.taken_ports;
  for (const Json& service : store.list(resource("services"))) {
    if (service["metadata"]["uid"] == except_uid) continue;
    for (const Json& port : service["spec"].value("ports", Json::array())) {
      if (const auto node_port = util::unsigned_at(port, "nodePort")) used.insert(static_cast<std::uint16_t>(*node_port));
    }
  }
  return used;
}

void take_node_ports(Json& service, const KubeStore& store, const KubeManners& manners, const KubeOptions& options,
                     crypto::RandomSource& random) {
  const ResourceType& type = resource("services");
  const std::string name = name_of(service);
  const std::set<std::uint16_t> used = ports_in_use(store, manners, service["metadata"].value("uid", std::string()));
  Json& ports = service["spec"]["ports"];
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::string field = "spec.ports[" + std::to_string(i) + "].nodePort";
    const std::uint64_t wanted = util::unsigned_at(ports[i], "nodePort").value_or(0);
    if (wanted != 0) {
      const std::string value = "Invalid value: " + std::to_string(wanted) + ": ";
      if (wanted < options.node_port_first || wanted > options.node_port_last) {
        throw invalid(type, name, field,
                      value + "provided port is not in the valid range. The range of valid ports is " +
                          std::to_string(options.node_port_first) + "-" + std::to_string(options.node_port_last));
      }
      if (manners.port_range_full || used.contains(static_cast<std::uint16_t>(wanted)) || listened_on(wanted))
        throw invalid(type, name, field, value + "provided port is already allocated");
      continue;
    }
    const unsigned size = options.node_port_last - options.node_port_first + 1u;
    const auto start = static_cast<unsigned>(crypto::random_below(random, size));
    const auto candidate = [&](unsigned step) { return options.node_port_first + (start + step) % size; };
    unsigned step = 0;
    while (step < size && (used.contains(static_cast<std::uint16_t>(candidate(step))) || listened_on(candidate(step)))) ++step;
    if (step == size || manners.port_range_full) throw internal_error("failed to allocate a nodePort: range is full");
    ports[i]["nodePort"] = candidate(step);
  }
}

void complete_service(Json& service, crypto::RandomSource& random) {
  Json& spec = service["spec"];
  if (!spec.contains("type")) spec["type"] = "ClusterIP";
  if (!spec.contains("ports") || !spec["ports"].is_array())
    throw invalid(resource("services"), name_of(service), "spec.ports", "Required value");
  for (Json& port : spec["ports"]) {
    if (!port.contains("protocol")) port["protocol"] = "TCP";
    if (!port.contains("targetPort")) port["targetPort"] = port.value("port", Json(0));
  }
  if (!spec.contains("clusterIP"))
    spec["clusterIP"] =
        "10.43." + std::to_string(crypto::random_below(random, 256)) + "." + std::to_string(1 + crypto::random_below(random, 254));
  if (!service.contains("status")) service["status"] = {{"loadBalancer", Json::object()}};
}

void admit_job(Json& job) {
  const ResourceType& type = resource("jobs");
  const std::string name = name_of(job);
  if (name.size() > 63)
    throw invalid(type, name, "spec.template.labels", "Invalid value: \"" + name + "\": must be no more than 63 characters");
  Json& spec = job["spec"];
  if (!spec.contains("template") || !spec["template"].is_object()) throw invalid(type, name, "spec.template", "Required value");
  const Json pod = spec["template"].value("spec", Json::object());
  const std::string policy = pod.value("restartPolicy", std::string());
  if (policy != "OnFailure" && policy != "Never")
    throw invalid(type, name, "spec.template.spec.restartPolicy", "Required value: valid values: \"OnFailure\", \"Never\"");
  for (const auto& [key, value] : {std::pair<const char*, Json>{"parallelism", 1},
                                   {"completions", 1},
                                   {"backoffLimit", 6},
                                   {"suspend", false},
                                   {"completionMode", "NonIndexed"}}) {
    if (!spec.contains(key)) spec[key] = value;
  }
  if (!job.contains("status")) job["status"] = Json::object();
}

void admit_secret(Json& secret) {
  if (!secret.contains("type")) secret["type"] = "Opaque";
  if (const auto texts = secret.find("stringData"); texts != secret.end()) {
    for (const auto& [key, value] : texts->items()) secret["data"][key] = util::base64(util::as_bytes(value.get<std::string>()));
    secret.erase("stringData");
  }
}

void admit_namespace(Json& name_space) {
  name_space["metadata"]["labels"]["kubernetes.io/metadata.name"] = name_of(name_space);
  if (!name_space.contains("spec")) name_space["spec"] = {{"finalizers", {"kubernetes"}}};
  if (!name_space.contains("status")) name_space["status"] = {{"phase", "Active"}};
}

// Only what tells apart pods a provider must never run; the real list of the baseline is longer.
std::string baseline_violation(const Json& spec) {
  for (const char* shared : {"hostNetwork", "hostPID", "hostIPC"}) {
    if (util::bool_at(spec, shared).value_or(false)) return "host namespaces (" + std::string(shared) + "=true)";
  }
  for (const Json& volume : spec.value("volumes", Json::array())) {
    if (volume.contains("hostPath")) return "hostPath volumes (volume \"" + volume.value("name", std::string()) + "\")";
  }
  for (const Json& container : spec.value("containers", Json::array())) {
    const std::string name = container.value("name", std::string());
    if (util::bool_at(container.value("securityContext", Json::object()), "privileged").value_or(false)) {
      return "privileged (container \"" + name + "\" must not set securityContext.privileged=true)";
    }
    for (const Json& port : container.value("ports", Json::array())) {
      if (port.contains("hostPort")) return "hostPort (container \"" + name + "\" uses hostPort)";
    }
  }
  return {};
}

}  // namespace

std::string pod_security_violation(const Json& name_space, const Json& pod_spec, const KubeManners& manners) {
  const Json labels = name_space["metadata"].value("labels", Json::object());
  const std::string level = labels.value("pod-security.kubernetes.io/enforce", std::string("privileged"));
  const std::string version = labels.value("pod-security.kubernetes.io/enforce-version", std::string("latest"));
  std::string why = level == "privileged" ? std::string() : baseline_violation(pod_spec);
  if (why.empty() && manners.psa_refuses) why = "seccompProfile (the sandbox was told to refuse)";
  return why.empty() ? why : "violates PodSecurity \"" + level + ":" + version + "\": " + why;
}

void admit_new(const ResourceType& type, Json& object, const KubeStore& store, const KubeManners& manners,
               const KubeOptions& options, crypto::RandomSource& random) {
  const std::string name = name_of(object);
  if (type.plural == "services") {
    if (manners.quota_exceeded)
      throw forbidden(type, name,
                      "exceeded quota: rental, requested: services=1,services.nodeports=1, used: services=1,services.nodeports=1, "
                      "limited: services=1,services.nodeports=1");
    complete_service(object, random);
    if (object["spec"]["type"] == "NodePort") take_node_ports(object, store, manners, options, random);
  }
  if (type.plural == "pods") {
    const Json* name_space = store.get(resource("namespaces"), "", object["metadata"]["namespace"]);
    const std::string violation =
        name_space == nullptr ? "" : pod_security_violation(*name_space, object.value("spec", Json::object()), manners);
    if (!violation.empty()) throw forbidden(type, name, violation);
  }
  if (type.plural == "jobs") admit_job(object);
  if (type.plural == "secrets") admit_secret(object);
  if (type.plural == "namespaces") admit_namespace(object);
}

void admit_change(const ResourceType& type, const Json& old, Json& object, const KubeStore& store, const KubeManners& manners,
                  const KubeOptions& options, crypto::RandomSource& random) {
  const std::string name = name_of(object);
  if (type.plural == "services") {
    complete_service(object, random);
    if (object["spec"]["type"] == "NodePort" && object["spec"]["ports"] != old["spec"]["ports"])
      take_node_ports(object, store, manners, options, random);
  }
  if (type.plural == "namespaces") admit_namespace(object);
  if (type.plural == "secrets") {
    admit_secret(object);
    if (old.value("immutable", false) && object.value("data", Json()) != old.value("data", Json()))
      throw invalid(type, name, "data", "Forbidden: field is immutable when `immutable` is set");
  }
  if (type.plural != "jobs") return;
  admit_job(object);
  const Json& before = old["spec"];
  const Json& after = object["spec"];
  for (const char* field : {"template", "selector", "completions", "completionMode"}) {
    if (before.value(field, Json()) != after.value(field, Json()))
      throw invalid(type, name, std::string("spec.") + field,
                    "Invalid value: " + after.value(field, Json()).dump() + ": field is immutable");
  }
}

}  // namespace paygress::sandbox

#include "kube/manifests.h"

#include "kube/network_policies.h"

namespace paygress::kube {
namespace {

using util::Json;

constexpr int kUserId = 1000;
constexpr char kCredentials[] = "/etc/paygress-ssh";

// A clean exit (the customer types halt, the image's init ends) counts as a completion, and the Job makes a new pod
// until there were so many. More would let a pod that ends at once fill the cluster with Completed pods.
constexpr int kCompletions = 50;
constexpr int kQuotaPods = kCompletions + 2;
// The default of 6 would end a paid rental after six crashes of sshd.
constexpr int kBackoffLimit = 1'000'000;
constexpr int kTtlSeconds = 30;   // the Job stays that long after its end, for us to read why
constexpr int kGraceSeconds = 3;  // delays the end; there is nothing to save
constexpr int kDefaultMode = 0400;

Json metadata(const PodPlan& plan, const char* name) {
  return {{"name", name},
          {"namespace", rental_namespace(plan.namespace_prefix, plan.lease_id)},
          {"labels", {{kManagedBy, "paygress"}, {kLeaseLabel, plan.lease_id}, {kPrefixLabel, plan.namespace_prefix}}}};
}

Json annotations(const PodPlan& plan) {
  Json all = Json::object();
  for (const auto& [name, value] : plan.annotations) all["paygress.dev/" + name] = value;
  return all;
}

// Quantities as the server writes them back ("1", not "1000m"; "2Gi", not "2048Mi"; the largest unit that leaves a whole
// number), so that answers can be compared.
std::string quantity(int count, int step, std::initializer_list<const char*> units) {
  const char* const* unit = units.begin();
  for (; count % step == 0 && count != 0 && unit + 1 != units.end(); ++unit) count /= step;
  return std::to_string(count) + *unit;
}
std::string mebibytes(int count) { return quantity(count, 1024, {"Mi", "Gi", "Ti", "Pi"}); }
std::string millicores(int count) { return quantity(count, 1000, {"m", "", "k", "M"}); }

// The whole pod's disk: /config, and as much for the root file system and the log.
int ephemeral_mb(const PodPlan& plan) { return 2 * plan.storage_mb; }

Json limits(const PodPlan& plan) {
  return {{"cpu", millicores(plan.cpu_millicores)},
          {"memory", mebibytes(plan.memory_mb)},
          {"ephemeral-storage", mebibytes(ephemeral_mb(plan))}};
}

// The convention of linuxserver/openssh-server. What the customer chose goes into variables and files, never into a
// command; the password only into a file.
Json environment(const PodPlan& plan) {
  Json list = Json::array();
  const auto set = [&](const char* name, const std::string& value) { list.push_back({{"name", name}, {"value", value}}); };
  set("USER_NAME", plan.ssh_username);
  set("PUID", std::to_string(kUserId));
  set("PGID", std::to_string(kUserId));
  set("LISTEN_PORT", std::to_string(kSshPort));
  set("PASSWORD_ACCESS", plan.ssh_password.empty() ? "false" : "true");
  set("SUDO_ACCESS", "false");
  if (!plan.ssh_password.empty()) set("USER_PASSWORD_FILE", std::string(kCredentials) + "/password");
  if (!plan.ssh_public_key.empty()) set("PUBLIC_KEY_FILE", std::string(kCredentials) + "/authorized_keys");
  return list;
}

// The image starts as root, makes the user and gives /config to him; sshd then needs five of these, and an image that
// works in folders of others (s6 in linuxserver's) the last three. All are inside the baseline of Pod Security.
Json security_context() {
  return {{"privileged", false},
          {"allowPrivilegeEscalation", false},
          {"capabilities",
           {{"drop", Json::array({"ALL"})},
            {"add", Json::array({"CHOWN", "SETUID", "SETGID", "SYS_CHROOT", "AUDIT_WRITE", "KILL", "FOWNER", "DAC_OVERRIDE"})}}},
          {"seccompProfile", {{"type", "RuntimeDefault"}}}};
}

Json container(const PodPlan& plan) {
  return {{"name", "ssh"},
          {"image", plan.image},
          {"imagePullPolicy", plan.image_pull_policy},
          {"env", environment(plan)},
          {"ports", Json::array({{{"name", "ssh"}, {"containerPort", kSshPort}, {"protocol", "TCP"}}})},
          {"resources", {{"limits", limits(plan)}, {"requests", limits(plan)}}},
          {"securityContext", security_context()},
          {"readinessProbe",
           {{"tcpSocket", {{"port", kSshPort}}}, {"periodSeconds", 1}, {"timeoutSeconds", 1}, {"failureThreshold", 3}}},
          {"volumeMounts",
           {{{"name", "config"}, {"mountPath", "/config"}},
            {{"name", "credentials"}, {"mountPath", kCredentials}, {"readOnly", true}}}}};
}

Json pod_spec(const PodPlan& plan) {
  Json spec = {{"restartPolicy", "OnFailure"},
               {"serviceAccountName", kRentalName},
               {"automountServiceAccountToken", false},
               {"enableServiceLinks", false},
               {"terminationGracePeriodSeconds", kGraceSeconds},
               {"hostname", "pod-" + plan.lease_id.substr(0, 40)},
               {"securityContext", {{"seccompProfile", {{"type", "RuntimeDefault"}}}}},
               {"containers", Json::array({container(plan)})},
               {"volumes",
                {{{"name", "config"}, {"emptyDir", {{"sizeLimit", mebibytes(plan.storage_mb)}}}},
                 {{"name", "credentials"}, {"secret", {{"secretName", kSecretName}, {"defaultMode", kDefaultMode}}}}}}};
  if (plan.dns_servers.empty()) {
    spec["dnsPolicy"] = plan.dns_policy;
  } else {
    spec["dnsPolicy"] = "None";
    spec["dnsConfig"] = {{"nameservers", plan.dns_servers}};
  }
  if (!plan.runtime_class.empty()) spec["runtimeClassName"] = plan.runtime_class;
  if (!plan.priority_class.empty()) spec["priorityClassName"] = plan.priority_class;
  return spec;
}

// Does `stored` hold everything that `asked` says? Lists are compared whole.
std::string first_difference(const Json& asked, const Json& stored, const std::string& place) {
  if (!asked.is_object()) return asked == stored ? std::string() : place;
  for (const auto& [key, value] : asked.items()) {
    const std::string inner = place.empty() ? key : place + "." + key;
    const Json* found = util::member(stored, key);
    if (!found) return inner;
    if (std::string lost = first_difference(value, *found, inner); !lost.empty()) return lost;
  }
  return {};
}

const Json& inside(const Json& object, const char* field) {
  static const Json nothing;
  const Json* found = util::member(object, field);
  return found ? *found : nothing;
}

std::string lost_of(const Json& asked, const Json& stored, std::initializer_list<const char*> fields, const std::string& place) {
  for (const char* field : fields) {
    if (!asked.contains(field)) continue;
    if (auto lost = first_difference(asked.at(field), inside(stored, field), place + field); !lost.empty()) return lost;
  }
  return {};
}

}  // namespace

std::string label_selector(std::string_view namespace_prefix) {
  return std::string(kManagedBy) + "=paygress," + kPrefixLabel + "=" + std::string(namespace_prefix);
}

Json namespace_manifest(const PodPlan& plan, util::Time expires_at) {
  Json meta = metadata(plan, "");
  meta["name"] = meta["namespace"];
  meta.erase("namespace");
  meta["labels"]["pod-security.kubernetes.io/enforce"] = "baseline";
  meta["labels"]["pod-security.kubernetes.io/enforce-version"] = "latest";
  meta["annotations"] = annotations(plan);
  meta["annotations"][kExpiresAt] = util::rfc3339(expires_at);
  return {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", meta}};
}

Json service_account_manifest(const PodPlan& plan) {
  return {{"apiVersion", "v1"},
          {"kind", "ServiceAccount"},
          {"metadata", metadata(plan, kRentalName)},
          {"automountServiceAccountToken", false}};
}

// Headroom for the moment in which an old pod is still going and the new one is there; nothing else makes pods here.
Json resource_quota_manifest(const PodPlan& plan) {
  const Json hard = {{"pods", "2"},
                     {"count/pods", std::to_string(kQuotaPods)},
                     {"services", "1"},
                     {"services.nodeports", "1"},
                     {"services.loadbalancers", "0"},
                     {"persistentvolumeclaims", "0"},
                     {"secrets", "3"},
                     {"limits.cpu", millicores(2 * plan.cpu_millicores)},
                     {"limits.memory", mebibytes(2 * plan.memory_mb)},
                     {"requests.ephemeral-storage", mebibytes(2 * ephemeral_mb(plan))}};
  return {{"apiVersion", "v1"}, {"kind", "ResourceQuota"}, {"metadata", metadata(plan, kRentalName)}, {"spec", {{"hard", hard}}}};
}

Json limit_range_manifest(const PodPlan& plan) {
  const Json item = {{"type", "Container"}, {"default", limits(plan)}, {"defaultRequest", limits(plan)}};
  return {{"apiVersion", "v1"},
          {"kind", "LimitRange"},
          {"metadata", metadata(plan, kRentalName)},
          {"spec", {{"limits", Json::array({item})}}}};
}

std::vector<Json> network_policy_manifests(const PodPlan& plan) {
  std::vector<Json> all;
  for (const NetworkPolicy& policy : network_policies(plan.blocked_cidrs, kSshPort)) {
    all.push_back({{"apiVersion", "networking.k8s.io/v1"},
                   {"kind", "NetworkPolicy"},
                   {"metadata", metadata(plan, policy.name)},
                   {"spec", policy.spec}});
  }
  return all;
}

Json service_manifest(const PodPlan& plan, std::uint16_t node_port) {
  return {
      {"apiVersion", "v1"},
      {"kind", "Service"},
      {"metadata", metadata(plan, kServiceName)},
      {"spec",
       {{"type", "NodePort"},
        {"ipFamilyPolicy", "PreferDualStack"},  // SSH_HOST may have an address of either family
        {"selector", {{kLeaseLabel, plan.lease_id}}},
        {"ports",
         Json::array({{{"name", "ssh"}, {"protocol", "TCP"}, {"port", 22}, {"targetPort", kSshPort}, {"nodePort", node_port}}})}}}};
}

Json job_manifest(const PodPlan& plan) {
  Json meta = metadata(plan, kJobName);
  meta["annotations"] = annotations(plan);
  Json template_meta = {{"labels", meta["labels"]}, {"annotations", Json::object()}};
  if (!plan.egress_bandwidth.empty()) template_meta["annotations"]["kubernetes.io/egress-bandwidth"] = plan.egress_bandwidth;
  // No activeDeadlineSeconds in the template: the Job would answer its end with a fresh pod.
  return {{"apiVersion", "batch/v1"},
          {"kind", "Job"},
          {"metadata", meta},
          {"spec",
           {{"activeDeadlineSeconds", plan.deadline.count()},
            {"ttlSecondsAfterFinished", kTtlSeconds},
            {"backoffLimit", kBackoffLimit},
            {"completions", kCompletions},
            {"parallelism", 1},
            {"template", {{"metadata", template_meta}, {"spec", pod_spec(plan)}}}}}};
}

Json owner_reference(std::string_view job_uid) {
  return {{"apiVersion", "batch/v1"}, {"kind", "Job"},       {"name", kJobName},
          {"uid", job_uid},           {"controller", false}, {"blockOwnerDeletion", false}};
}

Json secret_manifest(const PodPlan& plan, std::string_view job_uid) {
  Json meta = metadata(plan, kSecretName);
  meta["ownerReferences"] = Json::array({owner_reference(job_uid)});
  Json files = Json::object();
  if (!plan.ssh_password.empty()) files["password"] = plan.ssh_password.reveal();
  if (!plan.ssh_public_key.empty()) files["authorized_keys"] = plan.ssh_public_key + "\n";
  return {{"apiVersion", "v1"}, {"kind", "Secret"},  {"metadata", meta},
          {"type", "Opaque"},   {"immutable", true}, {"stringData", files}};
}

std::string lost_field(const Json& asked, const Json& stored) {
  const std::string kind = asked.at("kind");
  if (kind == "Namespace")
    return first_difference(asked.at("metadata").at("labels"), inside(inside(stored, "metadata"), "labels"), "metadata.labels");
  if (kind == "ServiceAccount") return lost_of(asked, stored, {"automountServiceAccountToken"}, "");
  if (kind != "Job") return lost_of(asked, stored, {"spec"}, "");

  const Json& spec = asked.at("spec");
  const Json& stored_spec = inside(stored, "spec");
  if (auto lost =
          lost_of(spec, stored_spec,
                  {"activeDeadlineSeconds", "ttlSecondsAfterFinished", "backoffLimit", "completions", "parallelism"}, "spec.");
      !lost.empty())
    return lost;
  const Json& pod = spec.at("template").at("spec");
  const Json& stored_pod = inside(inside(stored_spec, "template"), "spec");
  const std::string place = "spec.template.spec.";
  if (auto lost = lost_of(pod, stored_pod,
                          {"restartPolicy", "automountServiceAccountToken", "enableServiceLinks", "securityContext",
                           "runtimeClassName", "priorityClassName"},
                          place);
      !lost.empty())
    return lost;
  const Json& containers = inside(stored_pod, "containers");
  if (!containers.is_array() || containers.size() != 1) return place + "containers";
  return lost_of(pod.at("containers").at(0), containers.at(0), {"securityContext", "resources"}, place + "containers[0].");
}

}  // namespace paygress::kube

#include "sandbox/kube_store.h"

#include <array>
#include <stdexcept>

#include "crypto/random.h"
#include "net/clock.h"
#include "util/bytes.h"

namespace paygress::sandbox {
namespace {

using util::Json;

constexpr std::array kResources = {
    ResourceType{"", "v1", "namespaces", "Namespace", false},
    ResourceType{"", "v1", "nodes", "Node", false},
    ResourceType{"", "v1", "pods", "Pod"},
    ResourceType{"", "v1", "services", "Service"},
    ResourceType{"", "v1", "endpoints", "Endpoints"},
    ResourceType{"", "v1", "secrets", "Secret"},
    ResourceType{"", "v1", "configmaps", "ConfigMap"},
    ResourceType{"", "v1", "serviceaccounts", "ServiceAccount"},
    ResourceType{"", "v1", "resourcequotas", "ResourceQuota"},
    ResourceType{"", "v1", "limitranges", "LimitRange"},
    ResourceType{"", "v1", "events", "Event"},
    ResourceType{"batch", "v1", "jobs", "Job"},
    ResourceType{"networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"},
    ResourceType{"rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"},
    ResourceType{"node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", false},
    ResourceType{"scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", false},
    ResourceType{"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"},
    // Asked, never stored.
    ResourceType{"authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false},
    ResourceType{"authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", false},
};

constexpr std::size_t kMaxHistory = 5000;

std::string text_at(const Json& metadata, const char* key) { return metadata.value(key, std::string()); }

}  // namespace

std::string ResourceType::api_version() const {
  return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
}
std::string ResourceType::qualified() const {
  return group.empty() ? std::string(plural) : std::string(plural) + "." + std::string(group);
}

const ResourceType* find_resource(std::string_view group, std::string_view version, std::string_view plural) {
  for (const ResourceType& type : kResources) {
    if (type.group == group && type.version == version && type.plural == plural) return &type;
  }
  return nullptr;
}

const ResourceType& resource(std::string_view plural) {
  for (const ResourceType& type : kResources) {
    if (type.plural == plural) return type;
  }
  throw std::out_of_range("the fake cluster has no " + std::string(plural));
}

std::span<const ResourceType> all_resources() { return kResources; }

KubeStore::KubeStore(net::Clock& clock, crypto::RandomSource& random) : clock_(clock), random_(random) {}

const Json* KubeStore::get(const ResourceType& type, const std::string& ns, const std::string& name) const {
  const auto found = objects_.find({std::string(type.plural), type.namespaced ? ns : std::string(), name});
  return found == objects_.end() ? nullptr : &found->second;
}

std::vector<Json> KubeStore::list(const ResourceType& type, const std::string& ns) const {
  std::vector<Json> found;
  for (auto entry = objects_.lower_bound({std::string(type.plural), ns, ""}); entry != objects_.end(); ++entry) {
    const auto& [plural, name_space, name] = entry->first;
    if (plural != type.plural || (!ns.empty() && name_space != ns)) break;
    found.push_back(entry->second);
  }
  return found;
}

Json KubeStore::add(const ResourceType& type, Json object) {
  object["apiVersion"] = type.api_version();
  object["kind"] = type.kind;
  Json& metadata = object["metadata"];
  metadata["uid"] = new_uid();
  metadata["creationTimestamp"] = util::rfc3339(now());
  metadata["generation"] = 1;
  metadata["resourceVersion"] = std::to_string(++revision_);
  if (!type.namespaced) metadata.erase("namespace");
  objects_[{std::string(type.plural), text_at(metadata, "namespace"), text_at(metadata, "name")}] = object;
  record("ADDED", type, object);
  return object;
}

Json KubeStore::replace(const ResourceType& type, Json object) {
  Json& metadata = object["metadata"];
  Json& stored = objects_.at({std::string(type.plural), text_at(metadata, "namespace"), text_at(metadata, "name")});
  if (object == stored) return object;
  if (object.value("spec", Json()) != stored.value("spec", Json()))
    metadata["generation"] = stored["metadata"]["generation"].get<std::int64_t>() + 1;
  metadata["resourceVersion"] = std::to_string(++revision_);
  stored = object;
  record("MODIFIED", type, object);
  return object;
}

void KubeStore::remove(const ResourceType& type, const std::string& ns, const std::string& name) {
  const auto found = objects_.find({std::string(type.plural), type.namespaced ? ns : std::string(), name});
  if (found == objects_.end()) return;
  Json object = std::move(found->second);
  objects_.erase(found);
  object["metadata"]["resourceVersion"] = std::to_string(++revision_);
  record("DELETED", type, object);
}

void KubeStore::record(const char* verb, const ResourceType& type, const Json& object) {
  history_.push_back({revision_, verb, &type, object});
  if (history_.size() > kMaxHistory) {
    oldest_ = history_.front().revision;
    history_.pop_front();
  }
  if (on_change) on_change(history_.back());
}

std::string KubeStore::new_uid() {
  std::string text = util::hex(crypto::random_bytes<16>(random_));
  text[12] = '4';
  text[16] = '8';
  for (const std::size_t at : {8u, 13u, 18u, 23u}) text.insert(at, "-");
  return text;
}

std::string KubeStore::random_suffix(std::size_t length) {
  constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";  // Kubernetes' own, without vowels
  std::string text;
  while (text.size() < length) text += kLetters[crypto::random_below(random_, kLetters.size())];
  return text;
}

util::Time KubeStore::now() const { return clock_.now(); }

}  // namespace paygress::sandbox

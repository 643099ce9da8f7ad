// The objects of the fake cluster and their history: what etcd is to Kubernetes. One revision counts for all.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "util/json.h"
#include "util/time.h"

namespace paygress::crypto {
class RandomSource;
}
namespace paygress::net {
class Clock;
}

namespace paygress::sandbox {

struct ResourceType {
  std::string_view group;  // empty: core
  std::string_view version;
  std::string_view plural;
  std::string_view kind;
  bool namespaced = true;

  std::string api_version() const;  // "v1", "batch/v1"
  std::string qualified() const;    // "pods", "jobs.batch": how error texts name it
};

// nullptr: the cluster does not know it.
const ResourceType* find_resource(std::string_view group, std::string_view version, std::string_view plural);
const ResourceType& resource(std::string_view plural);  // of those that the cluster knows
std::span<const ResourceType> all_resources();

struct Change {
  std::uint64_t revision = 0;
  std::string verb;  // ADDED, MODIFIED, DELETED
  const ResourceType* type = nullptr;
  util::Json object;
};

class KubeStore {
 public:
  KubeStore(net::Clock&, crypto::RandomSource&);

  // nullptr: not there. The pointer is good until the next change.
  const util::Json* get(const ResourceType&, const std::string& ns, const std::string& name) const;
  std::vector<util::Json> list(const ResourceType&, const std::string& ns = {}) const;  // no namespace: all of them

  // Sets uid, creationTimestamp, resourceVersion and generation.
  util::Json add(const ResourceType&, util::Json object);
  // Bumps the resourceVersion, and the generation when spec differs. The object must be there.
  util::Json replace(const ResourceType&, util::Json object);
  void remove(const ResourceType&, const std::string& ns, const std::string& name);

  std::uint64_t revision() const { return revision_; }
  const std::deque<Change>& history() const { return history_; }
  // Watches from before now answer 410 from here on, as after a compaction.
  void forget_history() { history_.clear(), oldest_ = revision_; }
  bool remembers(std::uint64_t revision) const { return revision >= oldest_ && revision <= revision_; }

  // Called after each change.
  std::function<void(const Change&)> on_change;

  std::string new_uid();
  std::string random_suffix(std::size_t length);
  util::Time now() const;

 private:
  void record(const char* verb, const ResourceType&, const util::Json&);

  using Key = std::tuple<std::string, std::string, std::string>;  // plural, namespace, name
  net::Clock& clock_;
  crypto::RandomSource& random_;
  std::map<Key, util::Json> objects_;
  std::deque<Change> history_;
  std::uint64_t revision_ = 1000;
  std::uint64_t oldest_ = 1000;
};

}  // namespace paygress::sandbox

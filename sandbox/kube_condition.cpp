#include "sandbox/kube_condition.h"

namespace paygress::sandbox {

using util::Json;

const Json* true_condition(const Json& object, std::string_view type) {
  const Json* status = util::member(object, "status");
  const Json* conditions = status == nullptr ? nullptr : util::member(*status, "conditions");
  if (conditions == nullptr) return nullptr;
  for (const Json& entry : *conditions) {
    if (entry.value("type", std::string()) == type && entry.value("status", std::string()) == "True") return &entry;
  }
  return nullptr;
}

Json condition(const char* type, bool holds, util::Time since, const std::string& reason, const std::string& message) {
  Json made = {{"type", type}, {"status", holds ? "True" : "False"}, {"lastTransitionTime", util::rfc3339(since)}};
  if (!reason.empty()) made["reason"] = reason;
  if (!message.empty()) made["message"] = message;
  return made;
}

util::Time time_of(const std::string& text) {
  const util::Result<util::Time> time = util::parse_rfc3339(text);
  return time ? *time : util::Time();
}

bool selects(const Json& selector, const Json& object) {
  if (!selector.is_object() || selector.empty()) return false;
  const Json labels = object["metadata"].value("labels", Json::object());
  for (const auto& [key, value] : selector.items()) {
    if (!labels.contains(key) || labels[key] != value) return false;
  }
  return true;
}

}  // namespace paygress::sandbox

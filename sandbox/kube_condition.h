// Conditions, labels and times inside the fake cluster's objects.
#pragma once

#include <string>
#include <string_view>

#include "util/json.h"
#include "util/time.h"

namespace paygress::sandbox {

inline std::string text_in(const util::Json& object, const char* outer, const char* key) {
  const util::Json* part = util::member(object, outer);
  return part == nullptr ? std::string() : util::string_at(*part, key).value_or("");
}
inline std::string name_of(const util::Json& object) { return text_in(object, "metadata", "name"); }
inline std::string namespace_of(const util::Json& object) { return text_in(object, "metadata", "namespace"); }
inline std::string uid_of(const util::Json& object) { return text_in(object, "metadata", "uid"); }
inline bool is_ending(const util::Json& object) { return !text_in(object, "metadata", "deletionTimestamp").empty(); }

// nullptr unless status.conditions has it with status "True".
const util::Json* true_condition(const util::Json& object, std::string_view type);
util::Json condition(const char* type, bool holds, util::Time since, const std::string& reason = {},
                     const std::string& message = {});

// A time that was written here; the epoch when it is missing.
util::Time time_of(const std::string& rfc3339);

// Every label of the selector, and at least one.
bool selects(const util::Json& selector, const util::Json& object);

}  // namespace paygress::sandbox

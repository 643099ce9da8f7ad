// The one doorway for JSON from outside: size, depth and duplicate keys are bounded here, so nobody else needs to care.
// nlohmann/json parses iteratively but copies and prints recursively; a deep document would end the process later.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "util/result.h"

namespace paygress::util {

using Json = nlohmann::json;

struct JsonLimits {
  std::size_t max_bytes = std::size_t{1} << 20;
  std::size_t max_depth = 32;
  bool unique_keys = true;  // parsers differ on which of two equal keys wins, and so would two readers of one message
};

Result<Json> parse_json(std::string_view text, JsonLimits limits = {});

// The member of an object, or nullptr when `object` is none, lacks it or holds null there.
const Json* member(const Json& object, std::string_view key);

// Typed reading: nothing when the member is missing, null or of another type.
std::optional<std::string> string_at(const Json& object, std::string_view key);
std::optional<std::uint64_t> unsigned_at(const Json& object, std::string_view key);
std::optional<std::int64_t> integer_at(const Json& object, std::string_view key);
std::optional<bool> bool_at(const Json& object, std::string_view key);

// Compact text. Bytes that are not UTF-8 are replaced, never thrown over: a stranger's text must not stop an answer.
std::string to_text(const Json&);

}  // namespace paygress::util

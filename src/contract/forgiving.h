// Finds the JSON object in what a person typed or pasted into a chat.
//
// Strict JSON is taken as it is. Otherwise these are forgiven, and nothing else: words or code fences around the object, the
// curly quotes and non-breaking spaces of phone keyboards, one comma before a closing bracket, line breaks inside a string.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "util/json.h"

namespace paygress::contract {

struct FoundJson {
  std::optional<util::Json> object;  // an object within the limits of a request
  bool looked_like_json = false;     // the text, as a whole, was meant to be JSON: its author gets a JSON answer
};

FoundJson find_json(std::string_view text);

// Without byte order mark, "[//]: # (nip18)" lines and white space at both ends.
std::string_view strip_wrapping(std::string_view text);

}  // namespace paygress::contract

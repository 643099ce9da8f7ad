// JSON for a person: "key: value" lines, and a table for a list of objects.
#pragma once

#include <string>

#include "util/json.h"

namespace paygress::cli {

std::string report(const util::Json& json);

}  // namespace paygress::cli

// labelSelector and fieldSelector as the API reads them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/json.h"

namespace paygress::sandbox {

// "a=b,c!=d,e in (f,g),h,!i"
bool labels_match(const util::Json& object, std::string_view selector);

// "metadata.name=x,status.phase!=Running"; any path of texts.
bool fields_match(const util::Json& object, std::string_view selector);

}  // namespace paygress::sandbox

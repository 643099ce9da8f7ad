// Messages for a curious person's terminal.
#pragma once

#include <string>
#include <string_view>

namespace paygress::cli {

// The JSON of a message with tokens and passwords cut short. What is no JSON is not shown at all.
std::string without_secrets(std::string_view json);

}  // namespace paygress::cli

// Talks to the control endpoint of a running sandbox, whose address it finds in the sandbox's folder.
#pragma once

#include <filesystem>
#include <string>

#include "util/json.h"

namespace paygress::sandbox {

// `path` is "/sandbox/...". GET if `body` is null. Throws std::runtime_error with the sandbox's reason.
util::Json ask_sandbox(const std::filesystem::path& dir, const std::string& path, const util::Json& body);

}  // namespace paygress::sandbox

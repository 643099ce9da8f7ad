// Files that only their owner may read: keys, orders, tokens.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace paygress::cli {

// Mode 0600, in a directory of mode 0700 that is made if needed. Whole or not at all, also after a power cut.
// Throws Stop(local).
void write_private(const std::filesystem::path& path, std::string_view text);

// Nothing if there is no such file. Throws Stop(local) if it cannot be read, or if others may read it.
std::optional<std::string> read_private(const std::filesystem::path& path);

// Any file that the user names, or standard input for "-"; white space at both ends removed. At most 1 MiB.
// Throws Stop(local).
std::string read_input(const std::string& path_or_dash);

}  // namespace paygress::cli

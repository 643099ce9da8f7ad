// Where this user's files are (XDG Base Directory Specification).
#pragma once

#include <filesystem>

namespace paygress::cli {

std::filesystem::path config_directory();  // $XDG_CONFIG_HOME/paygress: keys
std::filesystem::path state_directory();   // $XDG_STATE_HOME/paygress: orders, known hosts

}  // namespace paygress::cli

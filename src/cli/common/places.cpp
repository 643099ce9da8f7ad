#include "cli/common/places.h"

#include <cstdlib>

#include "cli/common/stop.h"

namespace paygress::cli {
namespace {

std::filesystem::path base(const char* variable, const char* below_home) {
  // A relative path in these variables is to be ignored (XDG).
  if (const char* set = std::getenv(variable); set && *set == '/') return set;
  const char* home = std::getenv("HOME");
  if (!home || *home != '/') throw Stop(Exit::local, std::string("neither HOME nor ") + variable + " says where your files are");
  return std::filesystem::path(home) / below_home;
}

}  // namespace

std::filesystem::path config_directory() { return base("XDG_CONFIG_HOME", ".config") / "paygress"; }
std::filesystem::path state_directory() { return base("XDG_STATE_HOME", ".local/state") / "paygress"; }

}  // namespace paygress::cli

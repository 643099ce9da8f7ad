#include "daemon/supervisor.h"

#include <systemd/sd-daemon.h>

namespace paygress::daemon {

void Supervisor::ready() { sd_notify(0, "READY=1"); }

void Supervisor::status(const std::string& line) {
  if (line == last_status_) return;
  last_status_ = line;
  sd_notify(0, ("STATUS=" + line).c_str());
}

void Supervisor::stopping() { sd_notify(0, "STOPPING=1\nSTATUS=finishing what was begun"); }
void Supervisor::alive() { sd_notify(0, "WATCHDOG=1"); }

std::optional<std::chrono::milliseconds> Supervisor::watchdog_interval() const {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(microseconds)) / 3;
}

}  // namespace paygress::daemon

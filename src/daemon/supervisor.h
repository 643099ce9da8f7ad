// What systemd is told (sd_notify): that we are ready, how things stand, that we are alive. Without systemd, nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace paygress::daemon {

class Supervisor {
 public:
  void ready();
  void status(const std::string& line);  // sent when it has changed
  void stopping();
  void alive();
  // How often alive() is expected at least; nothing: no watchdog.
  std::optional<std::chrono::milliseconds> watchdog_interval() const;

 private:
  std::string last_status_;
};

}  // namespace paygress::daemon

// paygressd (or another of our programs), started as systemd would start it, and ended in every way that a machine knows.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace paygress::test {

class DaemonProcess {
 public:
  // The binary comes from $PAYGRESS_BIN_DIR. `environment` is all the daemon gets to see. What it says goes to `log`. A
  // `wrapper` (a program and its options) is started in its place, and becomes it.
  DaemonProcess(std::map<std::string, std::string> environment, std::filesystem::path log,
                const std::vector<std::string>& options = {}, const std::vector<std::string>& wrapper = {},
                const std::string& name = "paygressd");
  ~DaemonProcess();  // kill -9, if it still runs
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  void kill();                     // SIGKILL, and waits until it is gone
  void terminate();                // SIGTERM
  std::optional<int> exit_code();  // nothing while it runs; after signal n: -n
  std::string log() const;         // everything it has said
  bool said(const std::string& text) const { return log().find(text) != std::string::npos; }

 private:
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
  std::filesystem::path log_;
};

}  // namespace paygress::test

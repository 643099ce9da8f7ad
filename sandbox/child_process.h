// A program started by the sandbox. Killed and reaped with the object.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace paygress::sandbox {

class ChildProcess {
 public:
  // `command[0]` is a path. Nothing but standard output and error, which go into `log`, is inherited: an open listening
  // socket in a child would outlive the server it belongs to. Throws std::system_error.
  ChildProcess(std::vector<std::string> command, const std::filesystem::path& log);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;

  bool alive();
  int wait();  // until it ends; its exit code, or -1 after a signal

 private:
  pid_t pid_ = -1;
};

}  // namespace paygress::sandbox

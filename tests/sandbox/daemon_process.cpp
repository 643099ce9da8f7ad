#include "tests/sandbox/daemon_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace paygress::test {
namespace {

std::string program(const std::string& name) {
  const char* folder = std::getenv("PAYGRESS_BIN_DIR");
  if (folder == nullptr)
    throw std::runtime_error("PAYGRESS_BIN_DIR is not set: run this test by ctest, or name the folder of paygressd");
  return std::string(folder) + "/" + name;
}

// -n for signal n, so that whoever kills can tell his own from a crash.
int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status); }

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace

DaemonProcess::DaemonProcess(std::map<std::string, std::string> environment, std::filesystem::path log,
                             const std::vector<std::string>& options, const std::vector<std::string>& wrapper,
                             const std::string& name)
    : log_(std::move(log)) {
  // If the tests are killed, the daemon shall not live on.
  std::vector<std::string> arguments = {"setpriv", "--pdeathsig", "KILL"};
  arguments.insert(arguments.end(), wrapper.begin(), wrapper.end());
  arguments.push_back(program(name));
  arguments.insert(arguments.end(), options.begin(), options.end());
  std::vector<std::string> variables;
  for (const auto& [variable, value] : environment) variables.push_back(variable + "=" + value);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  // An inherited listening socket of the sandbox would keep a "stopped" server's port alive.
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
  const int fault =
      posix_spawnp(&pid_, arguments[0].c_str(), &files, nullptr, pointers(arguments).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&files);
  if (fault != 0) throw std::system_error(fault, std::generic_category(), arguments[0]);
}

DaemonProcess::~DaemonProcess() { kill(); }

void DaemonProcess::kill() {
  if (exit_code()) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  waitpid(pid_, &status, 0);
  exit_code_ = exit_code_of(status);
}

void DaemonProcess::terminate() {
  if (!exit_code()) ::kill(pid_, SIGTERM);
}

std::optional<int> DaemonProcess::exit_code() {
  int status = 0;
  if (!exit_code_ && waitpid(pid_, &status, WNOHANG) == pid_) exit_code_ = exit_code_of(status);
  return exit_code_;
}

std::string DaemonProcess::log() const {
  std::ostringstream text;
  text << std::ifstream(log_).rdbuf();
  return text.str();
}

}  // namespace paygress::test

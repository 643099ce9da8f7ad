#include "cli/common/process.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/common/stop.h"

namespace paygress::cli {
namespace {

constexpr std::size_t kMaxOutputBytes = std::size_t{1} << 20;
constexpr int kNotFound = 127;

std::vector<char*> pointers(const std::vector<std::string>& arguments) {
  std::vector<char*> result;
  for (const auto& argument : arguments) result.push_back(const_cast<char*>(argument.c_str()));
  result.push_back(nullptr);
  return result;
}

std::string read_to_end(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const auto count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    if (text.size() < kMaxOutputBytes) text.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace

Finished run_program(const std::vector<std::string>& arguments, ErrorOutput errors) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Stop(Exit::local, std::string("cannot make a pipe: ") + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  if (errors == ErrorOutput::dropped) posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  auto argv = pointers(arguments);
  const int error = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    if (error == ENOENT) return {kNotFound, ""};
    throw Stop(Exit::local, "cannot start " + arguments.front() + ": " + std::strerror(error));
  }
  Finished finished;
  finished.output = read_to_end(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

void become_program(const std::vector<std::string>& arguments) {
  auto argv = pointers(arguments);
  ::execvp(argv[0], argv.data());
  throw Stop(Exit::local, "cannot start " + arguments.front() + ": " + std::strerror(errno));
}

}  // namespace paygress::cli

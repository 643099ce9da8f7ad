// How a command ends when it cannot go on: with one line for the person and one of six exit codes for his script.
#pragma once

#include <stdexcept>
#include <string>

namespace paygress::cli {

enum class Exit {
  ok = 0,
  refused = 1,    // the service answered with an error
  usage = 2,      // the command line, or what it names, makes no sense
  no_answer = 3,  // nothing came in time; the same command again is safe
  network = 4,    // no relay, or no socket, could be reached
  local = 5,      // a file, a key or a program of this machine
};

// Caught in main only.
class Stop : public std::runtime_error {
 public:
  Stop(Exit code, const std::string& message) : std::runtime_error(message), code_(code) {}
  Exit code() const { return code_; }

 private:
  Exit code_;
};

}  // namespace paygress::cli

// Other programs of this machine: ssh, ssh-keygen, ssh-keyscan, paygressd.
#pragma once

#include <string>
#include <vector>

namespace paygress::cli {

struct Finished {
  int status = 0;      // as the shell shows it; 127: no such program
  std::string output;  // standard output, at most 1 MiB
};

enum class ErrorOutput { shown, dropped };

// Waits for it. Throws Stop(local) if the system cannot start anything.
Finished run_program(const std::vector<std::string>& arguments, ErrorOutput errors = ErrorOutput::shown);

// Becomes that program. Throws Stop(local) if there is none.
[[noreturn]] void become_program(const std::vector<std::string>& arguments);

}  // namespace paygress::cli

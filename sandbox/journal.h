// Lines appended to a file, each whole or not at all: what the sandbox's mint remembers through kill -9.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace paygress::sandbox {

class Journal {
 public:
  // Opens or makes the file; an empty path keeps nothing. A torn last line is cut off. Throws std::system_error.
  explicit Journal(const std::filesystem::path&);
  ~Journal();
  Journal(const Journal&) = delete;

  const std::vector<std::string>& lines() const { return lines_; }  // as they were when it was opened
  void append(const std::string& line);

 private:
  int fd_ = -1;
  std::vector<std::string> lines_;
};

}  // namespace paygress::sandbox

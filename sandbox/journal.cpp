#include "sandbox/journal.h"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace paygress::sandbox {

Journal::Journal(const std::filesystem::path& path) {
  if (path.empty()) return;
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "open " + path.string());

  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  const std::string all = std::move(text).str();
  std::size_t begin = 0;
  for (std::size_t end; (end = all.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines_.push_back(all.substr(begin, end - begin));
  if (begin < all.size() && ::ftruncate(fd_, static_cast<off_t>(begin)) != 0)
    throw std::system_error(errno, std::generic_category(), "truncate " + path.string());
}

Journal::~Journal() {
  if (fd_ >= 0) ::close(fd_);
}

// One write(2): the kernel has it whole before the answer goes out, which survives the death of the process.
void Journal::append(const std::string& line) {
  if (fd_ < 0) return;
  const std::string text = line + "\n";
  if (::write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::system_error(errno, std::generic_category(), "write the mint's journal");
}

}  // namespace paygress::sandbox

#include "cli/common/private_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/common/stop.h"

namespace paygress::cli {
namespace {

constexpr std::size_t kMaxInputBytes = std::size_t{1} << 20;

[[noreturn]] void stop(const std::string& what, const std::filesystem::path& path) {
  throw Stop(Exit::local, what + ' ' + path.string() + ": " + std::strerror(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

void make_private_directory(const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) return;
  std::filesystem::create_directories(directory.parent_path(), error);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) stop("cannot make", directory);
}

void write_all(int fd, std::string_view text, const std::filesystem::path& path) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) stop("cannot write", path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string read_bounded(std::istream& in, const std::string& name) {
  std::string text(kMaxInputBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) throw Stop(Exit::local, "cannot read " + name);
  if (text.size() > kMaxInputBytes) throw Stop(Exit::local, name + " is larger than 1 MiB");
  return text;
}

}  // namespace

void write_private(const std::filesystem::path& path, std::string_view text) {
  make_private_directory(path.parent_path());
  const std::filesystem::path draft = path.string() + ".new";
  {
    const Descriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.get() < 0) stop("cannot write", draft);
    write_all(file.get(), text, draft);
    if (::fsync(file.get()) != 0) stop("cannot write", draft);
  }
  if (::rename(draft.c_str(), path.c_str()) != 0) stop("cannot write", path);
  const Descriptor directory(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) stop("cannot write", path.parent_path());
}

std::optional<std::string> read_private(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    stop("cannot read", path);
  }
  if ((status.st_mode & 077) != 0)
    throw Stop(Exit::local, path.string() + " may be read by others: chmod 600 it, and think about who has seen it");
  std::ifstream file(path, std::ios::binary);
  if (!file) stop("cannot read", path);
  return read_bounded(file, path.string());
}

std::string read_input(const std::string& path_or_dash) {
  if (path_or_dash == "-") return trimmed(read_bounded(std::cin, "standard input"));
  std::ifstream file(path_or_dash, std::ios::binary);
  if (!file) stop("cannot read", path_or_dash);
  return trimmed(read_bounded(file, path_or_dash));
}

}  // namespace paygress::cli

#include "sandbox/folder.h"

#include <charconv>
#include <fstream>
#include <stdexcept>

namespace paygress::sandbox {
namespace {

// Whole or not at all: a test that waits for the file must not read half of it.
void write_whole(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path next = path.string() + ".new";
  std::ofstream file(next, std::ios::binary | std::ios::trunc);
  std::filesystem::permissions(next, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + next.string());
  std::filesystem::rename(next, path);
}

}  // namespace

std::string Folder::setting(const std::string& name) const {
  std::ifstream file(environment_file());
  const std::string start = name + "='";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(start) && line.back() == '\'') return line.substr(start.size(), line.size() - start.size() - 1);
  }
  return {};
}

std::uint16_t Folder::last_port(const std::string& name) const {
  const std::string address = setting(name);
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return 0;
  std::uint16_t port = 0;
  std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  return port;
}

void Folder::write_environment(const std::map<std::string, std::string>& settings) const {
  std::string text = "# The settings of a daemon that lives in this sandbox.\n";
  for (const auto& [name, value] : settings) text += name + "='" + value + "'\n";
  write_whole(environment_file(), text);
}

void Folder::write_kubeconfig(const std::string& text) const { write_whole(kubeconfig(), text); }

}  // namespace paygress::sandbox

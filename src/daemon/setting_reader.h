// Reads single settings and collects what is wrong with them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/settings.h"

namespace paygress::daemon {

class SettingReader {
 public:
  explicit SettingReader(const Sources& sources) : sources_(sources) {}

  // An empty value counts as missing: KEY= in a file is how one leaves a thing out.
  std::optional<std::string> text(const std::string& name) const;
  std::string required(const std::string& name, const std::string& expected);
  std::vector<std::string> list(const std::string& name) const;
  std::vector<std::string> required_list(const std::string& name, const std::string& expected);
  std::uint64_t number(const std::string& name, std::uint64_t fallback, std::uint64_t least, std::uint64_t most);
  bool flag(const std::string& name, bool fallback);

  // The file of a systemd credential, trimmed.
  std::optional<util::Secret> credential(const std::string& name) const;
  std::optional<std::string> file(const std::filesystem::path& path) const { return sources_.read_file(path); }

  bool is_folder(const std::filesystem::path& path) const { return sources_.is_folder(path); }

  void mistake(std::string line);
  const Mistakes& mistakes() const { return mistakes_; }

 private:
  const Sources& sources_;
  Mistakes mistakes_;
};

}  // namespace paygress::daemon

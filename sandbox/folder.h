// The folder of a sandbox: sandbox.env, kubeconfig, the mint's journal, the pods' homes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace paygress::sandbox {

class Folder {
 public:
  explicit Folder(std::filesystem::path dir) : dir_(std::move(dir)) {}

  std::filesystem::path kubeconfig() const { return dir_ / "kubeconfig"; }
  std::filesystem::path journal() const { return dir_ / "mint.journal"; }
  std::filesystem::path pods() const { return dir_ / "pods"; }
  std::filesystem::path environment_file() const { return dir_ / "sandbox.env"; }

  // From sandbox.env of the last run; empty: not there.
  std::string setting(const std::string& name) const;
  // The port in the address that the last run wrote under that name; 0: none. A token names its mint's port, so the next run
  // in the same folder takes the same ports.
  std::uint16_t last_port(const std::string& name) const;

  // NAME='value' lines, as a shell and systemd's EnvironmentFile= read them.
  void write_environment(const std::map<std::string, std::string>&) const;
  void write_kubeconfig(const std::string& text) const;  // mode 0600

 private:
  std::filesystem::path dir_;
};

}  // namespace paygress::sandbox

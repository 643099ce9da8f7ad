#include "kube/kubeconfig.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

#include "kube/cluster_access.h"
#include "kube/kubeconfig_file.h"
#include "net/http_client.h"

namespace paygress::kube {
namespace {

using util::Errc;
using util::Error;
using util::Result;

constexpr char kK3sConfig[] = "/etc/rancher/k3s/k3s.yaml";
constexpr std::size_t kMaxFile = std::size_t{1} << 20;

Error not_usable(Errc kind, const std::string& message) { return {kind, message, "kubeconfig_unusable"}; }

Result<std::string> read_real_file(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    const int reason = errno;
    return not_usable(reason == ENOENT || reason == ENOTDIR ? Errc::not_found : Errc::unavailable,
                      path + ": " + std::strerror(reason));
  }
  std::string text;
  char buffer[4096];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMaxFile) return not_usable(Errc::exhausted, path + ": larger than 1 MiB");
  }
  util::wipe(buffer, sizeof buffer);
  if (in.bad()) return not_usable(Errc::unavailable, path + ": cannot be read");
  return text;
}

std::string variable(const Environment& environment, const char* name) {
  const auto found = environment.variables.find(name);
  return found == environment.variables.end() ? std::string() : found->second;
}

// $KUBECONFIG: separated by ':', empty and repeated names dropped (loader.go).
std::vector<std::string> split_paths(const std::string& list) {
  std::vector<std::string> paths;
  std::set<std::string> seen;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(':', begin), list.size());
    const std::string path = list.substr(begin, end - begin);
    if (!path.empty() && seen.insert(path).second) paths.push_back(path);
    begin = end + 1;
  }
  return paths;
}

// Missing files are passed over; `found` says whether there was any.
Result<KubeConfig> load_files(const Environment& environment, const std::vector<std::string>& paths, bool& found) {
  KubeConfig merged;
  for (const std::string& path : paths) {
    auto text = environment.read_file(path);
    if (!text && text.error().kind == Errc::not_found) continue;
    if (!text) return not_usable(text.error().kind, text.error().message);
    auto config = parse_kubeconfig(*text, path);
    util::wipe(text->data(), text->size());
    if (!config) return config.error();
    merge_kubeconfig(merged, std::move(*config));
    found = true;
  }
  return merged;
}

Result<ClusterAccess> access_from(const Environment& environment, const KubeConfig& config) {
  auto choice = choose_context(config);
  if (!choice) return choice.error();
  return cluster_access(*choice, environment.read_file, environment.allow_insecure);
}

}  // namespace

Environment Environment::of_process() {
  Environment environment;
  for (const char* name : {"KUBECONFIG", "HOME", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"}) {
    if (const char* value = std::getenv(name)) environment.variables[name] = value;
  }
  environment.read_file = read_real_file;
  return environment;
}

Result<ClusterAccess> load_cluster_access(const Environment& environment) {
  bool found = false;
  if (!environment.explicit_path.empty()) {
    auto config = load_files(environment, {environment.explicit_path}, found);
    if (!config) return config.error();
    if (!found) return not_usable(Errc::not_found, environment.explicit_path + ": no such file");
    return access_from(environment, *config);
  }
  if (const auto paths = split_paths(variable(environment, "KUBECONFIG")); !paths.empty()) {
    auto config = load_files(environment, paths, found);
    if (!config) return config.error();
    if (!found) return not_usable(Errc::not_found, "KUBECONFIG names no file that exists: " + variable(environment, "KUBECONFIG"));
    return access_from(environment, *config);
  }
  std::vector<std::string> usual;
  if (const std::string home = variable(environment, "HOME"); !home.empty()) usual.push_back(home + "/.kube/config");
  usual.push_back(kK3sConfig);
  for (const std::string& path : usual) {
    auto config = load_files(environment, {path}, found);
    if (!config) return config.error();
    if (found) return access_from(environment, *config);
  }
  const std::string host = variable(environment, "KUBERNETES_SERVICE_HOST"),
                    port = variable(environment, "KUBERNETES_SERVICE_PORT");
  if (!host.empty() && !port.empty()) return in_cluster_access(host, port, environment.read_file);
  std::string places;
  for (const std::string& path : usual) places += (places.empty() ? "" : ", ") + path;
  return not_usable(Errc::not_found,
                    "no cluster: KUBECONFIG is not set, none of " + places + " exists, and this is no pod of a cluster");
}

}  // namespace paygress::kube

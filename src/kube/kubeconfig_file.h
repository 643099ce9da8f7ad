// The kubeconfig format (client-go tools/clientcmd/api/v1): one file parsed, several merged, one context checked.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/result.h"
#include "util/secret.h"

namespace paygress::kube {

// A PEM text given in the file itself (base64) or as the path of another file.
struct PemSource {
  util::Secret data;
  std::string path;
  bool empty() const { return data.empty() && path.empty(); }
};

struct ClusterEntry {
  std::string file;  // where it was defined: paths are relative to it, and errors name it
  std::string server, tls_server_name, proxy_url;
  PemSource authority;
  bool insecure = false;
};

struct UserEntry {
  std::string file;
  PemSource certificate, key;
  util::Secret token, password;
  std::string token_file, username;
  std::string as, as_uid;
  std::vector<std::string> as_groups;
  std::map<std::string, std::vector<std::string>> as_extra;
  std::optional<std::string> exec_command, auth_provider;
};

struct ContextEntry {
  std::string file, cluster, user, name_space;
};

struct KubeConfig {
  std::map<std::string, ClusterEntry> clusters;
  std::map<std::string, UserEntry> users;
  std::map<std::string, ContextEntry> contexts;
  std::string current_context, current_context_file;
};

// YAML or JSON. Fields of another type than Go would take are errors ("token: 123"); unknown fields are not.
util::Result<KubeConfig> parse_kubeconfig(std::string_view text, const std::string& file);

// What `earlier` defines stays as it is (loader.go: no field merge).
void merge_kubeconfig(KubeConfig& earlier, KubeConfig later);

struct ContextChoice {
  std::string context, cluster_name, user_name;
  const ClusterEntry* cluster;
  const UserEntry* user;
};

// The current context with the checks and, where it has one, the wording of client-go's validation.go.
util::Result<ContextChoice> choose_context(const KubeConfig&);

}  // namespace paygress::kube

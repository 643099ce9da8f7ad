// client-go's ConfirmUsable (tools/clientcmd/validation.go), for the one context that is used.
#include <algorithm>

#include "kube/kubeconfig_file.h"

namespace paygress::kube {
namespace {

using util::Errc;
using util::Error;
using util::Result;

Error invalid(const std::string& file, const std::string& what) {
  return {Errc::invalid, file + ": " + what, "kubeconfig_invalid"};
}
std::string quoted(const std::string& name) { return "\"" + name + "\""; }

bool is_dns_label(const std::string& text) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 63 && alphanumeric(text.front()) && alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return alphanumeric(c) || c == '-'; });
}

bool proxy_usable(const std::string& url) {
  for (const char* scheme : {"http://", "https://", "socks5://"}) {
    if (url.starts_with(scheme))
      return url.size() > std::string_view(scheme).size() && url.find_first_of(" \t\r\n") == std::string::npos;
  }
  return false;
}

Result<> check_cluster(const ClusterEntry& cluster, const std::string& name) {
  if (cluster.server.empty()) return invalid(cluster.file, "no server found for cluster " + quoted(name));
  if (!cluster.proxy_url.empty() && !proxy_usable(cluster.proxy_url)) {
    return invalid(cluster.file,
                   "invalid 'proxy-url' for cluster " + quoted(name) + ": expected http://, https:// or socks5:// and a host");
  }
  if (!cluster.authority.data.empty() && !cluster.authority.path.empty()) {
    return invalid(cluster.file, "certificate-authority-data and certificate-authority are both specified for " + name);
  }
  return {};
}

// Programs that fetch credentials are not run: what a daemon with the right to spend money starts should be no
// matter of a file it reads.
Result<> check_supported(const UserEntry& user, const std::string& name) {
  const std::string advice =
      "; give the daemon an identity of its own (packaging/kubernetes/rbac.yaml) with a token, tokenFile or client certificate";
  if (user.exec_command)
    return invalid(user.file, "user " + quoted(name) + " uses the exec plugin " + quoted(*user.exec_command) +
                                  ", which is not run here" + advice);
  if (user.auth_provider)
    return invalid(user.file, "user " + quoted(name) + " uses the auth-provider " + quoted(*user.auth_provider) +
                                  ", which client-go itself has removed" + advice);
  const bool others = !user.token.empty() || !user.token_file.empty() || !user.certificate.empty();
  if (!user.username.empty() && !others) {
    return invalid(user.file,
                   "user " + quoted(name) + " has only username and password, which Kubernetes does not know since 1.19" + advice);
  }
  return {};
}

Result<> check_user(const UserEntry& user, const std::string& name) {
  if (!user.token.empty() && (!user.username.empty() || !user.password.empty())) {
    return invalid(user.file,
                   "more than one authentication method found for " + name + "; found [token basicAuth], only one is allowed");
  }
  if (!user.certificate.data.empty() && !user.certificate.path.empty()) {
    return invalid(user.file, "client-certificate-data and client-certificate are both specified for " + name);
  }
  if (!user.key.data.empty() && !user.key.path.empty())
    return invalid(user.file, "client-key-data and client-key are both specified for " + name);
  if (!user.certificate.empty() && user.key.empty()) {
    return invalid(user.file,
                   "client-key-data or client-key must be specified for " + name + " to use the clientCert authentication method");
  }
  if (user.as.empty() && (!user.as_uid.empty() || !user.as_groups.empty() || !user.as_extra.empty())) {
    return invalid(user.file, "requesting uid, groups or user-extra for " + name + " without impersonating a user");
  }
  return check_supported(user, name);
}

}  // namespace

Result<ContextChoice> choose_context(const KubeConfig& config) {
  const std::string& current = config.current_context;
  if (current.empty())
    return invalid(config.current_context_file, "current-context is not set (kubectl config use-context NAME sets it)");
  const auto context = config.contexts.find(current);
  if (context == config.contexts.end())
    return invalid(config.current_context_file, "context was not found for specified context: " + current);
  const ContextEntry& entry = context->second;
  if (entry.cluster.empty()) return invalid(entry.file, "cluster was not specified for context " + quoted(current));
  if (entry.user.empty()) return invalid(entry.file, "user was not specified for context " + quoted(current));
  const auto cluster = config.clusters.find(entry.cluster);
  if (cluster == config.clusters.end())
    return invalid(entry.file, "cluster " + quoted(entry.cluster) + " was not found for context " + quoted(current));
  const auto user = config.users.find(entry.user);
  if (user == config.users.end())
    return invalid(entry.file, "user " + quoted(entry.user) + " was not found for context " + quoted(current));
  if (!entry.name_space.empty() && !is_dns_label(entry.name_space)) {
    return invalid(entry.file, "namespace " + quoted(entry.name_space) + " for context " + quoted(current) +
                                   " does not conform to the kubernetes DNS_LABEL rules");
  }
  if (auto checked = check_cluster(cluster->second, entry.cluster); !checked) return checked.error();
  if (auto checked = check_user(user->second, entry.user); !checked) return checked.error();
  return ContextChoice{current, entry.cluster, entry.user, &cluster->second, &user->second};
}

}  // namespace paygress::kube

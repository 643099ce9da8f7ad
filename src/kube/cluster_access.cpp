#include "kube/cluster_access.h"

#include <algorithm>

#include "kube/certificate.h"
#include "net/http_client.h"
#include "util/url.h"

namespace paygress::kube {
namespace {

using util::Errc;
using util::Error;
using util::Result;

constexpr char kServiceAccount[] = "/var/run/secrets/kubernetes.io/serviceaccount/";

Error invalid(const std::string& file, const std::string& what) {
  return {Errc::invalid, file + ": " + what, "kubeconfig_invalid"};
}

// Relative to the folder of the file that names it.
std::string beside(const std::string& file, const std::string& path) {
  if (path.empty() || path.front() == '/') return path;
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? path : file.substr(0, slash + 1) + path;
}

Result<util::Secret> read_pem(const PemSource& source, const std::string& file, const std::string& field,
                              const FileReader& read_file) {
  if (!source.data.empty()) return source.data;
  if (source.path.empty()) return util::Secret();
  auto text = read_file(beside(file, source.path));
  if (!text) return invalid(file, "unable to read " + field + ": " + text.error().message);
  return util::Secret(std::move(*text));
}

bool is_loopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

// curl resolves names at the proxy only with socks5h, as Go always does.
std::string curl_proxy(const std::string& url) {
  constexpr std::string_view kSocks = "socks5://";
  return url.starts_with(kSocks) ? "socks5h://" + url.substr(kSocks.size()) : url;
}

Result<util::Url> server_url(const ClusterEntry& cluster, const std::string& name, bool allow_insecure) {
  const std::string field = "clusters \"" + name + "\" server";
  auto url = util::Url::parse(cluster.server);
  if (!url || (url->scheme() != "https" && url->scheme() != "http"))
    return invalid(cluster.file, field + ": expected https://host:port");
  if (!url->secure() && !is_loopback(url->host()) && !allow_insecure) {
    return invalid(cluster.file, field + ": http to another machine is refused: whoever is on the way could start pods; use https");
  }
  return url;
}

Result<> read_authority(const ClusterEntry& cluster, const std::string& name, const FileReader& read_file, net::TlsIdentity& tls) {
  auto authority = read_pem(cluster.authority, cluster.file, "certificate-authority of cluster \"" + name + "\"", read_file);
  if (!authority) return authority.error();
  tls.ca_pem = authority->reveal();
  if (!tls.ca_pem.empty() && !certificate_end(tls.ca_pem)) {
    return invalid(cluster.file, "certificate-authority of cluster \"" + name + "\" is not a PEM certificate");
  }
  return {};
}

Result<> read_client_certificate(const UserEntry& user, const std::string& name, const FileReader& read_file, net::TlsIdentity& tls,
                                 ClusterAccess& access) {
  if (user.certificate.empty()) return {};
  auto certificate = read_pem(user.certificate, user.file, "client-certificate of user \"" + name + "\"", read_file);
  if (!certificate) return certificate.error();
  auto key = read_pem(user.key, user.file, "client-key of user \"" + name + "\"", read_file);
  if (!key) return key.error();
  tls.cert_pem = certificate->reveal();
  tls.key_pem = std::move(*key);
  if (auto pair = check_key_pair(tls.cert_pem, tls.key_pem.reveal()); !pair) {
    return invalid(user.file, "client-certificate of user \"" + name + "\": " + pair.error().message);
  }
  auto end = certificate_end(tls.cert_pem);
  if (!end) return invalid(user.file, "client-certificate of user \"" + name + "\": " + end.error().message);
  access.certificate_ends = *end;
  return {};
}

// A header value may not start a new line.
bool printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Result<> read_token(const UserEntry& user, const std::string& name, const FileReader& read_file, ClusterAccess& access) {
  access.token = util::Secret(trimmed(user.token.reveal()));
  if (!printable(access.token.reveal())) return invalid(user.file, "token of user \"" + name + "\" holds control characters");
  if (user.token_file.empty()) return {};
  access.token_file = beside(user.file, user.token_file);
  const auto text = read_file(access.token_file);
  const bool usable = text && !trimmed(*text).empty() && printable(trimmed(*text));
  if (usable)
    access.token = util::Secret(trimmed(*text));
  else if (access.token.empty()) {
    return invalid(user.file, "tokenFile of user \"" + name +
                                  "\": " + (text ? access.token_file + ": empty or not a token" : text.error().message));
  } else
    access.warnings.push_back(access.token_file + " holds no token now; the one in " + user.file + " is used");
  return {};
}

Result<> read_impersonation(const UserEntry& user, const std::string& name, ClusterAccess& access) {
  if (user.as.empty()) return {};
  access.headers.emplace_back("Impersonate-User", user.as);
  if (!user.as_uid.empty()) access.headers.emplace_back("Impersonate-Uid", user.as_uid);
  for (const std::string& group : user.as_groups) access.headers.emplace_back("Impersonate-Group", group);
  for (const auto& [key, values] : user.as_extra) {
    const auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.'; };
    if (!std::all_of(key.begin(), key.end(), plain))
      return invalid(user.file, "as-user-extra of user \"" + name + "\": only letters, digits, '-', '_' and '.' in keys");
    for (const std::string& value : values) access.headers.emplace_back("Impersonate-Extra-" + key, value);
  }
  for (const auto& header : access.headers) {
    if (!printable(header.second)) return invalid(user.file, "as of user \"" + name + "\" holds control characters");
  }
  return {};
}

}  // namespace

Result<ClusterAccess> cluster_access(const ContextChoice& choice, const FileReader& read_file, bool allow_insecure) {
  const ClusterEntry& cluster = *choice.cluster;
  const UserEntry& user = *choice.user;
  auto url = server_url(cluster, choice.cluster_name, allow_insecure);
  if (!url) return url.error();

  ClusterAccess access;
  access.server = url->text();
  access.origin = "context \"" + choice.context + "\" of " + cluster.file;
  access.proxy = curl_proxy(cluster.proxy_url);
  access.read_file = read_file;
  if (auto read = read_impersonation(user, choice.user_name, access); !read) return read.error();
  if (!url->secure()) {  // client-go sends credentials only over TLS (IsConfigTransportTLS)
    access.warnings.push_back(access.server + " is not https: no credentials are sent there");
    return access;
  }

  if (auto read = read_token(user, choice.user_name, read_file, access); !read) return read.error();
  auto tls = std::make_shared<net::TlsIdentity>();
  tls->server_name = cluster.tls_server_name;
  if (auto read = read_authority(cluster, choice.cluster_name, read_file, *tls); !read) return read.error();
  if (auto read = read_client_certificate(user, choice.user_name, read_file, *tls, access); !read) return read.error();
  if (cluster.insecure) {
    if (!tls->ca_pem.empty())
      return invalid(cluster.file, "cluster \"" + choice.cluster_name +
                                       "\": specifying a root certificates file with the insecure flag is not allowed");
    if (!allow_insecure)
      return invalid(cluster.file, "cluster \"" + choice.cluster_name +
                                       "\": insecure-skip-tls-verify is refused: give its certificate-authority instead");
    tls->insecure_skip_verify = true;
    access.warnings.push_back("the certificate of " + access.server + " is not checked (insecure-skip-tls-verify)");
  }
  if (access.token.empty() && tls->cert_pem.empty()) {
    return invalid(user.file,
                   "user \"" + choice.user_name + "\" has no credentials: expected a token, tokenFile or client-certificate");
  }
  if (!user.username.empty()) access.warnings.push_back("username and password of user \"" + choice.user_name + "\" are not used");
  access.tls = std::move(tls);
  return access;
}

Result<ClusterAccess> in_cluster_access(const std::string& host, const std::string& port, const FileReader& read_file) {
  ClusterEntry cluster;
  cluster.file = "in-cluster";
  cluster.server = "https://" + (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
  cluster.authority.path = std::string(kServiceAccount) + "ca.crt";
  UserEntry user;
  user.file = "in-cluster";
  user.token_file = std::string(kServiceAccount) + "token";
  auto access = cluster_access(ContextChoice{"in-cluster", "in-cluster", "service account", &cluster, &user}, read_file, false);
  if (access) access->origin = "the service account of this pod";
  return access;
}

}  // namespace paygress::kube

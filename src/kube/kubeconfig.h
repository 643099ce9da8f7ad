// Where the cluster is and who we are there: what kubectl would find in the same environment.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "util/result.h"
#include "util/secret.h"
#include "util/time.h"

namespace paygress::net {
struct TlsIdentity;
}

namespace paygress::kube {

// not_found for a file that does not exist, unavailable for one that cannot be read.
using FileReader = std::function<util::Result<std::string>(const std::string& path)>;

// What a kubeconfig is looked for in.
struct Environment {
  std::map<std::string, std::string> variables;  // KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT
  FileReader read_file;
  std::string explicit_path;    // only this file then; missing is an error
  bool allow_insecure = false;  // else insecure-skip-tls-verify, and http to anywhere but this machine, are refused

  static Environment of_process();
};

// A cluster and an identity, ready for use: every file but the token's is read and checked.
struct ClusterAccess {
  std::string server;                           // "https://host:port" or "https://host:port/prefix", without a slash at the end
  std::string origin;                           // for people: "context 'default' in ~/.kube/config"
  std::shared_ptr<const net::TlsIdentity> tls;  // null for http
  std::string proxy;                            // empty: none (the environment's proxies are not used)
  std::vector<std::pair<std::string, std::string>> headers;  // Impersonate-*
  util::Secret token;                                        // used until token_file was read; never over http
  std::string token_file;                                    // read again every 60 s; what it says wins
  std::optional<util::Time> certificate_ends;                // notAfter of the client certificate
  std::vector<std::string> warnings;                         // for the log, one sentence each
  FileReader read_file;
};

// The order of kubectl, and two more places at its end: the explicit path; else the files of KUBECONFIG, merged (the
// first that defines a name wins whole); else ~/.kube/config; else /etc/rancher/k3s/k3s.yaml; else in-cluster.
// An error is one line that names the file and the field.
util::Result<ClusterAccess> load_cluster_access(const Environment&);

}  // namespace paygress::kube

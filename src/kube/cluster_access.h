// From a checked context to a ClusterAccess: reads the files it names and looks at what is in them.
#pragma once

#include <string>

#include "kube/kubeconfig.h"
#include "kube/kubeconfig_file.h"

namespace paygress::kube {

util::Result<ClusterAccess> cluster_access(const ContextChoice&, const FileReader&, bool allow_insecure);

// As a pod of the cluster, with its service account.
util::Result<ClusterAccess> in_cluster_access(const std::string& host, const std::string& port, const FileReader&);

}  // namespace paygress::kube

// Where a request of the API points: "/apis/batch/v1/namespaces/x/jobs/pod".
#pragma once

#include <string>
#include <string_view>

#include "sandbox/kube_store.h"

namespace paygress::sandbox {

struct KubePlace {
  const ResourceType* type = nullptr;  // nullptr: nothing the cluster knows
  std::string ns;                      // empty: all, or a cluster-wide resource
  std::string name;                    // empty: the collection
};

KubePlace find_place(std::string_view path);

}  // namespace paygress::sandbox

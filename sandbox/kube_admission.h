// What the API server adds to an object and what it refuses before storing it: defaults, validation, node ports.
#pragma once

#include "sandbox/fake_kube.h"

namespace paygress::sandbox {

// Fills in what the API server fills in, and throws KubeRefusal for what it would not store. The name is not looked at: as in
// Kubernetes a node port is taken before it turns out that the name exists.
void admit_new(const ResourceType&, util::Json& object, const KubeStore&, const KubeManners&, const KubeOptions&,
               crypto::RandomSource&);

// The same for a change of `old` into `object`.
void admit_change(const ResourceType&, const util::Json& old, util::Json& object, const KubeStore&, const KubeManners&,
                  const KubeOptions&, crypto::RandomSource&);

// The reason why Pod Security's level of the namespace refuses this pod; empty: it does not.
std::string pod_security_violation(const util::Json& name_space, const util::Json& pod_spec, const KubeManners&);

}  // namespace paygress::sandbox

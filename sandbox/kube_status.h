// The API's refusals: Status objects with the texts of Kubernetes 1.34.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/kube_store.h"
#include "util/json.h"

namespace paygress::sandbox {

struct KubeCause {
  std::string reason, message, field;
};

struct KubeRefusal : std::exception {
  KubeRefusal(int code, std::string reason, std::string message, util::Json details = nullptr);
  const char* what() const noexcept override { return "refused by the fake cluster"; }
  int code;
  util::Json status;
};

KubeRefusal not_found(const ResourceType&, const std::string& name);
KubeRefusal already_exists(const ResourceType&, const std::string& name);
KubeRefusal bad_request(const std::string& message);
KubeRefusal unauthorized();
KubeRefusal forbidden(const ResourceType&, const std::string& name, const std::string& why,
                      const std::vector<KubeCause>& causes = {});
KubeRefusal namespace_terminating(const ResourceType&, const std::string& name, const std::string& ns);
// `why` is what comes after "<field>: ".
KubeRefusal invalid(const ResourceType&, const std::string& name, const std::string& field, const std::string& why);
KubeRefusal modified(const ResourceType&, const std::string& name);
KubeRefusal wrong_uid(const ResourceType&, const std::string& name, const std::string& asked, const std::string& real);
KubeRefusal patch_test_failed();
KubeRefusal internal_error(const std::string& message);
util::Json expired_status(std::uint64_t asked, std::uint64_t oldest);  // 410
util::Json deleted_status(const ResourceType&, const util::Json& object);

}  // namespace paygress::sandbox

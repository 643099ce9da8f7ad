// Requests to the Kubernetes API as values: what is sent, apart from how (the idea of kube-rs' kube-core).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/json.h"

namespace paygress::kube {

struct Request {
  std::string method = "GET";
  std::string path;                                        // "/api/v1/namespaces/x"
  std::vector<std::pair<std::string, std::string>> query;  // not yet encoded
  std::string content_type = {};
  std::string body = {};
};

// Path and query as they stand in the request line.
std::string target(const Request&);

// A request that may be sent again when the answer was lost: everything but a POST.
bool repeatable(const Request&);

Request get(std::string path);
Request list(std::string path, std::string label_selector = {}, std::string field_selector = {});
Request create(std::string path, const util::Json& object);
// Server-side apply: the object is as given afterwards, however often it is sent.
Request apply(std::string path, const util::Json& object);
Request merge_patch(std::string path, const util::Json& patch);

enum class Propagation { foreground, background };
// Only the object with this uid is deleted: never one that took its name meanwhile.
Request remove(std::string path, std::string_view uid, Propagation);

// Paths of the objects of a rental. Names are DNS labels and need no encoding.
std::string namespace_path(std::string_view name = {});
std::string core_path(std::string_view name_space, std::string_view resource, std::string_view name = {});
std::string job_path(std::string_view name_space, std::string_view name = {});
std::string network_policy_path(std::string_view name_space, std::string_view name = {});

}  // namespace paygress::kube

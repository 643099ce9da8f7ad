#include "kube/request.h"

namespace paygress::kube {
namespace {

constexpr char kPageSize[] = "250";
// Typos and fields that this server does not know are 400, instead of being dropped with a 201. Servers before 1.25 ignore it.
const std::pair<std::string, std::string> kStrict{"fieldValidation", "Strict"};
const std::pair<std::string, std::string> kManager{"fieldManager", "paygress"};

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

std::string with_name(std::string path, std::string_view name) {
  if (!name.empty()) path += "/" + std::string(name);
  return path;
}

}  // namespace

std::string target(const Request& request) {
  std::string out = request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    out += separator + percent_encoded(name) + "=" + percent_encoded(value);
    separator = '&';
  }
  return out;
}

bool repeatable(const Request& request) { return request.method != "POST"; }

Request get(std::string path) {
  Request request;
  request.path = std::move(path);
  return request;
}

Request list(std::string path, std::string label_selector, std::string field_selector) {
  Request request = get(std::move(path));
  request.query.emplace_back("limit", kPageSize);
  if (!label_selector.empty()) request.query.emplace_back("labelSelector", std::move(label_selector));
  if (!field_selector.empty()) request.query.emplace_back("fieldSelector", std::move(field_selector));
  return request;
}

Request create(std::string path, const util::Json& object) {
  return {"POST", std::move(path), {kManager, kStrict}, "application/json", object.dump()};
}

Request apply(std::string path, const util::Json& object) {
  return {"PATCH", std::move(path), {kManager, kStrict, {"force", "true"}}, "application/apply-patch+yaml", object.dump()};
}

Request merge_patch(std::string path, const util::Json& patch) {
  return {"PATCH", std::move(path), {kManager, kStrict}, "application/merge-patch+json", patch.dump()};
}

Request remove(std::string path, std::string_view uid, Propagation propagation) {
  const char* policy = propagation == Propagation::foreground ? "Foreground" : "Background";
  const util::Json options = {
      {"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", policy}, {"preconditions", {{"uid", uid}}}};
  return {"DELETE", std::move(path), {}, "application/json", options.dump()};
}

std::string namespace_path(std::string_view name) { return with_name("/api/v1/namespaces", name); }

std::string core_path(std::string_view name_space, std::string_view resource, std::string_view name) {
  return with_name(namespace_path(name_space) + "/" + std::string(resource), name);
}

std::string job_path(std::string_view name_space, std::string_view name) {
  return with_name("/apis/batch/v1/namespaces/" + std::string(name_space) + "/jobs", name);
}

std::string network_policy_path(std::string_view name_space, std::string_view name) {
  return with_name("/apis/networking.k8s.io/v1/namespaces/" + std::string(name_space) + "/networkpolicies", name);
}

}  // namespace paygress::kube

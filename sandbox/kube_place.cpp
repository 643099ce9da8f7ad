#include "sandbox/kube_place.h"

namespace paygress::sandbox {
namespace {

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(path.front() == '/' ? 1 : 0);
    const auto slash = path.find('/');
    if (const std::string_view part = path.substr(0, slash); !part.empty()) parts.emplace_back(part);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
  }
  return parts;
}

}  // namespace

KubePlace find_place(std::string_view path) {
  std::vector<std::string> parts = segments(path);
  std::string group, version;
  if (parts.size() >= 2 && parts[0] == "api") {
    version = parts[1];
    parts.erase(parts.begin(), parts.begin() + 2);
  } else if (parts.size() >= 3 && parts[0] == "apis") {
    group = parts[1];
    version = parts[2];
    parts.erase(parts.begin(), parts.begin() + 3);
  } else {
    return {};
  }

  KubePlace place;
  // "namespaces/x" is the namespace itself; with more behind, it only says where.
  if (parts.size() >= 3 && parts[0] == "namespaces") {
    place.ns = parts[1];
    parts.erase(parts.begin(), parts.begin() + 2);
  }
  if (parts.empty() || parts.size() > 2) return {};  // subresources are not served
  place.type = find_resource(group, version, parts[0]);
  if (parts.size() == 2) place.name = parts[1];
  if (place.type != nullptr && place.type->namespaced && place.ns.empty() && !place.name.empty()) return {};
  return place;
}

}  // namespace paygress::sandbox

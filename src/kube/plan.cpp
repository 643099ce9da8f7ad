#include "kube/plan.h"

#include <algorithm>

namespace paygress::kube {
namespace {

constexpr int kMost = 100'000'000;  // a hundred thousand cores, or a hundred TB

util::Error invalid(const std::string& what) { return {util::Errc::invalid, what, "plan_invalid"}; }

bool is_dns_label(std::string_view text) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 63 && alphanumeric(text.front()) && alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return alphanumeric(c) || c == '-'; });
}

bool one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// What useradd takes, so that the name can be no option, no path and no second field of a line.
bool is_username(std::string_view text) {
  const auto first = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto other = [&](char c) { return first(c) || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 32 && first(text.front()) && std::all_of(text.begin(), text.end(), other) &&
         text != "root";
}

}  // namespace

std::string rental_namespace(std::string_view prefix, std::string_view lease_id) {
  return std::string(prefix) + "-" + std::string(lease_id);
}

util::Result<> check(const PodPlan& plan) {
  if (!is_dns_label(plan.lease_id) || !is_dns_label(plan.namespace_prefix) ||
      !is_dns_label(rental_namespace(plan.namespace_prefix, plan.lease_id))) {
    return invalid("namespace " + rental_namespace(plan.namespace_prefix, plan.lease_id) +
                   " is no DNS label of at most 63 characters");
  }
  if (plan.image.empty() || !one_line(plan.image)) return invalid("image is missing");
  if (!is_username(plan.ssh_username)) return invalid("ssh_username: expected [a-z_][a-z0-9_-]{0,31}, not root");
  if (plan.ssh_password.empty() && plan.ssh_public_key.empty()) return invalid("neither ssh_password nor ssh_public_key");
  if (!one_line(plan.ssh_password.reveal())) return invalid("ssh_password holds a line break or control character");
  if (!one_line(plan.ssh_public_key)) return invalid("ssh_public_key is more than one line");
  if (plan.cpu_millicores > kMost || plan.memory_mb > kMost || plan.storage_mb > kMost)
    return invalid("cpu, memory or storage is beyond any node");
  if (plan.cpu_millicores <= 0 || plan.memory_mb <= 0 || plan.storage_mb <= 0)
    return invalid("cpu, memory and storage must be above zero");
  if (plan.ports.first == 0 || plan.ports.first > plan.ports.last) return invalid("the port range is empty");
  if (plan.deadline <= std::chrono::seconds(0)) return invalid("deadline must be above zero");
  if (plan.deadline > kLongestDeadline) return invalid("deadline is beyond a year");
  return {};
}

}  // namespace paygress::kube

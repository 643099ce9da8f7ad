#include "kube/failure.h"

#include <algorithm>

namespace paygress::kube {
namespace {

constexpr std::size_t kMaxText = 300;  // of an API message that reaches a log

std::string one_line(std::string_view text) {
  std::string out(text.substr(0, kMaxText));
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text.size() > kMaxText ? out + "..." : out;
}

// What stands in for a Status that was not sent.
std::string reason_of(int http_status) {
  switch (http_status) {
    case 400: return "BadRequest";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "NotFound";
    case 409: return "Conflict";
    case 410: return "Expired";
    case 422: return "Invalid";
    case 429: return "TooManyRequests";
    case 503: return "ServiceUnavailable";
    case 504: return "Timeout";
    default: return http_status >= 500 ? "InternalError" : "Unknown";
  }
}

util::Errc kind_of(int http_status) {
  switch (http_status) {
    case 400: return util::Errc::internal;  // we sent something this server does not take
    case 401:
    case 403: return util::Errc::refused;
    case 404:
    case 410: return util::Errc::not_found;
    case 409: return util::Errc::conflict;
    case 413:
    case 422: return util::Errc::invalid;
    default: return util::Errc::unavailable;
  }
}

// A 422 prints values of the rejected object, the whole template for a changed Job: only its fields are told, and the
// message of a cause only where it is about a port.
std::string told(const Failure& failure) {
  if (failure.http_status != 422) return one_line(failure.message);
  std::string fields;
  for (const Cause& cause : failure.causes) {
    const bool port = cause.field.ends_with("nodePort");
    fields += (fields.empty() ? "" : ", ") + one_line(cause.field) + (port ? " (" + one_line(cause.message) + ")" : "");
  }
  const bool policy = failure.message.find("ValidatingAdmissionPolicy") != std::string::npos;
  if (policy) return "a ValidatingAdmissionPolicy of the cluster refuses it";
  return fields.empty() ? "not acceptable to the server" : "not acceptable: " + fields;
}

}  // namespace

bool Failure::has_cause(std::string_view cause_reason) const {
  return std::any_of(causes.begin(), causes.end(), [&](const Cause& cause) { return cause.reason == cause_reason; });
}

Failure read_failure(int http_status, std::string_view body) {
  Failure failure;
  failure.http_status = http_status;
  failure.reason = reason_of(http_status);
  const auto status = util::parse_json(body);
  if (!status || util::string_at(*status, "kind") != "Status") {
    failure.message = one_line(body);
    return failure;
  }
  if (const auto reason = util::string_at(*status, "reason"); reason && !reason->empty()) failure.reason = *reason;
  failure.message = util::string_at(*status, "message").value_or("");
  const util::Json* details = util::member(*status, "details");
  if (!details) return failure;
  if (const auto seconds = util::unsigned_at(*details, "retryAfterSeconds"); seconds && *seconds > 0 && *seconds < 3600) {
    failure.retry_after = std::chrono::seconds(*seconds);
  }
  const util::Json* causes = util::member(*details, "causes");
  if (!causes || !causes->is_array()) return failure;
  for (const util::Json& cause : *causes) {
    failure.causes.push_back({util::string_at(cause, "reason").value_or(""), util::string_at(cause, "message").value_or(""),
                              util::string_at(cause, "field").value_or("")});
  }
  return failure;
}

util::Error to_error(const Failure& failure, std::string_view doing) {
  std::string message(doing);
  if (failure.http_status == 0) {
    return {util::Errc::unavailable, message + ": no answer from the cluster: " + one_line(failure.message), failure.reason};
  }
  message += ": " + std::to_string(failure.http_status) + " " + failure.reason + ": ";
  if (failure.http_status == 401)
    message += "the cluster does not know this identity; its token or certificate may have expired (kubeconfig)";
  else
    message += told(failure);
  return {kind_of(failure.http_status), std::move(message), failure.reason};
}

void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
  util::throw_error(to_error(failure, "Kubernetes API"));
}

}  // namespace paygress::kube

// Why the Kubernetes API did not do what it was asked.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "util/json.h"
#include "util/result.h"

namespace paygress::kube {

struct Cause {
  std::string reason, message, field;
};

// The Status object of the API, or what stands in for it. Decide on http_status, reason and causes; never log a raw
// `message` of a 422: it can print a whole pod with its environment.
struct Failure {
  int http_status = 0;  // 0: no answer at all
  std::string reason;   // "NotFound", "AlreadyExists", "Forbidden", "Invalid", ...; "NoAnswer" without one
  std::string message;
  std::vector<Cause> causes;
  std::optional<std::chrono::seconds> retry_after;
  bool maybe_done = false;  // the answer was lost: it may have been carried out all the same

  bool is(std::string_view wanted) const { return reason == wanted; }
  bool has_cause(std::string_view cause_reason) const;
};

// From an answer that is not 2xx; the body may be a Status, or plain text (429 of an overloaded server).
Failure read_failure(int http_status, std::string_view body);

// A safe sentence with `doing` in front: "create Service paygress-1/ssh: 422 Invalid: spec.ports[0].nodePort ...".
// code is the reason as sent by the API.
util::Error to_error(const Failure&, std::string_view doing);

// The API's answer to one request.
using Answer = boost::system::result<util::Json, Failure>;

[[noreturn]] void throw_exception_from_error(const Failure&, const boost::source_location&);

}  // namespace paygress::kube

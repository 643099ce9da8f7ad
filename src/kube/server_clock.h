// How far the cluster's clock is from ours. Paid time is reckoned on our clock and ended by the cluster's, so a difference
// of a minute would give a customer a minute too much, or end his minute before it begins.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "util/time.h"

namespace paygress::kube {

class ServerClock {
 public:
  // The Date header of an answer, and when on our clock the request was sent and the answer received.
  void hear(std::string_view date, util::Time sent, util::Time received);

  // What to add to a time of ours to have the cluster's. Zero while the difference may be nothing but the header's whole
  // seconds and the way.
  std::chrono::milliseconds ahead() const;

 private:
  struct Bounds {
    std::chrono::milliseconds least, most;
  };
  std::optional<Bounds> bounds_;
};

// "Tue, 24 Nov 2026 20:58:34 GMT" (RFC 9110, section 5.6.7)
std::optional<util::Time> parse_http_date(std::string_view text);

}  // namespace paygress::kube

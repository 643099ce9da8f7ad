#include "kube/server_clock.h"

#include <algorithm>
#include <ctime>
#include <string>

namespace paygress::kube {
namespace {

using std::chrono::milliseconds;

// Machines that are kept in time differ by less; what is below is no difference, so that equal questions have equal answers.
constexpr milliseconds kTolerance{2000};

}  // namespace

void ServerClock::hear(std::string_view date, util::Time sent, util::Time received) {
  const auto stamp = parse_http_date(date);
  if (!stamp || received < sent) return;
  // The stamp is cut to whole seconds, and was made at some moment between the two of ours.
  const Bounds heard{*stamp - received, *stamp + std::chrono::seconds(1) - sent};
  const bool agree = bounds_ && heard.least <= bounds_->most && heard.most >= bounds_->least;
  bounds_ = agree ? Bounds{std::max(heard.least, bounds_->least), std::min(heard.most, bounds_->most)} : heard;
}

milliseconds ServerClock::ahead() const {
  if (!bounds_ || (bounds_->least < kTolerance && bounds_->most > -kTolerance)) return milliseconds(0);
  return (bounds_->least + bounds_->most) / 2;
}

std::optional<util::Time> parse_http_date(std::string_view text) {
  const std::string copy(text);
  std::tm parts{};
  const char* const end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return util::from_unix(timegm(&parts));
}

}  // namespace paygress::kube

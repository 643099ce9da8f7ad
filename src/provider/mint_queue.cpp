#include "provider/mint_queue.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "util/time.h"

namespace paygress::provider {
namespace {

// "Sun, 06 Nov 1994 08:49:37 GMT": the one form of a date that servers may still write (RFC 9110 5.6.7).
std::optional<util::Time> parse_http_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const std::string number = std::to_string(month / 3 + 1);
  const auto time = util::parse_rfc3339(std::string(text.substr(12, 4)) + (number.size() == 1 ? "-0" : "-") + number + "-" +
                                        std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8)) + "Z");
  return time ? std::optional(*time) : std::nullopt;
}

// Retry-After (RFC 9110 10.2.3): seconds, or a date, which is counted from the mint's own clock if it tells the time. Nothing if it is
// missing or neither.
std::optional<std::chrono::seconds> retry_after_in(const net::HttpResponse& response, util::Time now) {
  const std::string_view text = response.header("retry-after");
  std::uint64_t seconds = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr auto kLongest = static_cast<std::uint64_t>(MintQueue::kLongestPause.count());
  if (!text.empty() && fault == std::errc() && end == text.data() + text.size())
    return std::chrono::seconds(std::min(seconds, kLongest));
  const auto until = parse_http_date(text);
  if (!until) return std::nullopt;
  const auto pause = std::chrono::ceil<std::chrono::seconds>(*until - parse_http_date(response.header("date")).value_or(now));
  return std::clamp(pause, std::chrono::seconds(0), MintQueue::kLongestPause);
}

}  // namespace

// A request's place in the line, then its place inside. Leaves when it goes out of scope, cancelled or not.
class MintQueue::Place {
 public:
  explicit Place(MintQueue& queue) : queue_(queue) {}
  ~Place() {
    if (entry_ != nullptr) queue_.waiting_.remove(entry_);
    if (inside_) queue_.leave();
    // Whoever is first now may be free to go.
    if (!queue_.waiting_.empty()) queue_.waiting_.front()->notify();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  net::Event& stand_in_line() {
    entry_ = std::make_shared<net::Event>();
    queue_.waiting_.push_back(entry_);
    return *entry_;
  }
  bool is_first() const { return queue_.waiting_.front() == entry_; }
  void enter() {
    queue_.waiting_.pop_front();
    entry_.reset();
    inside_ = true;
    ++queue_.inside_;
    if (!queue_.waiting_.empty()) queue_.waiting_.front()->notify();
  }

 private:
  MintQueue& queue_;
  std::shared_ptr<net::Event> entry_;
  bool inside_ = false;
};

void MintQueue::leave() { --inside_; }

std::chrono::milliseconds MintQueue::closed_for() const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(closed_until_ - clock_.steady_now());
  return std::max(left, std::chrono::milliseconds(0));
}

net::Task<> MintQueue::wait_for_turn(Place& place) {
  net::Event& called = place.stand_in_line();
  while (!place.is_first() || inside_ >= kAtOnce || closed_for().count() > 0) {
    const auto pause = closed_for().count() > 0 ? closed_for() : std::chrono::milliseconds(std::chrono::hours(1));
    co_await called.wait_for(clock_, pause);
  }
  place.enter();
}

net::Task<util::Result<net::HttpResponse>> MintQueue::send(net::HttpRequest request) {
  if (waiting_.size() >= kMaxWaiting)
    co_return util::Error{util::Errc::exhausted, "too many requests wait for this mint", "mint_unreachable"};
  Place place(*this);
  co_await wait_for_turn(place);
  auto response = co_await http_.send(std::move(request));
  if (response) obey(*response);
  co_return response;
}

net::Task<util::Result<net::HttpResponse>> MintQueue::stream(net::HttpRequest request,
                                                             std::function<void(std::string_view)> on_line) {
  Place place(*this);
  co_await wait_for_turn(place);
  co_return co_await http_.stream(std::move(request), std::move(on_line));
}

void MintQueue::obey(const net::HttpResponse& response) {
  if (response.status != 429 && response.status != 503) {
    next_pause_ = std::chrono::seconds(1);
    return;
  }
  std::chrono::seconds pause = next_pause_;
  if (const auto wanted = retry_after_in(response, clock_.now())) {
    pause = *wanted;
  } else if (response.status == 503) {
    return;  // a mint that is down, not one that asks for less: whoever wanted something tries again in his own time
  } else {
    next_pause_ = std::min(next_pause_ * 2, std::chrono::seconds(60));
  }
  closed_until_ = std::max(closed_until_, clock_.steady_now() + pause);
}

}  // namespace paygress::provider

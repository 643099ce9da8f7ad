#include "net/clock.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace paygress::net {
namespace asio = boost::asio;

util::Time SystemClock::now() const { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

SteadyTime SystemClock::steady_now() const { return std::chrono::steady_clock::now(); }

Task<> SystemClock::sleep_for(std::chrono::milliseconds duration) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, duration);
  co_await timer.async_wait(asio::use_awaitable);
}

ManualClock::ManualClock(util::Time start) : now_(start) {}

Task<> ManualClock::sleep_for(std::chrono::milliseconds duration) {
  if (duration <= std::chrono::milliseconds(0)) co_return;
  Event woken;
  const auto entry = sleepers_.emplace(steady_ + duration, &woken);
  // Also when the sleeper is cancelled or destroyed: its entry must not outlive its event.
  const std::shared_ptr<void> listed(&sleepers_, [this, entry](void*) { sleepers_.erase(entry); });
  co_await woken.wait();
}

void ManualClock::advance(std::chrono::milliseconds step) {
  now_ += step;
  steady_ += step;
  const auto end = sleepers_.upper_bound(steady_);
  for (auto sleeper = sleepers_.begin(); sleeper != end; ++sleeper) sleeper->second->notify();
}

std::optional<std::chrono::milliseconds> ManualClock::until_next_wake() const {
  if (sleepers_.empty()) return std::nullopt;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(sleepers_.begin()->first - steady_);
  return std::max(wait, std::chrono::milliseconds(0));
}

}  // namespace paygress::net

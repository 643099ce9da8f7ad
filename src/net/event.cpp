#include <algorithm>

#include <boost/asio/this_coro.hpp>

#include "net/children.h"
#include "net/task.h"

namespace paygress::net {
namespace asio = boost::asio;

// In the list for as long as it lives: also when the waiting coroutine is cancelled or destroyed.
struct Event::Waiter {
  Waiter(std::vector<Waiter*>& list_, const asio::any_io_executor& executor)
      : list(list_), timer(executor, asio::steady_timer::time_point::max()) {
    list.push_back(this);
  }
  ~Waiter() { std::erase(list, this); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  std::vector<Waiter*>& list;
  asio::steady_timer timer;
};

Event::Event() = default;
Event::~Event() = default;

void Event::notify() {
  notified_ = true;
  if (!waiters_.empty()) waiters_.front()->timer.cancel();
}

Task<> Event::wait() {
  if (!notified_) {
    const auto executor = co_await asio::this_coro::executor;
    const auto own = co_await asio::this_coro::cancellation_state;
    Waiter waiter(waiters_, executor);
    while (!notified_) {
      co_await wait_for_wake(waiter.timer);
      if (own.cancelled() != asio::cancellation_type::none && !notified_) throw_cancelled();
    }
  }
  notified_ = false;
}

Task<bool> Event::wait_for(Clock& clock, std::chrono::milliseconds limit) { return with_timeout(clock, wait(), limit); }

}  // namespace paygress::net

#include "net/children.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace paygress::net {
namespace asio = boost::asio;
using boost::system::error_code;

void throw_cancelled() { throw boost::system::system_error(asio::error::operation_aborted); }

bool is_cancellation(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

Task<> wait_for_wake(asio::steady_timer& timer) {
  error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

Children::Children(const asio::any_io_executor& executor) : changed_(executor, asio::steady_timer::time_point::max()) {}

// Asio 1.81 lets an exception escape from io_context::run() when a spawned coroutine is cancelled before its first
// suspension: co_spawn then awaits once more outside its try block. So a child hears of a cancellation only once it runs.
Task<> Children::body(std::shared_ptr<Child> child, Task<> task) {
  child->started = true;
  if (child->stop_before_start) throw_cancelled();
  co_await std::move(task);
}

void Children::launch(Task<> task, OnEnd on_end) {
  const auto child = std::make_shared<Child>();
  child->stop_before_start = closing_;
  const auto place = children_.insert(children_.end(), child);
  auto ended = [self = shared_from_this(), place, on_end = std::move(on_end)](const std::exception_ptr& error) {
    self->children_.erase(place);
    on_end(error);
    self->poke();
  };
  asio::co_spawn(changed_.get_executor(), body(child, std::move(task)),
                 asio::bind_cancellation_slot(child->signal.slot(), std::move(ended)));
}

void Children::stop() {
  const auto all = children_;  // a child may end while it is being told
  for (const auto& child : all) {
    if (!child->started) {
      child->stop_before_start = true;
      continue;
    }
    // From outside of the loop asio 1.81 would post the signal without keeping it alive, and the child may end before: twice
    // told, it would be told where it no longer is.
    asio::dispatch(changed_.get_executor(), [child] { child->signal.emit(asio::cancellation_type::terminal); });
  }
}

Task<> Children::join(std::function<bool()> enough) {
  const auto own = co_await asio::this_coro::cancellation_state;
  co_await asio::this_coro::throw_if_cancelled(false);
  while (own.cancelled() == asio::cancellation_type::none && !enough()) co_await wait_for_wake(changed_);
  closing_ = true;
  stop();
  error_code ignored;
  const asio::cancellation_slot deaf;
  while (!children_.empty()) {
    co_await changed_.async_wait(asio::bind_cancellation_slot(deaf, asio::redirect_error(asio::use_awaitable, ignored)));
  }
  co_await asio::this_coro::throw_if_cancelled(true);
}

}  // namespace paygress::net

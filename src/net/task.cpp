#include "net/task.h"

#include <algorithm>
#include <exception>
#include <list>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "net/clock.h"
#include "util/log.h"

namespace paygress::net {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

[[noreturn]] void throw_cancelled() { throw boost::system::system_error(asio::error::operation_aborted); }

bool is_cancellation(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

bool is_cancelled(const asio::cancellation_state& state) { return state.cancelled() != asio::cancellation_type::none; }

void set_never(asio::steady_timer& timer) { timer.expires_at(asio::steady_timer::time_point::max()); }

// Waits for `timer` to be cancelled by hand. The waiting task's own cancellation ends the wait as well, silently.
Task<> wait_for_cancel(asio::steady_timer& timer) {
  error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

// The same, deaf to the cancellation of the waiting task: children that are being cancelled must still be waited for.
Task<> wait_for_cancel_only(asio::steady_timer& timer) {
  error_code ignored;
  const asio::cancellation_slot deaf;
  co_await timer.async_wait(asio::bind_cancellation_slot(deaf, asio::redirect_error(asio::use_awaitable, ignored)));
}

template <class Condition>
Task<std::vector<std::exception_ptr>> run_until(std::vector<Task<>> tasks, Condition condition, std::vector<std::size_t>& order) {
  const auto executor = co_await asio::this_coro::executor;
  using Operation = decltype(asio::co_spawn(executor, std::move(tasks.front()), asio::deferred));
  std::vector<Operation> operations;
  operations.reserve(tasks.size());
  for (auto& task : tasks) operations.push_back(asio::co_spawn(executor, std::move(task), asio::deferred));
  auto group = asio::experimental::make_parallel_group(std::move(operations));
  auto [finished, errors] = co_await group.async_wait(condition, asio::use_awaitable);
  order = std::move(finished);
  co_return std::move(errors);
}

Task<> sleep_on(Clock& clock, std::chrono::milliseconds duration) { co_await clock.sleep_for(duration); }

}  // namespace

Task<> run_all(std::vector<Task<>> tasks) {
  if (tasks.empty()) co_return;
  std::vector<std::size_t> order;
  const asio::experimental::wait_for_one_error condition(asio::cancellation_type::terminal);
  const auto errors = co_await run_until(std::move(tasks), condition, order);
  for (const std::size_t index : order) {
    if (errors[index]) std::rethrow_exception(errors[index]);
  }
}

Task<std::size_t> run_any(std::vector<Task<>> tasks) {
  std::vector<std::size_t> order;
  const asio::experimental::wait_for_one condition(asio::cancellation_type::terminal);
  const auto errors = co_await run_until(std::move(tasks), condition, order);
  const std::size_t first = order.front();
  if (errors[first]) std::rethrow_exception(errors[first]);
  co_return first;
}

Task<bool> with_timeout(Clock& clock, Task<> task, std::chrono::milliseconds limit) {
  std::vector<Task<>> tasks;
  tasks.push_back(std::move(task));
  tasks.push_back(sleep_on(clock, limit));
  std::vector<std::size_t> order;
  const asio::experimental::wait_for_one condition(asio::cancellation_type::terminal);
  const auto errors = co_await run_until(std::move(tasks), condition, order);

  const std::exception_ptr& failure = errors[0];
  if (!failure) co_return true;
  const bool time_was_over = order.front() == 1 && !errors[1];
  if (time_was_over && is_cancellation(failure)) co_return false;
  std::rethrow_exception(failure);
}

struct TaskGroup::State {
  struct Child {
    std::string name;
    asio::cancellation_signal stop;
  };
  struct Waiting {
    Task<> task;
    std::string name;
  };

  State(asio::any_io_executor executor_, OnFailure on_failure_) : executor(executor_), on_failure(on_failure_), changed(executor_) {
    set_never(changed);
  }

  asio::any_io_executor executor;
  OnFailure on_failure;
  asio::steady_timer changed;
  std::list<Child> children;
  std::vector<Waiting> waiting;
  bool running = false;
  bool stopped = false;
  std::exception_ptr failure;

  static void launch(const std::shared_ptr<State>& self, Task<> task, std::string name);
  void finished(const Child& child, const std::exception_ptr& error);
  void stop_children();
};

void TaskGroup::State::launch(const std::shared_ptr<State>& self, Task<> task, std::string name) {
  const auto child = self->children.emplace(self->children.end());
  child->name = std::move(name);
  auto on_end = [self, child](const std::exception_ptr& error) {
    self->finished(*child, error);
    self->children.erase(child);
    self->changed.cancel();
  };
  asio::co_spawn(self->executor, std::move(task), asio::bind_cancellation_slot(child->stop.slot(), std::move(on_end)));
}

void TaskGroup::State::finished(const Child& child, const std::exception_ptr& error) {
  if (!error || (stopped && is_cancellation(error))) return;
  if (on_failure == OnFailure::fatal) {
    if (!failure) failure = error;
    return;
  }
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    util::log_error("a task has failed", {{"PAYGRESS_TASK", child.name}, {"PAYGRESS_ERROR", e.what()}});
  } catch (...) {
    util::log_error("a task has failed", {{"PAYGRESS_TASK", child.name}});
  }
}

void TaskGroup::State::stop_children() {
  for (auto next = children.begin(); next != children.end();) {
    const auto child = next++;  // a child may end while it is being told
    child->stop.emit(asio::cancellation_type::terminal);
  }
}

TaskGroup::TaskGroup(asio::any_io_executor executor, OnFailure on_failure)
    : state_(std::make_shared<State>(std::move(executor), on_failure)) {}

TaskGroup::~TaskGroup() = default;

void TaskGroup::start(Task<> child, std::string name) {
  if (state_->stopped) return;
  if (state_->running) {
    State::launch(state_, std::move(child), std::move(name));
  } else {
    state_->waiting.push_back({std::move(child), std::move(name)});
  }
}

Task<> TaskGroup::run() {
  const auto state = state_;  // outlives this object, should the caller be destroyed while children still unwind
  state->running = true;
  auto waiting = std::move(state->waiting);
  state->waiting.clear();
  for (auto& child : waiting) State::launch(state, std::move(child.task), std::move(child.name));

  co_await asio::this_coro::throw_if_cancelled(false);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  while (!is_cancelled(cancellation) && !state->stopped && !state->failure) co_await wait_for_cancel(state->changed);
  state->stopped = true;
  state->stop_children();
  while (!state->children.empty()) co_await wait_for_cancel_only(state->changed);
  co_await asio::this_coro::throw_if_cancelled(true);

  if (state->failure) std::rethrow_exception(state->failure);
  if (is_cancelled(cancellation)) throw_cancelled();
}

void TaskGroup::cancel() {
  state_->stopped = true;
  state_->waiting.clear();
  state_->changed.cancel();
}

std::size_t TaskGroup::size() const { return state_->children.size() + state_->waiting.size(); }

struct Event::Waiter {
  explicit Waiter(const asio::any_io_executor& executor) : timer(executor) { set_never(timer); }
  asio::steady_timer timer;
};

Event::Event() = default;
Event::~Event() = default;

void Event::notify() {
  notified_ = true;
  if (!waiters_.empty()) waiters_.front()->timer.cancel();
}

namespace {
// Leaves the list when the wait ends in whatever way; also when the coroutine is destroyed while waiting.
template <class Waiter>
class Listed {
 public:
  Listed(std::vector<Waiter*>& list, Waiter& waiter) : list_(list), waiter_(waiter) { list_.push_back(&waiter_); }
  ~Listed() { std::erase(list_, &waiter_); }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

 private:
  std::vector<Waiter*>& list_;
  Waiter& waiter_;
};
}  // namespace

Task<> Event::wait() {
  if (!notified_) {
    const auto executor = co_await asio::this_coro::executor;
    Waiter waiter(executor);
    const Listed<Waiter> listed(waiters_, waiter);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    while (!notified_) {
      co_await wait_for_cancel(waiter.timer);
      if (is_cancelled(cancellation) && !notified_) throw_cancelled();
    }
  }
  notified_ = false;
}

Task<bool> Event::wait_for(Clock& clock, std::chrono::milliseconds limit) { return with_timeout(clock, wait(), limit); }

}  // namespace paygress::net

// The shape of everything that waits: coroutines on one thread, in one tree that is cancelled from its root.
//
// Nothing is detached. A child runs inside run_all, with_timeout or a TaskGroup, each of which returns only when its
// children are gone. Cancelling makes the wait that a task is in, or its next one, throw boost::system::system_error with
// operation_aborted.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace paygress::net {

template <class T = void>
using Task = boost::asio::awaitable<T>;

class Clock;

// Runs all at once and returns when all have returned. The first exception cancels the others and is thrown again.
Task<> run_all(std::vector<Task<>> tasks);

// Runs all until the first has returned, cancels the others and gives its index when they are gone. Its exception is thrown.
Task<std::size_t> run_any(std::vector<Task<>> tasks);

// False if the time was over first; then the task has been cancelled and is gone. Its exceptions pass through.
Task<bool> with_timeout(Clock& clock, Task<> task, std::chrono::milliseconds limit);

namespace detail {
template <class T>
Task<> keep_result(Task<T> task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}
}  // namespace detail

// The same for a task with a result: nothing if the time was over first.
template <class T>
Task<std::optional<T>> with_timeout(Clock& clock, Task<T> task, std::chrono::milliseconds limit) {
  std::optional<T> result;
  co_await with_timeout(clock, detail::keep_result<T>(std::move(task), result), limit);
  co_return result;
}

// What a member's exception means to the others. Cancellation is no failure.
enum class OnFailure {
  log,    // the log names the member; the others go on
  fatal,  // the others are cancelled and run() throws the exception
};

// Children whose number changes: connections of a server, one conversation per order.
class TaskGroup {
 public:
  explicit TaskGroup(boost::asio::any_io_executor executor, OnFailure on_failure = OnFailure::log);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts the child when run() is running, at once or later. After the group was cancelled the child is dropped unstarted.
  // `name` is for the log.
  void start(Task<> child, std::string name);

  // Runs the children until the group or the caller is cancelled, then waits until all of them are gone. Once only.
  Task<> run();

  // Makes run() cancel the children and return. Safe to call at any time, also from a child.
  void cancel();

  // Children that are running or waiting for run().
  std::size_t size() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Wakes one waiting task. A notification that nobody waits for is kept (once), so none is lost between check and wait.
class Event {
 public:
  Event();
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void notify();
  // Returns at once if notified since the last wait, and takes the notification.
  Task<> wait();
  // False if the time was over first.
  Task<bool> wait_for(Clock& clock, std::chrono::milliseconds limit);

 private:
  struct Waiter;
  bool notified_ = false;
  std::vector<Waiter*> waiters_;
};

}  // namespace paygress::net

// Runs one task from a test, which keeps the io_context in its own hands.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "net/task.h"

namespace paygress::net::test {

class Running {
 public:
  Running(boost::asio::io_context& context, Task<> task) : state_(std::make_shared<State>()) {
    auto on_end = [state = state_](const std::exception_ptr& error) {
      state->done = true;
      state->error = error;
    };
    boost::asio::co_spawn(context, std::move(task), boost::asio::bind_cancellation_slot(state_->stop.slot(), std::move(on_end)));
  }

  bool done() const { return state_->done; }
  const std::exception_ptr& error() const { return state_->error; }
  void cancel() { state_->stop.emit(boost::asio::cancellation_type::terminal); }

 private:
  struct State {
    boost::asio::cancellation_signal stop;
    bool done = false;
    std::exception_ptr error;
  };
  std::shared_ptr<State> state_;
};

template <class T>
class RunningFor {
 public:
  RunningFor(boost::asio::io_context& context, Task<T> task) : running_(context, detail::keep_result<T>(std::move(task), result_)) {}
  RunningFor(const RunningFor&) = delete;

  bool done() const { return running_.done(); }
  const std::exception_ptr& error() const { return running_.error(); }
  void cancel() { running_.cancel(); }
  const T& value() const { return result_.value(); }

 private:
  std::optional<T> result_;
  Running running_;
};

// Runs everything that can go on without time passing.
inline void settle(boost::asio::io_context& context) {
  context.restart();
  context.poll();
}

// Runs the task to its end on the context, and throws what it throws.
template <class T>
T run(boost::asio::io_context& context, Task<T> task) {
  RunningFor<T> running(context, std::move(task));
  context.restart();
  while (!running.done() && context.run_one() > 0) {
  }
  if (running.error()) std::rethrow_exception(running.error());
  return std::move(const_cast<T&>(running.value()));
}

inline void run(boost::asio::io_context& context, Task<> task) {
  Running running(context, std::move(task));
  context.restart();
  while (!running.done() && context.run_one() > 0) {
  }
  if (running.error()) std::rethrow_exception(running.error());
}

}  // namespace paygress::net::test

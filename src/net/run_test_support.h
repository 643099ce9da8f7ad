// Runs one task from a test, which keeps the io_context in its own hands.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "net/running.h"

namespace paygress::net::test {

template <class T>
class RunningFor {
 public:
  RunningFor(boost::asio::io_context& context, Task<T> task)
      : result_(std::make_shared<std::optional<T>>()), running_(context.get_executor(), keep(std::move(task), result_)) {}

  bool done() const { return running_.done(); }
  const std::exception_ptr& error() const { return running_.error(); }
  void cancel() { running_.cancel(); }
  const T& value() const { return result_->value(); }
  T take() { return std::move(result_->value()); }

 private:
  static Task<> keep(Task<T> task, std::shared_ptr<std::optional<T>> result) { result->emplace(co_await std::move(task)); }

  std::shared_ptr<std::optional<T>> result_;
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
  while (!running.done() && context.run_one() > 0) {}
  if (running.error()) std::rethrow_exception(running.error());
  return running.take();
}

inline void run(boost::asio::io_context& context, Task<> task) {
  Running running(context.get_executor(), std::move(task));
  context.restart();
  while (!running.done() && context.run_one() > 0) {}
  if (running.error()) std::rethrow_exception(running.error());
}

}  // namespace paygress::net::test

// Spawned coroutines under one parent: the only place of the program that calls co_spawn. Internal to net.
#pragma once

#include <exception>
#include <functional>
#include <list>
#include <memory>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/task.h"

namespace paygress::net {

class Children : public std::enable_shared_from_this<Children> {
 public:
  using OnEnd = std::function<void(const std::exception_ptr&)>;

  explicit Children(const boost::asio::any_io_executor& executor);

  // Starts a child. `on_end` is called when it has returned or thrown.
  void launch(Task<> task, OnEnd on_end);
  // Cancels every child there is.
  void stop();
  // Waits until `enough` says so (it is asked after the end of a child and after poke()) or the calling task is cancelled.
  // Then cancels the rest, and returns when all are gone: it does not throw, for they must not outlive the caller.
  Task<> join(std::function<bool()> enough);
  void poke() { changed_.cancel(); }
  std::size_t size() const { return children_.size(); }

 private:
  struct Child {
    boost::asio::cancellation_signal signal;
    bool started = false;
    bool stop_before_start = false;
  };

  static Task<> body(std::shared_ptr<Child> child, Task<> task);

  boost::asio::steady_timer changed_;  // never expires; cancelled to wake the parent
  std::list<std::shared_ptr<Child>> children_;
  bool closing_ = false;  // a child started now is cancelled before it does anything
};

// Is it what a cancelled task throws?
bool is_cancellation(const std::exception_ptr& error);
[[noreturn]] void throw_cancelled();

// A wait on `timer`, which never expires, until somebody cancels the timer or the waiting task. Does not throw.
Task<> wait_for_wake(boost::asio::steady_timer& timer);

}  // namespace paygress::net

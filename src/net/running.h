// The root of a tree of tasks: what main() and the tests start and cancel.
#pragma once

#include <exception>
#include <memory>

#include "net/task.h"

namespace paygress::net {

class Running {
 public:
  // Starts the task; it makes progress while somebody runs the executor's io_context.
  Running(boost::asio::any_io_executor executor, Task<> task);

  bool done() const;
  // What the task threw, once it is done. A cancelled task throws operation_aborted.
  const std::exception_ptr& error() const;
  // To be called from the thread of the io_context, at any time, any number of times.
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace paygress::net

#include "net/running.h"

#include "net/children.h"

namespace paygress::net {

struct Running::State {
  std::shared_ptr<Children> children;
  bool done = false;
  std::exception_ptr error;
};

Running::Running(boost::asio::any_io_executor executor, Task<> task) : state_(std::make_shared<State>()) {
  state_->children = std::make_shared<Children>(executor);
  state_->children->launch(std::move(task), [state = state_](const std::exception_ptr& error) {
    state->done = true;
    state->error = error;
  });
}

bool Running::done() const { return state_->done; }
const std::exception_ptr& Running::error() const { return state_->error; }
void Running::cancel() { state_->children->stop(); }

}  // namespace paygress::net

#include <boost/asio/this_coro.hpp>

#include "net/children.h"
#include "net/task.h"
#include "util/log.h"

namespace paygress::net {
namespace asio = boost::asio;

struct TaskGroup::State : std::enable_shared_from_this<State> {
  struct Waiting {
    Task<> task;
    std::string name;
  };

  State(const asio::any_io_executor& executor, OnFailure on_failure_)
      : on_failure(on_failure_), children(std::make_shared<Children>(executor)) {}

  OnFailure on_failure;
  std::shared_ptr<Children> children;
  std::vector<Waiting> waiting;
  bool running = false;
  bool stopped = false;
  std::exception_ptr failure;

  void launch(Task<> task, std::string name) {
    children->launch(std::move(task), [self = shared_from_this(), name = std::move(name)](const std::exception_ptr& error) {
      if (error) self->failed(name, error);
    });
  }

  void failed(const std::string& name, const std::exception_ptr& error) {
    if (is_cancellation(error)) return;
    if (on_failure == OnFailure::fatal) {
      if (!failure) failure = error;
      return;
    }
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      util::log_error("a task has failed", {{"PAYGRESS_TASK", name}, {"PAYGRESS_ERROR", e.what()}});
    } catch (...) {
      util::log_error("a task has failed", {{"PAYGRESS_TASK", name}});
    }
  }
};

TaskGroup::TaskGroup(asio::any_io_executor executor, OnFailure on_failure)
    : state_(std::make_shared<State>(executor, on_failure)) {}

TaskGroup::~TaskGroup() = default;

void TaskGroup::start(Task<> child, std::string name) {
  if (state_->stopped) return;
  if (state_->running) {
    state_->launch(std::move(child), std::move(name));
  } else {
    state_->waiting.push_back({std::move(child), std::move(name)});
  }
}

Task<> TaskGroup::run() {
  const auto state = state_;
  state->running = true;
  auto waiting = std::move(state->waiting);
  state->waiting.clear();
  for (auto& child : waiting) state->launch(std::move(child.task), std::move(child.name));

  const auto own = co_await asio::this_coro::cancellation_state;
  const std::function<bool()> over = [state] { return state->stopped || state->failure; };
  co_await state->children->join(over);
  state->stopped = true;

  if (state->failure) std::rethrow_exception(state->failure);
  if (own.cancelled() != asio::cancellation_type::none) throw_cancelled();
}

void TaskGroup::cancel() {
  state_->stopped = true;
  state_->waiting.clear();
  state_->children->poke();
}

std::size_t TaskGroup::size() const { return state_->children->size() + state_->waiting.size(); }

}  // namespace paygress::net

#include "net/task.h"

#include <boost/asio/this_coro.hpp>

#include "net/children.h"
#include "net/clock.h"

namespace paygress::net {
namespace asio = boost::asio;

namespace {

struct Outcome {
  std::vector<std::exception_ptr> errors;  // by task
  std::vector<std::size_t> order;          // in which they ended
  bool failed = false;
};

using Enough = bool (*)(const Outcome&);
bool one_failed(const Outcome& outcome) { return outcome.failed || outcome.order.size() == outcome.errors.size(); }
bool one_ended(const Outcome& outcome) { return !outcome.order.empty(); }

// Runs all until it is enough or the caller is cancelled; then cancels the rest and waits for it. If the caller is cancelled
// before this has started, nothing is started.
Task<std::shared_ptr<const Outcome>> run_until(std::vector<Task<>> tasks, Enough enough) {
  const auto executor = co_await asio::this_coro::executor;
  const auto children = std::make_shared<Children>(executor);
  const auto outcome = std::make_shared<Outcome>();
  outcome->errors.resize(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    children->launch(std::move(tasks[i]), [outcome, i](const std::exception_ptr& error) {
      outcome->errors[i] = error;
      outcome->order.push_back(i);
      if (error) outcome->failed = true;
    });
  }
  const std::function<bool()> condition = [outcome, enough] { return enough(*outcome); };
  co_await children->join(condition);
  co_return outcome;
}

Task<> sleep_on(Clock& clock, std::chrono::milliseconds duration) { co_await clock.sleep_for(duration); }

}  // namespace

Task<> run_all(std::vector<Task<>> tasks) {
  const auto outcome = co_await run_until(std::move(tasks), &one_failed);
  for (const std::size_t index : outcome->order) {
    if (outcome->errors[index]) std::rethrow_exception(outcome->errors[index]);
  }
}

Task<std::size_t> run_any(std::vector<Task<>> tasks) {
  const auto outcome = co_await run_until(std::move(tasks), &one_ended);
  const std::size_t first = outcome->order.front();
  if (outcome->errors[first]) std::rethrow_exception(outcome->errors[first]);
  co_return first;
}

Task<bool> with_timeout(Clock& clock, Task<> task, std::chrono::milliseconds limit) {
  std::vector<Task<>> tasks;
  tasks.push_back(std::move(task));
  tasks.push_back(sleep_on(clock, limit));
  const auto outcome = co_await run_until(std::move(tasks), &one_ended);

  const std::exception_ptr& failure = outcome->errors[0];
  if (!failure) co_return true;
  const bool time_was_over = outcome->order.front() == 1 && !outcome->errors[1];
  if (time_was_over && is_cancellation(failure)) co_return false;
  std::rethrow_exception(failure);
}

}  // namespace paygress::net

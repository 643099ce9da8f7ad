#include "net/task.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include "net/clock.h"
#include "net/run_test_support.h"

using namespace paygress;
using namespace paygress::net;
using namespace std::chrono_literals;

namespace {

// Counts the coroutine frames that are alive with it.
struct Alive {
  explicit Alive(int& count) : count_(count) { ++count_; }
  ~Alive() { --count_; }
  int& count_;
};

Task<> sleeper(Clock& clock, int& alive, std::chrono::milliseconds duration) {
  const Alive here(alive);
  co_await clock.sleep_for(duration);
}

Task<> failing(Clock& clock, std::chrono::milliseconds after, std::string text) {
  co_await clock.sleep_for(after);
  throw std::runtime_error(text);
}

Task<int> answer(Clock& clock, std::chrono::milliseconds after) {
  co_await clock.sleep_for(after);
  co_return 42;
}

Task<int> failing_answer(Clock& clock) {
  co_await clock.sleep_for(1ms);
  throw std::runtime_error("no answer");
}

bool was_cancelled(const std::exception_ptr& error) {
  try {
    if (error) std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == boost::asio::error::operation_aborted;
  } catch (...) {}
  return false;
}

}  // namespace

TEST_CASE("run_all returns when the last of its tasks has returned") {
  boost::asio::io_context context(1);
  ManualClock clock;
  int alive = 0;
  std::vector<Task<>> tasks;
  tasks.push_back(sleeper(clock, alive, 10ms));
  tasks.push_back(sleeper(clock, alive, 20ms));
  tasks.push_back(sleeper(clock, alive, 0ms));
  Running running(context.get_executor(), run_all(std::move(tasks)));
  test::settle(context);
  CHECK(alive == 2);
  clock.advance(15ms);
  test::settle(context);
  CHECK(alive == 1);
  CHECK_FALSE(running.done());
  clock.advance(15ms);
  test::settle(context);
  CHECK(alive == 0);
  CHECK(running.done());
  CHECK_FALSE(running.error());
}

TEST_CASE("the first failure cancels the others of run_all and is the one that is seen") {
  boost::asio::io_context context(1);
  ManualClock clock;
  int alive = 0;
  std::vector<Task<>> tasks;
  tasks.push_back(sleeper(clock, alive, 1h));
  tasks.push_back(failing(clock, 5ms, "relay lost"));
  tasks.push_back(failing(clock, 9ms, "too late"));
  Running running(context.get_executor(), run_all(std::move(tasks)));
  test::settle(context);
  clock.advance(5ms);
  test::settle(context);
  REQUIRE(running.done());
  CHECK(alive == 0);
  CHECK_THROWS_WITH(std::rethrow_exception(running.error()), "relay lost");
}

TEST_CASE("cancelling the root cancels every task below it, and they are gone when it returns") {
  boost::asio::io_context context(1);
  ManualClock clock;
  int alive = 0;
  TaskGroup group(context.get_executor());
  group.start(sleeper(clock, alive, 1h), "first");
  std::vector<Task<>> inner;
  inner.push_back(sleeper(clock, alive, 1h));
  inner.push_back(sleeper(clock, alive, 2h));
  group.start(run_all(std::move(inner)), "inner");
  std::vector<Task<>> tasks;
  tasks.push_back(group.run());
  tasks.push_back(sleeper(clock, alive, 3h));
  Running running(context.get_executor(), run_all(std::move(tasks)));
  test::settle(context);
  CHECK(alive == 4);
  running.cancel();
  test::settle(context);
  CHECK(alive == 0);
  REQUIRE(running.done());
  CHECK(was_cancelled(running.error()));
}

TEST_CASE("a task that is cancelled twice from outside of the loop is told while it is there, and not after") {
  boost::asio::io_context context(1);
  ManualClock clock;
  int alive = 0;
  for (int i = 0; i < 20; ++i) {
    TaskGroup group(context.get_executor());
    group.start(sleeper(clock, alive, 1h), "child");
    Running running(context.get_executor(), group.run());
    test::settle(context);
    running.cancel();
    running.cancel();
    group.cancel();
    test::settle(context);
    CHECK(running.done());
    CHECK(alive == 0);
  }
}

TEST_CASE("with_timeout gives the result in time, nothing after it, and passes exceptions") {
  boost::asio::io_context context(1);
  ManualClock clock;

  SUBCASE("in time") {
    test::RunningFor<std::optional<int>> running(context, with_timeout<int>(clock, answer(clock, 5ms), 10ms));
    test::settle(context);
    clock.advance(5ms);
    test::settle(context);
    REQUIRE(running.done());
    CHECK(running.value() == 42);
    CHECK_FALSE(clock.until_next_wake());  // its timer is gone
  }
  SUBCASE("too late: the task is cancelled and gone") {
    test::RunningFor<std::optional<int>> running(context, with_timeout<int>(clock, answer(clock, 1h), 10ms));
    test::settle(context);
    clock.advance(10ms);
    test::settle(context);
    REQUIRE(running.done());
    CHECK_FALSE(running.value());
    CHECK_FALSE(clock.until_next_wake());
  }
  SUBCASE("an exception comes at once, not when the time is over") {
    test::RunningFor<std::optional<int>> running(context, with_timeout<int>(clock, failing_answer(clock), 1h));
    test::settle(context);
    clock.advance(1ms);
    test::settle(context);
    REQUIRE(running.done());
    CHECK_THROWS_WITH(std::rethrow_exception(running.error()), "no answer");
  }
  SUBCASE("the caller's cancellation is not a timeout") {
    test::RunningFor<std::optional<int>> running(context, with_timeout<int>(clock, answer(clock, 1h), 2h));
    test::settle(context);
    running.cancel();
    test::settle(context);
    REQUIRE(running.done());
    CHECK(was_cancelled(running.error()));
  }
}

TEST_CASE("a task group takes children while it runs and outlives their failures") {
  boost::asio::io_context context(1);
  ManualClock clock;
  int alive = 0;
  TaskGroup group(context.get_executor());
  group.start(failing(clock, 1ms, "expected by the test"), "a child that fails");
  Running running(context.get_executor(), group.run());
  test::settle(context);
  group.start(sleeper(clock, alive, 5ms), "a late child");
  test::settle(context);
  CHECK(group.size() == 2);
  clock.advance(1ms);
  test::settle(context);
  CHECK(group.size() == 1);
  CHECK(alive == 1);
  clock.advance(5ms);
  test::settle(context);
  CHECK(group.size() == 0);
  CHECK_FALSE(running.done());  // an empty group waits for more
  group.start(sleeper(clock, alive, 1h), "the last child");
  test::settle(context);
  group.cancel();
  test::settle(context);
  REQUIRE(running.done());
  CHECK_FALSE(running.error());
  CHECK(alive == 0);
  group.start(sleeper(clock, alive, 1h), "never started");
  test::settle(context);
  CHECK(group.size() == 0);
}

TEST_CASE("a failure in a fatal group ends the group") {
  boost::asio::io_context context(1);
  ManualClock clock;
  int alive = 0;
  TaskGroup group(context.get_executor(), OnFailure::fatal);
  group.start(sleeper(clock, alive, 1h), "bystander");
  group.start(failing(clock, 1ms, "disk full"), "writer");
  Running running(context.get_executor(), group.run());
  test::settle(context);
  clock.advance(1ms);
  test::settle(context);
  REQUIRE(running.done());
  CHECK(alive == 0);
  CHECK_THROWS_WITH(std::rethrow_exception(running.error()), "disk full");
}

TEST_CASE("an event that came before the wait is not lost, and counts once") {
  boost::asio::io_context context(1);
  ManualClock clock;
  Event event;
  event.notify();
  event.notify();
  Running first(context.get_executor(), event.wait());
  test::settle(context);
  CHECK(first.done());
  test::RunningFor<bool> second(context, event.wait_for(clock, 10ms));
  test::settle(context);
  CHECK_FALSE(second.done());
  clock.advance(10ms);
  test::settle(context);
  REQUIRE(second.done());
  CHECK_FALSE(second.value());
  test::RunningFor<bool> third(context, event.wait_for(clock, 10ms));
  test::settle(context);
  event.notify();
  test::settle(context);
  REQUIRE(third.done());
  CHECK(third.value());
}

TEST_CASE("the manual clock wakes sleepers in order and a jump of the wall clock wakes nobody") {
  boost::asio::io_context context(1);
  ManualClock clock(util::from_unix(1000));
  int alive = 0;
  Running early(context.get_executor(), sleeper(clock, alive, 10ms));
  Running late(context.get_executor(), sleeper(clock, alive, 30ms));
  test::settle(context);
  CHECK(clock.until_next_wake() == 10ms);
  clock.jump(24h);
  test::settle(context);
  CHECK(alive == 2);
  CHECK(util::unix_seconds(clock.now()) == 1000 + 86400);
  clock.advance(*clock.until_next_wake());
  test::settle(context);
  CHECK(early.done());
  CHECK(clock.until_next_wake() == 20ms);
  late.cancel();
  test::settle(context);
  CHECK(late.done());
  CHECK_FALSE(clock.until_next_wake());
}

TEST_CASE("the system's clock sleeps as long as asked and can be cancelled") {
  boost::asio::io_context context(1);
  SystemClock clock;
  const auto start = clock.steady_now();
  int alive = 0;
  Running running(context.get_executor(), sleeper(clock, alive, 20ms));
  Running endless(context.get_executor(), sleeper(clock, alive, 24h));
  while (!running.done()) context.run_one();
  CHECK(clock.steady_now() - start >= 20ms);
  endless.cancel();
  context.run();
  CHECK(was_cancelled(endless.error()));
}

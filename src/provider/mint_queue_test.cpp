#include "provider/mint_queue.h"

#include <doctest/doctest.h>

#include <deque>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "net/run_test_support.h"

using namespace paygress;
using namespace paygress::provider;
using namespace std::chrono_literals;

namespace {

// A mint that answers what the test has laid out, after a moment.
struct SlowMint final : net::HttpClient {
  explicit SlowMint(net::Clock& clock_) : clock(clock_) {}
  net::Task<util::Result<net::HttpResponse>> send(net::HttpRequest request) override {
    asked.push_back(request.url);
    most_at_once = std::max(most_at_once, ++at_once);
    co_await clock.sleep_for(20ms);
    --at_once;
    net::HttpResponse response;
    response.status = 200;
    if (!answers.empty()) {
      response = answers.front();
      answers.pop_front();
    }
    co_return response;
  }
  net::Task<util::Result<net::HttpResponse>> stream(net::HttpRequest request, std::function<void(std::string_view)>) override {
    return send(std::move(request));
  }
  net::Clock& clock;
  std::deque<net::HttpResponse> answers;
  std::vector<std::string> asked;
  int at_once = 0, most_at_once = 0;
};

net::HttpResponse answer(int status, std::string retry_after = {}) {
  net::HttpResponse response;
  response.status = status;
  if (!retry_after.empty()) response.headers.emplace_back("retry-after", retry_after);
  return response;
}

struct World {
  boost::asio::io_context context{1};
  net::SystemClock clock;
  SlowMint mint{clock};
  MintQueue queue{mint, clock};

  net::Task<> ask(int number) {
    net::HttpRequest request;
    request.url = std::to_string(number);
    static_cast<void>(co_await queue.send(std::move(request)));
  }
  void ask_all(int count) {
    std::vector<net::Task<>> tasks;
    for (int i = 0; i < count; ++i) tasks.push_back(ask(i));
    net::test::run(context, net::run_all(std::move(tasks)));
  }
};

}  // namespace

TEST_CASE("a mint is asked a few things at a time, in the order in which they came") {
  World world;
  world.ask_all(25);
  CHECK(world.mint.most_at_once == static_cast<int>(MintQueue::kAtOnce));
  std::vector<std::string> in_order;
  for (int i = 0; i < 25; ++i) in_order.push_back(std::to_string(i));
  CHECK(world.mint.asked == in_order);
}

TEST_CASE("while the mint wants to be left alone, nothing is sent") {
  World world;
  world.mint.answers = {answer(429, "1")};
  world.ask_all(1);
  CHECK(world.queue.closed_for() > 900ms);
  const auto before = world.clock.steady_now();
  world.ask_all(6);
  CHECK(world.clock.steady_now() - before > 900ms);
  CHECK(world.mint.asked.size() == 7);
}

TEST_CASE("Retry-After is obeyed within reason") {
  World world;
  const auto closed_after = [&](net::HttpResponse response) {
    World fresh;
    fresh.mint.answers = {std::move(response)};
    fresh.ask_all(1);
    return fresh.queue.closed_for();
  };
  CHECK(closed_after(answer(200, "60")) == 0ms);
  CHECK(closed_after(answer(503)) == 0ms);
  CHECK(closed_after(answer(503, "60")) > 59s);
  CHECK(closed_after(answer(429)) > 500ms);
  CHECK(closed_after(answer(429, "99999999999999999999")) < 2s);  // not a number that fits: as if it had said nothing
  CHECK(closed_after(answer(429, "999999")) > 9min);
  CHECK(closed_after(answer(429, "999999")) <= 10min);
  CHECK(closed_after(answer(429, "soon")) < 2s);
}

TEST_CASE("Retry-After may be a date, and is counted from the mint's clock, which may be another than ours") {
  const auto closed_after = [&](const std::string& until, const std::string& date) {
    World fresh;
    fresh.mint.answers = {answer(503, until)};
    if (!date.empty()) fresh.mint.answers.front().headers.emplace_back("date", date);
    fresh.ask_all(1);
    return fresh.queue.closed_for();
  };
  const std::string now = "Sun, 06 Nov 1994 08:49:37 GMT";
  CHECK(closed_after("Sun, 06 Nov 1994 08:51:37 GMT", now) > 119s);
  CHECK(closed_after("Sun, 06 Nov 1994 08:51:37 GMT", now) <= 120s);
  CHECK(closed_after("Sun, 31 Dec 2094 08:51:37 GMT", now) > 9min);
  CHECK(closed_after("Sun, 31 Dec 2094 08:51:37 GMT", now) <= 10min);
  CHECK(closed_after("Sun, 31 Dec 2094 08:51:37 GMT", "") > 9min);
  CHECK(closed_after("Sun, 06 Nov 1994 08:49:30 GMT", now) == 0ms);
  CHECK(closed_after(now, "") == 0ms);
  for (const char* none : {"Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Foo 1994 08:51:37 GMT", "Sun, 31 Feb 2094 08:51:37 GMT",
                           "Sun, 06 anF 2094 08:51:37 GMT", "06 Nov 2094 08:51:37 GMT"})
    CHECK(closed_after(none, now) == 0ms);
}

TEST_CASE("who gives up in the line or inside leaves his place to others") {
  World world;
  std::vector<net::Task<>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(world.ask(i));
  auto all = net::run_all(std::move(tasks));
  auto limited = net::with_timeout(world.clock, std::move(all), 5ms);
  CHECK_FALSE(net::test::run(world.context, std::move(limited)));
  world.ask_all(5);
  CHECK(world.mint.asked.size() == MintQueue::kAtOnce + 5);
}

// A world and the loop it runs on, for tests that speak to it through the real clients.
#pragma once

#include <boost/asio/io_context.hpp>

#include "crypto/random.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/run_test_support.h"
#include "sandbox/world.h"

namespace paygress::sandbox::test {

struct Loopback {
  explicit Loopback(WorldOptions options = {})
      : world(io.get_executor(), clock, random, std::move(options)),
        http(net::make_curl_client(io.get_executor())),
        root(io.get_executor(), world.run()) {}
  ~Loopback() {
    root.cancel();
    io.restart();
    while (!root.done() && io.run_one() > 0) {}
  }

  template <class T>
  T run(net::Task<T> task) {
    return net::test::run(io, std::move(task));
  }
  void run(net::Task<> task) { net::test::run(io, std::move(task)); }
  // Until it holds; false after `limit`.
  template <class Holds>
  bool until(Holds holds, std::chrono::milliseconds limit = std::chrono::seconds(5)) {
    const auto end = clock.steady_now() + limit;
    while (!holds()) {
      if (clock.steady_now() > end) return false;
      run(clock.sleep_for(std::chrono::milliseconds(5)));
    }
    return true;
  }

  boost::asio::io_context io{1};
  net::SystemClock clock;
  crypto::SeededRandom random{7};
  World world;
  std::unique_ptr<net::HttpClient> http;
  net::Running root;
};

}  // namespace paygress::sandbox::test

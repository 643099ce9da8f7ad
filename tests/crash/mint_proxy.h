// Stands between the daemon and a mint, any mint: counts the daemon's requests, cuts them where a test wants the daemon to
// die, and makes the mint lie, refuse and be lost as a FaultPlan says.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "net/task.h"
#include "sandbox/fault.h"
#include "sandbox/listener.h"

namespace paygress::net {
class Clock;
class HttpClient;
}  // namespace paygress::net

namespace paygress::test {

class MintProxy {
 public:
  // `mint` is the address of the mint behind it.
  MintProxy(boost::asio::any_io_executor, net::Clock&, net::HttpClient&, std::string mint);

  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()); }
  net::Task<> run() { return listener_.run(); }
  void go_down() { listener_.go_down(); }
  void come_up() { listener_.come_up(); }

  sandbox::FaultPlan& faults() { return faults_; }
  bool idle() const { return under_way_ == 0; }

  // Asked twice for each request: when it has arrived, and when the mint has answered it. True: the connection is cut there.
  enum class Moment { arrived, answered };
  std::function<bool(Moment, std::string_view endpoint)> cut;

 private:
  net::Task<net::ServerResponse> handle(net::ServerRequest);
  net::Task<net::ServerResponse> pass_on(net::ServerRequest);
  net::Task<net::ServerResponse> ask_mint(const net::ServerRequest&);

  net::Clock& clock_;
  net::HttpClient& http_;
  std::string mint_;
  sandbox::FaultPlan faults_;
  int under_way_ = 0;
  sandbox::Listener listener_;
};

}  // namespace paygress::test

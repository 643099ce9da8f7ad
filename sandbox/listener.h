// A server on loopback that can be switched off and on again on the same port: clients see a cut connection, then
// "connection refused", then the same server.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "net/http_server.h"
#include "net/task.h"

namespace paygress::sandbox {

class Listener {
 public:
  struct Handlers {
    std::function<net::Task<net::ServerResponse>(net::ServerRequest)> on_request;
    std::function<net::Task<>(std::unique_ptr<net::WebSocket>)> on_websocket;
  };
  Listener(boost::asio::any_io_executor, std::uint16_t port, Handlers);
  ~Listener();

  std::uint16_t port() const { return port_; }
  net::Task<> run();

  void go_down();
  void come_up();
  bool is_up() const { return up_; }

 private:
  boost::asio::any_io_executor executor_;
  Handlers handlers_;
  std::uint16_t port_ = 0;
  bool up_ = true;
  net::Event changed_;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace paygress::sandbox

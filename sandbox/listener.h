// A server on loopback that can be switched off and on again on the same port: clients see a cut connection, then
// "connection refused", then the same server.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>

#include "net/http_server.h"
#include "net/task.h"

namespace paygress::sandbox {

class Listener {
 public:
  // Listens at once; port 0: the system chooses.
  Listener(boost::asio::any_io_executor, std::uint16_t port, net::HttpServer::Handler, net::HttpServer::WebSocketHandler = {},
           std::optional<net::ServerTls> = {});
  ~Listener();

  std::uint16_t port() const { return port_; }
  net::Task<> run();

  void go_down();
  void come_up();

 private:
  void listen();

  boost::asio::any_io_executor executor_;
  net::HttpServer::Handler handler_;
  net::HttpServer::WebSocketHandler on_websocket_;
  std::optional<net::ServerTls> tls_;
  std::uint16_t port_;
  bool up_ = true;
  net::Event come_up_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::TaskGroup> serving_;
};

}  // namespace paygress::sandbox

#include "sandbox/listener.h"

namespace paygress::sandbox {
namespace {

net::ServerLimits limits() {
  net::ServerLimits limits;
  limits.max_connections = 1024;                     // load tests open many
  limits.max_body = std::size_t{4} << 20;            // a swap of a thousand inputs with witnesses
  limits.request_timeout = std::chrono::minutes(5);  // held replies and watches are not cut by the server
  return limits;
}

}  // namespace

Listener::Listener(boost::asio::any_io_executor executor, std::uint16_t port, net::HttpServer::Handler handler,
                   net::HttpServer::WebSocketHandler on_websocket, std::optional<net::ServerTls> tls)
    : executor_(std::move(executor)),
      handler_(std::move(handler)),
      on_websocket_(std::move(on_websocket)),
      tls_(std::move(tls)),
      port_(port) {
  listen();
}

Listener::~Listener() = default;

void Listener::listen() {
  server_ = std::make_unique<net::HttpServer>(executor_, net::ListenAddress::tcp("127.0.0.1", port_), limits(), handler_,
                                              on_websocket_, tls_);
  port_ = server_->port();
}

net::Task<> Listener::run() {
  for (;;) {
    while (!up_) co_await come_up_.wait();
    if (!server_) listen();
    serving_ = std::make_unique<net::TaskGroup>(executor_, net::OnFailure::fatal);
    serving_->start(server_->run(), "sandbox listener");
    co_await serving_->run();
    serving_.reset();
    server_.reset();
  }
}

void Listener::go_down() {
  up_ = false;
  if (serving_)
    serving_->cancel();
  else
    server_.reset();
}

void Listener::come_up() {
  if (up_) return;
  up_ = true;
  if (!server_) listen();  // so that a client who calls right now is not refused
  come_up_.notify();
}

}  // namespace paygress::sandbox

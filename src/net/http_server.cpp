#include "net/http_server.h"

#include <cerrno>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "net/http_connection.h"
#include "net/tls_context.h"
#include "util/log.h"

namespace paygress::net {
namespace asio = boost::asio;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Protocol>;

namespace {

[[noreturn]] void cannot_listen(const error_code& cause, const std::string& where) {
  throw boost::system::system_error(cause, "cannot listen on " + where);
}

void listen_tcp(Acceptor& acceptor, const ListenAddress& address) {
  const std::string where = address.host + ":" + std::to_string(address.port);
  error_code failed;
  const auto host = asio::ip::make_address(address.host == "localhost" ? "127.0.0.1" : address.host, failed);
  if (failed) cannot_listen(failed, where);
  const asio::ip::tcp::endpoint endpoint(host, address.port);
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(asio::socket_base::reuse_address(true), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) cannot_listen(failed, where);
}

// A socket file outlives the process that made it. Only one on which nobody listens any more is removed.
void remove_stale(asio::any_io_executor executor, const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  asio::local::stream_protocol::socket probe(executor);
  error_code failed;
  probe.connect(asio::local::stream_protocol::endpoint(path), failed);
  if (failed == asio::error::connection_refused) ::unlink(path.c_str());
}

void listen_unix(Acceptor& acceptor, const ListenAddress& address) {
  error_code failed;
  if (address.path.size() >= sizeof(sockaddr_un{}.sun_path)) cannot_listen(asio::error::name_too_long, address.path);
  remove_stale(acceptor.get_executor(), address.path);
  const asio::local::stream_protocol::endpoint endpoint(address.path);
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed && ::chmod(address.path.c_str(), address.mode) != 0) failed.assign(errno, boost::system::system_category());
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) cannot_listen(failed, address.path);
}

void listen_inherited(Acceptor& acceptor, const ListenAddress& address) {
  sockaddr_storage own{};
  socklen_t length = sizeof own;
  error_code failed;
  if (::getsockname(address.fd, reinterpret_cast<sockaddr*>(&own), &length) != 0)
    failed.assign(errno, boost::system::system_category());
  if (!failed) acceptor.assign(Protocol(own.ss_family, 0), address.fd, failed);
  if (failed) cannot_listen(failed, "the inherited socket " + std::to_string(address.fd));
}

std::uint16_t port_of(const Acceptor& acceptor) {
  error_code failed;
  const auto endpoint = acceptor.local_endpoint(failed);
  if (failed) return 0;
  const auto* address = reinterpret_cast<const sockaddr*>(endpoint.data());
  if (address->sa_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port);
  if (address->sa_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(address)->sin6_port);
  return 0;
}

}  // namespace

ListenAddress ListenAddress::tcp(std::string host, std::uint16_t port) {
  ListenAddress address;
  address.host = std::move(host);
  address.port = port;
  return address;
}

ListenAddress ListenAddress::unix_socket(std::string path, unsigned mode) {
  ListenAddress address;
  address.path = std::move(path);
  address.mode = mode;
  return address;
}

ListenAddress ListenAddress::inherited(int fd) {
  ListenAddress address;
  address.fd = fd;
  return address;
}

struct HttpServer::State {
  State(asio::any_io_executor executor, ListenAddress address_)
      : address(std::move(address_)), acceptor(executor), connections(executor) {}

  ListenAddress address;
  Acceptor acceptor;
  TlsContext tls;
  HttpService service;
  TaskGroup connections;

  Task<> accept();
};

HttpServer::HttpServer(asio::any_io_executor executor, ListenAddress address, ServerLimits limits, Handler handler,
                       WebSocketHandler on_websocket, std::optional<ServerTls> tls)
    : state_(std::make_unique<State>(std::move(executor), std::move(address))) {
  HttpService& service = state_->service;
  service.limits = limits;
  service.handler = std::move(handler);
  service.on_websocket = std::move(on_websocket);
  if (tls) state_->tls = server_tls(*tls);
  if (state_->address.fd >= 0) {
    listen_inherited(state_->acceptor, state_->address);
  } else if (!state_->address.path.empty()) {
    listen_unix(state_->acceptor, state_->address);
  } else {
    listen_tcp(state_->acceptor, state_->address);
  }
}

HttpServer::~HttpServer() {
  if (!state_->address.path.empty()) ::unlink(state_->address.path.c_str());
}

std::uint16_t HttpServer::port() const { return port_of(state_->acceptor); }

Task<> HttpServer::State::accept() {
  constexpr std::chrono::milliseconds kPause(200);  // out of descriptors or memory: let some connections end first
  for (;;) {
    error_code failed;
    auto socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failed));
    if (failed == asio::error::operation_aborted) co_return;
    if (failed) {
      util::log_warning("a connection cannot be accepted", {{"PAYGRESS_ERROR", failed.message()}});
      co_await service.clock.sleep_for(kPause);
      continue;
    }
    if (connections.size() > service.limits.max_connections) continue;  // this loop is one of the group; the socket closes here
    error_code ignored;
    if (address.path.empty()) socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    Stream stream(std::move(socket), tls);
    connections.start(serve_connection(std::move(stream), service), "connection");
  }
}

Task<> HttpServer::run() {
  state_->connections.start(state_->accept(), "accept");
  co_await state_->connections.run();
}

}  // namespace paygress::net

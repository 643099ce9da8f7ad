// One type for every byte stream of the program: TCP or a unix socket, plain or TLS. Beast's templates are then compiled
// once, not once per kind of socket. Internal to net.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "net/task.h"
#include "util/result.h"

namespace paygress::net {

class Stream {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using executor_type = boost::asio::any_io_executor;

  explicit Stream(Socket socket);
  Stream(Socket socket, std::shared_ptr<boost::asio::ssl::context> tls);

  // As the client: asks for `host` and insists on a certificate for it. Nothing to do on a plain stream.
  Task<util::Result<>> connect_tls(std::string host);
  // As the server. False if the peer did not get through; his mistakes are not worth a text.
  Task<bool> accept_tls();
  // The subject's common name of the peer's verified certificate, or empty.
  std::string peer_common_name() const;

  executor_type get_executor() { return layers_->socket.get_executor(); }
  // Ends pending reads and writes with an error.
  void close();

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [layers = layers_.get()](auto handler, const Buffers& to) {
          if (layers->tls) {
            layers->tls->async_read_some(to, std::move(handler));
          } else {
            layers->socket.async_read_some(to, std::move(handler));
          }
        },
        token, buffers);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [layers = layers_.get()](auto handler, const Buffers& from) {
          if (layers->tls) {
            layers->tls->async_write_some(from, std::move(handler));
          } else {
            layers->socket.async_write_some(from, std::move(handler));
          }
        },
        token, buffers);
  }

 private:
  // On the heap, because TLS points at the socket and a Stream is moved into whoever owns it.
  struct Layers {
    explicit Layers(Socket socket_) : socket(std::move(socket_)) {}
    Socket socket;
    std::shared_ptr<boost::asio::ssl::context> context;
    std::optional<boost::asio::ssl::stream<Socket&>> tls;
  };
  std::unique_ptr<Layers> layers_;
};

}  // namespace paygress::net

// A small HTTP/1.1 server: for health and metrics, the admin and agents' sockets, and the fakes of the tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/task.h"
#include "net/websocket.h"
#include "util/result.h"
#include "util/secret.h"

namespace paygress::net {

struct ServerRequest {
  std::string method;
  std::string target;                                             // the path, percent-decoded, without the query
  std::map<std::string, std::string> query = {};                  // decoded; of a repeated name the last
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case
  std::string body = {};
  std::string client_certificate = {};  // common name, if TLS asked for a certificate and got one

  // The first value of that header (lower-case name), or empty.
  std::string_view header(std::string_view name) const;
};

// Where a streaming response goes. False when the client is gone: then return.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  virtual Task<bool> write(std::string chunk) = 0;
};

struct ServerResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  // If set, it writes the body in chunks for as long as it runs; it is cancelled when the client goes. `body` is ignored.
  std::function<Task<>(StreamWriter&)> stream = {};
  // Close the connection without answering at all: how the tests lose a reply.
  bool drop = false;
};

class ListenAddress {
 public:
  // `host` is an address, not a name. Port 0: any free one.
  static ListenAddress tcp(std::string host, std::uint16_t port);
  // The socket file gets `mode`. A stale file in its place is removed; a live one is an error.
  static ListenAddress unix_socket(std::string path, unsigned mode = 0660);
  // A listening socket made by systemd.
  static ListenAddress inherited(int fd);

  std::string host = {};
  std::uint16_t port = 0;
  std::string path = {};
  unsigned mode = 0660;
  int fd = -1;
};

struct ServerLimits {
  std::size_t max_header = std::size_t{16} << 10;
  std::size_t max_body = std::size_t{1} << 20;
  std::size_t max_connections = 128;                                     // more are closed at once
  std::size_t max_message = std::size_t{1} << 20;                        // WebSocket
  std::chrono::milliseconds request_timeout = std::chrono::seconds(30);  // from its first byte to its last; the same for an answer
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(75);     // between requests of one connection
  std::chrono::milliseconds ping_interval = std::chrono::seconds(25);    // WebSocket
};

struct ServerTls {
  std::string cert_pem;
  util::Secret key_pem;
  std::string client_ca_pem = {};  // if set, clients may show a certificate, and it must be from this authority
  bool require_client_cert = false;
};

class HttpServer {
 public:
  using Handler = std::function<Task<ServerResponse>(ServerRequest)>;
  // The connection ends when the task returns. An upgrade request without this callback gets 400.
  using WebSocketHandler = std::function<Task<>(std::unique_ptr<WebSocket>)>;

  // Listens at once. Throws std::system_error, naming the address, if it cannot.
  HttpServer(boost::asio::any_io_executor executor, ListenAddress address, ServerLimits limits, Handler handler,
             WebSocketHandler on_websocket = {}, std::optional<ServerTls> tls = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The port really listened on; 0 for a unix socket.
  std::uint16_t port() const;

  // Serves until cancelled, then ends every connection. A handler's exception becomes a 500 without details.
  Task<> run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace paygress::net

// From a relay's URL to an open WebSocket: name, connection, TLS, upgrade, all within one time limit.
#include <optional>

#include "net/clock.h"
#include "net/connect.h"
#include "net/tls_context.h"
#include "net/websocket.h"
#include "net/websocket_stream.h"

namespace paygress::net {

namespace {

using Opened = util::Result<std::unique_ptr<WebSocket>>;

constexpr std::size_t kPassOver = std::size_t{16} << 20;  // no relay is known to store more in one event

std::string host_header(const util::Url& url) {
  const bool is_ipv6 = url.host().find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + url.host() + "]" : url.host();
  const bool usual_port = url.port() == (url.secure() ? 443 : 80);
  return usual_port ? host : host + ":" + std::to_string(url.port());
}

class Dialer final : public WebSocketDialer {
 public:
  explicit Dialer(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  Task<Opened> dial(util::Url url, DialOptions options) override {
    const std::string host = url.host();
    const auto limit = options.timeout;
    auto opened = co_await with_timeout<Opened>(clock_, open(std::move(url), std::move(options)), limit);
    if (opened) co_return std::move(*opened);
    co_return util::Error{util::Errc::unavailable, host + ": no connection in time", "timeout"};
  }

 private:
  Task<Opened> open(util::Url url, DialOptions options) {
    TlsContext tls;
    if (url.secure()) {
      const auto context = context_for(options);
      if (!context) co_return context.error();
      tls = *context;
    }
    auto socket = co_await connect_tcp(executor_, url.host(), url.port(), options.public_only);
    if (!socket) co_return socket.error();
    Stream stream(std::move(*socket), tls);
    const auto secured = co_await stream.connect_tls(url.host());
    if (!secured) co_return secured.error();

    std::string target = url.path().empty() ? std::string("/") : url.path();
    const WebSocketLimits limits{options.max_message, options.ping_interval, options.timeout, kPassOver};
    co_return co_await upgrade_as_client(std::move(stream), host_header(url), std::move(target), limits);
  }

  // Reading the system's authorities takes 10 ms: once is enough.
  util::Result<TlsContext> context_for(const DialOptions& options) {
    if (!options.ca_pem.empty()) return client_tls(options.ca_pem);
    if (!system_tls_) {
      const auto made = client_tls({});
      if (!made) return made;
      system_tls_ = *made;
    }
    return system_tls_;
  }

  boost::asio::any_io_executor executor_;
  SystemClock clock_;
  TlsContext system_tls_;
};

}  // namespace

std::unique_ptr<WebSocketDialer> make_dialer(boost::asio::any_io_executor executor) {
  return std::make_unique<Dialer>(std::move(executor));
}

}  // namespace paygress::net

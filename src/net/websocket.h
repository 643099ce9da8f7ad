// WebSockets (RFC 6455), outgoing and accepted: text messages in, text messages out.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "net/task.h"
#include "util/result.h"
#include "util/url.h"

namespace paygress::net {

// An open connection. The peer is pinged and counts as dead after two unanswered pings. Errors (all unavailable but the
// last) have the codes: closed (either side closed it), lost, too_large (the peer's message; exhausted).
// After an error the connection is of no more use. A message that is too large ends a connection that we accepted. On one that
// we dialled it is passed over up to 16 MiB, without being held: else whoever stores one such event at a relay would cut us off
// from it at every attempt.
class WebSocket {
 public:
  virtual ~WebSocket() = default;

  // The next text message. One reader at a time.
  virtual Task<util::Result<std::string>> read() = 0;
  // Any number of tasks may write; messages are sent whole, in the order of the calls.
  virtual Task<util::Result<>> write(std::string message) = 0;
  // Ends the connection at once; waiting reads and writes return with an error.
  virtual void close() = 0;
};

struct DialOptions {
  std::chrono::milliseconds timeout = std::chrono::seconds(15);  // name, connection, TLS and upgrade together
  std::size_t max_message = std::size_t{256} << 10;
  std::string ca_pem = {};  // replaces the system's authorities for wss
  std::chrono::milliseconds ping_interval = std::chrono::seconds(25);
  bool public_only = false;  // refuse addresses that AddressPolicy denies, after DNS
};

class WebSocketDialer {
 public:
  virtual ~WebSocketDialer() = default;

  // Errors say what stands in the way, with the host's name. Codes: unreachable, timeout, address_denied (refused),
  // tls_failed, upgrade_refused.
  virtual Task<util::Result<std::unique_ptr<WebSocket>>> dial(util::Url url, DialOptions options) = 0;
};

std::unique_ptr<WebSocketDialer> make_dialer(boost::asio::any_io_executor executor);

}  // namespace paygress::net

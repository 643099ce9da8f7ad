// The two ends of a WebSocket upgrade on a connected stream. Internal to net; the implementation is websocket_beast.cpp.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "net/http_server.h"
#include "net/stream.h"
#include "net/websocket.h"

namespace paygress::net {

struct WebSocketLimits {
  std::size_t max_message;
  std::chrono::milliseconds ping_interval;
  std::chrono::milliseconds handshake_timeout;
  std::size_t pass_over = 0;  // a message larger than max_message, but not than this, is read and thrown away
};

// `host` is the Host header's value, `target` the path.
Task<util::Result<std::unique_ptr<WebSocket>>> upgrade_as_client(Stream stream, std::string host, std::string target,
                                                                 WebSocketLimits limits);

// Nothing if the client's upgrade request was not acceptable.
Task<std::unique_ptr<WebSocket>> upgrade_as_server(Stream stream, ServerRequest request, WebSocketLimits limits);

}  // namespace paygress::net

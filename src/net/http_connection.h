// What one connection of the server needs from it. Internal to net; the implementation is http_server_beast.cpp.
#pragma once

#include "net/clock.h"
#include "net/http_server.h"
#include "net/stream.h"

namespace paygress::net {

struct HttpService {
  ServerLimits limits;
  HttpServer::Handler handler;
  HttpServer::WebSocketHandler on_websocket;
  SystemClock clock;
};

// Answers request after request until the client goes, is silent for too long or breaks the rules.
Task<> serve_connection(Stream stream, HttpService& service);

// "GET /pods?watch=true": the path decoded and the query taken apart. False if the escapes or the path are broken.
bool split_target(std::string_view target, ServerRequest& request);

// The first lines of the response, up to and with the empty line. `chunked` or the body's length.
std::string response_head(const ServerResponse& response, bool chunked, bool keep_alive);

}  // namespace paygress::net

// The ways in beside Nostr messages: the operator's socket, and health over HTTP.
#pragma once

#include <functional>

#include "net/http_server.h"
#include "util/json.h"

namespace paygress::endpoints {

// What paygressctl asks: GET /status and GET /pods. Who may connect is decided by the socket's mode and group.
struct OperatorQuestions {
  std::function<util::Json()> status;
  std::function<util::Json()> pods;
};
net::HttpServer::Handler operator_endpoint(OperatorQuestions);

// GET /healthz: the process answers. GET /readyz: 503 until relays and cluster do, too. Nothing else is shown.
net::HttpServer::Handler health_endpoint(std::function<util::Json()> status);

}  // namespace paygress::endpoints

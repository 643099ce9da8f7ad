// The ways in beside Nostr messages: the operator's socket, and health and figures over HTTP.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "net/http_server.h"
#include "util/json.h"

namespace paygress::endpoints {

// A result that holds JSON, said in so many words: JSON itself can be made of almost anything.
inline util::Result<util::Json> reply(util::Json json) {
  return util::Result<util::Json>(boost::system::in_place_value, std::move(json));
}

// What paygressctl asks for, by path. Who may connect is decided by the socket's mode and group.
//   GET   a question: nothing changes. Its argument are the query's values.
//   POST  a command with a JSON object. Its error becomes {"error", "code"} with status 409, or 503 if it may go later.
struct OperatorDesk {
  std::map<std::string, std::function<util::Result<util::Json>(const std::map<std::string, std::string>&)>, std::less<>> questions;
  std::map<std::string, std::function<net::Task<util::Result<util::Json>>(util::Json)>, std::less<>> commands;
};
net::HttpServer::Handler operator_endpoint(OperatorDesk);

// GET /healthz: the process answers. GET /readyz: 503 until relays and cluster do, too. GET /metrics: figures without any secret,
// in the text format of Prometheus.
struct HealthDesk {
  std::function<bool()> ready;
  std::function<std::string()> metrics;
};
net::HttpServer::Handler health_endpoint(HealthDesk);

}  // namespace paygress::endpoints

#include "endpoints/endpoints.h"

namespace paygress::endpoints {
namespace {

net::ServerResponse respond(int status, const util::Json& body) {
  net::ServerResponse response;
  response.status = status;
  response.body = util::to_text(body);
  return response;
}

net::ServerResponse not_found() { return respond(404, {{"error", "there is no such thing here"}}); }

net::ServerResponse respond(const util::Result<util::Json>& result) {
  if (result) return respond(200, *result);
  const int status = result.error().kind == util::Errc::unavailable ? 503 : 409;
  return respond(status, {{"error", result.error().message}, {"code", result.error().code}});
}

net::Task<net::ServerResponse> answer_operator(const OperatorDesk& desk, net::ServerRequest request) {
  const auto question = desk.questions.find(request.target);
  const auto command = desk.commands.find(request.target);
  if (request.method == "GET" && question != desk.questions.end()) co_return respond(question->second(request.query));
  if (request.method == "POST" && command != desk.commands.end()) {
    auto body = util::parse_json(request.body.empty() ? "{}" : request.body);
    if (!body || !body->is_object()) {
      const util::Json complaint = {{"error", "a command takes a JSON object"}};
      co_return respond(400, complaint);
    }
    const auto result = co_await command->second(std::move(*body));
    co_return respond(result);
  }
  if (question == desk.questions.end() && command == desk.commands.end()) co_return not_found();
  const util::Json complaint = {{"error", "not with this method"}};
  co_return respond(405, complaint);
}

net::ServerResponse health_of(const HealthDesk& desk, const net::ServerRequest& request) {
  if (request.target == "/healthz") return respond(200, {{"alive", true}});
  if (request.target == "/metrics") {
    net::ServerResponse response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = desk.metrics();
    return response;
  }
  if (request.target != "/readyz") return not_found();
  const bool ready = desk.ready();
  return respond(ready ? 200 : 503, {{"ready", ready}});
}

net::Task<net::ServerResponse> answer_health(const HealthDesk& desk, net::ServerRequest request) {
  co_return health_of(desk, request);
}

}  // namespace

net::HttpServer::Handler operator_endpoint(OperatorDesk desk) {
  return [desk = std::move(desk)](net::ServerRequest request) { return answer_operator(desk, std::move(request)); };
}

net::HttpServer::Handler health_endpoint(HealthDesk desk) {
  return [desk = std::move(desk)](net::ServerRequest request) { return answer_health(desk, std::move(request)); };
}

}  // namespace paygress::endpoints

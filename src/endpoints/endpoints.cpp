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

net::ServerResponse answer_operator(const net::ServerRequest& request, const OperatorQuestions& questions) {
  if (request.method != "GET") return respond(405, {{"error", "only GET is answered"}});
  if (request.target == "/status") return respond(200, questions.status());
  if (request.target == "/pods") return respond(200, questions.pods());
  return not_found();
}

net::ServerResponse answer_health(const net::ServerRequest& request, const std::function<util::Json()>& status) {
  if (request.target == "/healthz") return respond(200, {{"alive", true}});
  if (request.target != "/readyz") return not_found();
  const bool ready = status().value("ready", false);
  return respond(ready ? 200 : 503, {{"ready", ready}});
}

}  // namespace

net::HttpServer::Handler operator_endpoint(OperatorQuestions questions) {
  return [questions = std::move(questions)](net::ServerRequest request) -> net::Task<net::ServerResponse> {
    co_return answer_operator(request, questions);
  };
}

net::HttpServer::Handler health_endpoint(std::function<util::Json()> status) {
  return [status = std::move(status)](net::ServerRequest request) -> net::Task<net::ServerResponse> {
    co_return answer_health(request, status);
  };
}

}  // namespace paygress::endpoints

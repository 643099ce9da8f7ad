#include "sandbox/faulty_mint_reply.h"

#include "net/clock.h"
#include "util/json.h"

namespace paygress::sandbox {
namespace {

using util::Json;

net::ServerResponse bare_status(int status) {
  net::ServerResponse response;
  response.status = status;
  const char* detail = status == 429 ? "Rate limit exceeded." : "the sandbox was told to fail";
  response.body = Json{{"detail", detail}}.dump();
  if (status == 429) response.headers.emplace_back("Retry-After", "1");
  return response;
}

void flip_last_digit(Json& hex) {
  std::string text = hex;
  text.back() = text.back() == '0' ? '1' : '0';
  hex = text;
}

std::string falsified(const std::string& body, FaultKind kind) {
  Json json = Json::parse(body);
  if (kind == FaultKind::pending && json.contains("states")) {
    for (Json& state : json["states"]) state["state"] = "PENDING";
    return json.dump();
  }
  // A melt's signatures are its change.
  const char* name = json.contains("signatures") ? "signatures" : "change";
  if (!json.contains(name) || json[name].empty()) return body;
  Json& signatures = json[name];
  if (kind == FaultKind::wrong_amount) signatures[0]["amount"] = signatures[0]["amount"].get<std::uint64_t>() * 2;
  if (kind == FaultKind::wrong_id) flip_last_digit(signatures[0]["id"]);
  if (kind == FaultKind::wrong_dleq) flip_last_digit(signatures[0]["dleq"]["s"]);
  if (kind == FaultKind::wrong_count) signatures.erase(signatures.size() - 1);
  return json.dump();
}

// What is answered without doing anything; nothing: the request is carried out.
std::optional<net::ServerResponse> answer_instead(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::lose_request: {
      net::ServerResponse cut;
      cut.drop = true;
      return cut;
    }
    case FaultKind::status: return bare_status(static_cast<int>(fault.argument));
    case FaultKind::error: return refusal(static_cast<int>(fault.argument), "the sandbox was told to refuse");
    case FaultKind::lose_reply:
    case FaultKind::delay:
    case FaultKind::hold_reply:
    case FaultKind::late_error:
    case FaultKind::wrong_amount:
    case FaultKind::wrong_id:
    case FaultKind::wrong_dleq:
    case FaultKind::wrong_count:
    case FaultKind::pending: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

net::ServerResponse refusal(int code, const std::string& detail) {
  net::ServerResponse response;
  response.status = 400;
  response.body = Json{{"detail", detail}, {"code", code}}.dump();
  return response;
}

net::Task<net::ServerResponse> answer_with_fault(net::Clock& clock, std::optional<Fault> fault,
                                                 std::function<net::Task<net::ServerResponse>()> work) {
  if (!fault) co_return co_await work();
  if (auto instead = answer_instead(*fault)) co_return std::move(*instead);
  const FaultKind kind = fault->kind;
  const std::chrono::milliseconds wait(fault->argument);
  if (kind == FaultKind::delay) co_await clock.sleep_for(wait);
  net::ServerResponse response = co_await work();
  if (kind == FaultKind::hold_reply)
    co_await clock.sleep_for(wait);
  else if (kind == FaultKind::lose_reply)
    response.drop = true;
  else if (kind == FaultKind::late_error)
    response = refusal(static_cast<int>(fault->argument), "the sandbox was told to refuse");
  else if (kind != FaultKind::delay && response.status == 200)
    response.body = falsified(response.body, kind);
  co_return response;
}

}  // namespace paygress::sandbox

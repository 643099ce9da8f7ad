#include "sandbox/control.h"

#include <stdexcept>

#include "cashu/proof.h"
#include "cashu/token.h"
#include "sandbox/world.h"
#include "util/json.h"

namespace paygress::sandbox {
namespace {

using util::Json;

struct Refused : std::runtime_error {
  explicit Refused(const std::string& why, int http_status = 400) : std::runtime_error(why), status(http_status) {}
  int status;
};

net::ServerResponse reply(int status, const Json& body) {
  net::ServerResponse response;
  response.status = status;
  response.body = body.dump();
  return response;
}

Json books(const World& world) {
  const Books books = world.mint.books();
  return {
      {"issued_msat", books.issued_msat},   {"redeemed_msat", books.redeemed_msat}, {"outstanding_msat", books.outstanding_msat()},
      {"created_msat", books.created_msat}, {"melted_msat", books.melted_msat},     {"fees_msat", books.fees_msat}};
}

Json token(World& world, const Json& asked) {
  const std::uint64_t amount = util::unsigned_at(asked, "amount").value_or(0);
  if (amount == 0) throw Refused("an amount above zero is needed");
  TokenOptions options;
  options.unit = util::string_at(asked, "unit").value_or(options.unit);
  return {{"token", world.mint.make_token(amount, options)}};
}

Json state(World& world, const Json& asked) {
  const auto token = cashu::decode_token(util::string_at(asked, "token").value_or(""));
  if (!token) throw Refused(token.error().message);
  Json states = Json::array();
  bool spent = true;
  for (const cashu::Proof& proof : token->proofs) {
    const ProofState found = world.mint.state(cashu::proof_y(proof).hex());
    spent = spent && found == ProofState::spent;
    states.push_back(found == ProofState::spent ? "SPENT" : found == ProofState::pending ? "PENDING" : "UNSPENT");
  }
  return {{"spent", spent}, {"states", states}};
}

Json misbehave(World& world, const Json& asked) {
  const auto obeyed = world.misbehave(util::string_at(asked, "order").value_or(""));
  if (!obeyed) throw Refused(obeyed.error().message);
  return Json::object();
}

Json answer(World& world, const net::ServerRequest& request) {
  if (request.method == "GET" && request.target == "/sandbox/books") return books(world);
  if (request.method == "GET" && request.target == "/sandbox/requests") {
    return {{"mint", world.mint.faults().requests()}, {"kube", world.kube.faults().requests()}};
  }
  const auto asked = util::parse_json(request.body);
  if (!asked) throw Refused(asked.error().message);
  if (request.method == "POST" && request.target == "/sandbox/token") return token(world, *asked);
  if (request.method == "POST" && request.target == "/sandbox/state") return state(world, *asked);
  if (request.method == "POST" && request.target == "/sandbox/misbehave") return misbehave(world, *asked);
  throw Refused("no such control endpoint", 404);
}

}  // namespace

net::Task<net::ServerResponse> answer_control(World& world, net::ServerRequest request) {
  try {
    co_return reply(200, answer(world, request));
  } catch (const Refused& refused) {
    co_return reply(refused.status, {{"error", refused.what()}});
  } catch (const std::exception& failed) {  // a unit the mint does not have, for one
    co_return reply(400, {{"error", failed.what()}});
  }
}

}  // namespace paygress::sandbox

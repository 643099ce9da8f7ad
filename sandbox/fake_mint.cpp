#include "sandbox/fake_mint.h"

#include "cashu/token.h"
#include "crypto/random.h"
#include "net/clock.h"
#include "sandbox/faulty_mint_reply.h"
#include "sandbox/listener.h"
#include "sandbox/mint_routes.h"

namespace paygress::sandbox {
namespace {

using util::Json;

net::ServerResponse reply(int status, const Json& body) {
  net::ServerResponse response;
  response.status = status;
  response.body = body.dump();
  return response;
}

std::vector<std::uint64_t> powers_of_two(std::uint64_t amount) {
  std::vector<std::uint64_t> powers;
  for (std::uint64_t power = 1; power != 0 && power <= amount; power *= 2) {
    if ((amount & power) != 0) powers.push_back(power);
  }
  return powers;
}

bool may_be_cached(std::string_view endpoint) { return endpoint == "swap" || endpoint == "mint" || endpoint == "melt"; }

}  // namespace

FakeMint::FakeMint(boost::asio::any_io_executor executor, net::Clock& clock, crypto::RandomSource& random, MintOptions options)
    : clock_(clock), random_(random), options_(std::move(options)) {
  MintLedger::Options ledger{options_.units, options_.v1_keyset_ids, options_.input_fee_ppk, options_.journal};
  ledger_ = std::make_unique<MintLedger>(std::move(ledger), random_);
  listener_ = std::make_unique<Listener>(executor, options_.port,
                                         [this](net::ServerRequest request) { return handle(std::move(request)); });
}

FakeMint::~FakeMint() = default;

std::string FakeMint::url() const { return "http://127.0.0.1:" + std::to_string(port()); }
std::uint16_t FakeMint::port() const { return listener_->port(); }
net::Task<> FakeMint::run() { return listener_->run(); }
void FakeMint::go_down() { listener_->go_down(); }
void FakeMint::come_up() { listener_->come_up(); }

net::Task<net::ServerResponse> FakeMint::handle(net::ServerRequest request) {
  if (!request.target.starts_with("/v1/") && other_paths) co_return co_await other_paths(std::move(request));
  const auto route = find_mint_route(request.method, request.target);
  if (!route) co_return reply(404, {{"detail", "Not Found"}});
  const std::string endpoint(route->endpoint);

  const std::optional<Fault> fault = faults_.next(endpoint);
  const std::function<net::Task<net::ServerResponse>()> work = [&]() -> net::Task<net::ServerResponse> {
    co_return carry_out(endpoint, route->argument, request);
  };
  co_return co_await answer_with_fault(clock_, fault, work);
}

net::ServerResponse FakeMint::carry_out(const std::string& endpoint, const std::string& argument,
                                        const net::ServerRequest& request) {
  net::ServerResponse response;
  const std::string cache_key = request.target + "\n" + request.body;
  const auto cached = replies_.find(cache_key);
  if (cached != replies_.end() && clock_.now() < cached->second.until) {
    response.body = cached->second.body;
  } else {
    try {
      response.body = answer(endpoint, argument, request).dump();
    } catch (const MintRefusal& refused) {
      response = refusal(refused.code, refused.detail);
    }
  }
  if (faults_.on_done) faults_.on_done(endpoint);
  if (response.status == 200 && options_.reply_cache_ttl.count() > 0 && may_be_cached(endpoint)) {
    replies_[cache_key] = CachedReply{response.body, clock_.now() + options_.reply_cache_ttl};
  }
  return response;
}

Json FakeMint::answer(const std::string& endpoint, const std::string& argument, const net::ServerRequest& request) {
  if (endpoint == "info") return information();
  if (endpoint == "keys") return keys(true, argument);
  if (endpoint == "keysets") return keys(false, "");
  if (endpoint == "mint_quote_state") return ledger_->mint_quote_state(argument);
  if (endpoint == "melt_quote_state") return ledger_->melt_quote_state(argument);

  const util::Result<Json> body = util::parse_json(request.body, {std::size_t{4} << 20, 16, true});
  if (!body) throw MintRefusal(0, body.error().message);
  const util::Time now = clock_.now();
  if (endpoint == "swap") return ledger_->swap(*body, now);
  if (endpoint == "mint_quote") return ledger_->mint_quote(*body, now);
  if (endpoint == "mint") return ledger_->mint(*body);
  if (endpoint == "checkstate") return ledger_->check_state(*body);
  if (endpoint == "restore") return ledger_->restore(*body);
  if (endpoint == "melt_quote") return ledger_->melt_quote(*body, now);
  return ledger_->melt(*body, now);
}

Json FakeMint::information() const {
  Json methods = Json::array();
  for (const std::string& unit : options_.units) {
    const Json method = {{"method", "bolt11"}, {"unit", unit}};
    methods.push_back(method);
  }
  const Json yes = {{"supported", true}};
  Json nuts = {{"4", {{"methods", methods}, {"disabled", false}}}, {"5", {{"methods", methods}, {"disabled", false}}}};
  for (const char* number : {"7", "8", "9", "10", "11", "12", "14"}) nuts[number] = yes;
  if (!options_.clear_auth_path.empty()) {
    const Json endpoint = {{"method", "POST"}, {"path", options_.clear_auth_path}};
    nuts["21"] = {
        {"openid_discovery", "https://login.example"}, {"client_id", "sandbox"}, {"protected_endpoints", Json::array({endpoint})}};
  }
  if (options_.reply_cache_ttl.count() > 0) {
    Json endpoints = Json::array();
    for (const char* path : {"/v1/swap", "/v1/mint/bolt11", "/v1/melt/bolt11"}) {
      const Json endpoint = {{"method", "POST"}, {"path", path}};
      endpoints.push_back(endpoint);
    }
    nuts["19"] = {{"ttl", options_.reply_cache_ttl.count()}, {"cached_endpoints", endpoints}};
  }
  return {{"name", "paygress sandbox"},
          {"version", "PaygressSandbox/" PAYGRESS_VERSION},
          {"description", "play money"},
          {"nuts", nuts}};
}

Json FakeMint::keys(bool with_keys, const std::string& only_id) const {
  Json list = Json::array();
  for (const MintKeyset& keyset : ledger_->keysets()) {
    if (with_keys && (only_id.empty() ? !keyset.keyset.active : keyset.keyset.id != only_id)) continue;
    Json entry = cashu::to_json(keyset.keyset);
    if (!with_keys) entry.erase("keys");
    list.push_back(std::move(entry));
  }
  if (!only_id.empty() && list.empty()) throw MintRefusal(12001, "Keyset is not known");
  return {{"keysets", list}};
}

std::string FakeMint::rotate(const std::string& unit, std::optional<std::uint64_t> input_fee_ppk) {
  return ledger_->rotate(unit, input_fee_ppk.value_or(options_.input_fee_ppk));
}

void FakeMint::end_payments(bool settled) { ledger_->end_payments(settled, clock_.now()); }

void FakeMint::set_pending(const std::string& y, bool pending) { ledger_->set_pending(y, pending); }

// A secret of NUT-10, or 32 random bytes in hex.
std::string FakeMint::lock(const TokenOptions& options) {
  const std::string nonce = util::hex(crypto::random_bytes<32>(random_));
  if (options.secret) return options.secret(nonce);
  if (!options.lock_to) return nonce;
  Json condition = {{"nonce", nonce}, {"data", options.lock_to->hex()}, {"tags", Json::array()}};
  if (options.locktime) {
    const Json tag = {"locktime", std::to_string(*options.locktime)};
    condition["tags"].push_back(tag);
  }
  Json secret = Json::array();
  secret.push_back("P2PK");
  secret.push_back(condition);
  return secret.dump();
}

std::string FakeMint::make_token(std::uint64_t amount, const TokenOptions& options) {
  const std::vector<std::uint64_t> amounts = options.amounts.empty() ? powers_of_two(amount) : options.amounts;
  std::vector<std::string> secrets;
  for (std::size_t i = 0; i < amounts.size(); ++i) secrets.push_back(lock(options));
  cashu::Token token{cashu::MintUrl::parse(url()).value(), options.unit, {}, ledger_->issue(options.unit, amounts, secrets)};
  if (!options.memo.empty()) token.memo = options.memo;
  return cashu::encode_token(token, options.dleq ? cashu::WithDleq::yes : cashu::WithDleq::no);
}

ProofState FakeMint::state(const std::string& y) const { return ledger_->state(y); }

bool FakeMint::is_spent(const std::string& token) const {
  for (const cashu::Proof& proof : cashu::decode_token(token).value().proofs) {
    if (ledger_->state(cashu::proof_y(proof).hex()) != ProofState::spent) return false;
  }
  return true;
}

Books FakeMint::books() const { return ledger_->books(); }

}  // namespace paygress::sandbox

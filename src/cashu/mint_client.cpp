#include "cashu/mint_client.h"

#include <algorithm>
#include <charconv>

#include "cashu/mint_replies.h"
#include "net/http_client.h"

namespace paygress::cashu {
namespace {

// A swap of a thousand outputs, or a long list of keysets, stays below this.
constexpr std::size_t kMaxReply = std::size_t{2} << 20;
constexpr std::uint64_t kMaxRetryAfter = 3600;

// NUT-00's {detail, code}; whatever else a proxy in between may have sent is left unread.
MintFault fault_in(const net::HttpResponse& response) {
  MintFault fault{response.status, std::nullopt, {}};
  const auto json = util::parse_json(response.body);
  if (!json) return fault;
  if (const auto code = util::integer_at(*json, "code"); code && *code >= 0 && *code < 1'000'000)
    fault.code = static_cast<int>(*code);
  fault.detail = util::string_at(*json, "detail").value_or(util::string_at(*json, "error").value_or(""));
  return fault;
}

std::optional<std::chrono::seconds> retry_after_in(const net::HttpResponse& response) {
  const std::string_view text = response.header("retry-after");
  std::uint64_t seconds = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, kMaxRetryAfter));
}

// The transport's reasons are kept in the message; to the customer they are all one.
util::Error no_answer(const util::Error& error) {
  if (error.code == "too_large") return {error.kind, error.message, "mint_reply_invalid"};
  return {error.kind, error.message, "mint_unreachable"};
}

}  // namespace

util::Result<util::Json> MintClient::read_reply(const net::HttpResponse& response) {
  retry_after_ = retry_after_in(response);
  if (!response.ok()) return to_error(fault_in(response), url_.host());
  util::JsonLimits limits;
  limits.max_bytes = kMaxReply;
  auto json = util::parse_json(response.body, limits);
  if (!json) return bad_mint_reply(json.error().message);
  return json;
}

net::Task<util::Result<util::Json>> MintClient::get(std::string path) {
  net::HttpRequest request;
  request.timeout = kTimeout;
  request.url = url_.endpoint(path);
  return exchange(std::move(request));
}

net::Task<util::Result<util::Json>> MintClient::post(std::string path, std::string body, std::chrono::milliseconds timeout) {
  net::HttpRequest request;
  request.timeout = timeout;
  request.method = "POST";
  request.url = url_.endpoint(path);
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  return exchange(std::move(request));
}

net::Task<util::Result<util::Json>> MintClient::exchange(net::HttpRequest request) {
  request.max_body = kMaxReply;
  request.headers.emplace_back("Accept", "application/json");
  auto response = co_await http_.send(std::move(request));
  if (!response) co_return no_answer(response.error());
  co_return read_reply(*response);
}

net::Task<util::Result<MintInfo>> MintClient::info() {
  auto reply = co_await get("/v1/info");
  if (!reply) co_return reply.error();
  co_return parse_mint_info(*reply);
}

net::Task<util::Result<std::vector<Keyset>>> MintClient::keysets() {
  auto reply = co_await get("/v1/keysets");
  if (!reply) co_return reply.error();
  co_return read_keysets(*reply);
}

net::Task<util::Result<Keyset>> MintClient::keys(Keyset entry) {
  auto reply = co_await get("/v1/keys/" + entry.id);
  if (!reply) co_return reply.error();
  co_return read_keys(*reply, std::move(entry));
}

net::Task<util::Result<util::Json>> MintClient::swap(std::string body) { return post("/v1/swap", std::move(body)); }

net::Task<util::Result<std::vector<ProofState>>> MintClient::check_state(std::vector<crypto::Point> Ys) {
  auto reply = co_await post("/v1/checkstate", state_request(Ys));
  if (!reply) co_return reply.error();
  co_return read_states(*reply, Ys);
}

net::Task<util::Result<util::Json>> MintClient::restore(std::vector<Output> outputs) {
  util::Json body;
  body["outputs"] = blinded_messages(outputs);
  return post("/v1/restore", body.dump());
}

net::Task<util::Result<MintQuote>> MintClient::mint_quote(Amount amount, std::string unit) {
  util::Json body;
  body["amount"] = amount.value();
  body["unit"] = std::move(unit);
  auto reply = co_await post("/v1/mint/quote/bolt11", body.dump());
  if (!reply) co_return reply.error();
  co_return read_mint_quote(*reply);
}

net::Task<util::Result<MintQuote>> MintClient::mint_quote_state(std::string quote_id) {
  auto reply = co_await get("/v1/mint/quote/bolt11/" + quote_id);
  if (!reply) co_return reply.error();
  co_return read_mint_quote(*reply);
}

net::Task<util::Result<util::Json>> MintClient::mint(std::string quote_id, std::vector<Output> outputs) {
  util::Json body;
  body["quote"] = std::move(quote_id);
  body["outputs"] = blinded_messages(outputs);
  return post("/v1/mint/bolt11", body.dump());
}

}  // namespace paygress::cashu

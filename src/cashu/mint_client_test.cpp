// The client against a mint that says whatever the test tells it to.
#include "cashu/mint_client.h"

#include <functional>

#include <doctest/doctest.h>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "cashu/customer_wallet.h"
#include "cashu/dhke.h"
#include "cashu/dleq.h"
#include "cashu/token.h"
#include "crypto/random.h"
#include "net/http_client.h"
#include "net/run_test_support.h"

using namespace paygress;
using nlohmann::json;

namespace {

class ScriptedHttp final : public net::HttpClient {
 public:
  std::function<util::Result<net::HttpResponse>(const net::HttpRequest&)> answer;
  std::vector<net::HttpRequest> seen;

  net::Task<util::Result<net::HttpResponse>> send(net::HttpRequest request) override {
    seen.push_back(request);
    co_return answer(request);
  }
  net::Task<util::Result<net::HttpResponse>> stream(net::HttpRequest request, std::function<void(std::string_view)>) override {
    return send(std::move(request));
  }
};

net::HttpResponse reply(int status, const std::string& body) {
  net::HttpResponse response;
  response.status = status;
  response.body = body;
  return response;
}

template <class T>
T run(net::Task<T> task) {
  boost::asio::io_context context(1);
  return net::test::run(context, std::move(task));
}

struct World {
  ScriptedHttp http;
  cashu::MintClient mint{http, cashu::MintUrl::parse("https://mint.example/Bitcoin/").value()};

  void says(int status, const std::string& body) {
    http.answer = [=](const net::HttpRequest&) -> util::Result<net::HttpResponse> { return reply(status, body); };
  }
};

std::vector<crypto::Point> two_ys() { return {cashu::hash_to_curve("one"), cashu::hash_to_curve("two")}; }

std::string states(std::vector<std::pair<std::string, std::string>> list) {
  json body = {{"states", json::array()}};
  for (const auto& [Y, state] : list) body["states"].push_back({{"Y", Y}, {"state", state}, {"witness", nullptr}});
  return body.dump();
}

}  // namespace

TEST_CASE("a swap carries exactly the bytes it was given") {
  World world;
  world.says(200, R"({"signatures":[]})");
  const std::string body = R"({"inputs" : [],  "outputs":[]})";
  REQUIRE(run(world.mint.swap(body)));
  const auto& request = world.http.seen.at(0);
  CHECK(request.method == "POST");
  CHECK(request.url == "https://mint.example/Bitcoin/v1/swap");
  CHECK(request.body == body);
  CHECK(request.timeout == std::chrono::seconds(30));
}

TEST_CASE("a melt carries exactly its bytes, and has the time that Lightning takes") {
  World world;
  const std::string quote = R"({"quote":"q-1","amount":10,"fee_reserve":2,"unit":"sat","state":"UNPAID","expiry":1})";
  world.says(200, quote);
  REQUIRE(run(world.mint.melt_quote("lnbc100n1", "sat")));
  CHECK(world.http.seen.at(0).url == "https://mint.example/Bitcoin/v1/melt/quote/bolt11");
  CHECK(json::parse(world.http.seen.at(0).body) == json{{"request", "lnbc100n1"}, {"unit", "sat"}});
  CHECK(world.http.seen.at(0).timeout == std::chrono::seconds(30));

  const std::string body = R"({"quote" : "q-1","inputs":[]})";
  CHECK(run(world.mint.melt(body)).value().id == "q-1");
  CHECK(world.http.seen.at(1).method == "POST");
  CHECK(world.http.seen.at(1).url == "https://mint.example/Bitcoin/v1/melt/bolt11");
  CHECK(world.http.seen.at(1).body == body);
  CHECK(world.http.seen.at(1).timeout >= std::chrono::minutes(2));

  CHECK(run(world.mint.melt_quote_state("q-1")).value().state == cashu::MeltQuote::State::unpaid);
  CHECK(world.http.seen.at(2).method == "GET");
  CHECK(world.http.seen.at(2).url == "https://mint.example/Bitcoin/v1/melt/quote/bolt11/q-1");

  world.says(200, "[]");
  CHECK(run(world.mint.melt(body)).error().code == "mint_reply_invalid");
  world.says(400, R"({"detail":"Lightning payment failed.","code":20004})");
  CHECK(run(world.mint.melt(body)).error().code == "mint_20004");
}

TEST_CASE("a refusal, an answer that is none, and no answer are told apart") {
  World world;
  world.says(400, R"({"detail":"Token already spent.","code":11001})");
  auto refused = run(world.mint.swap("{}"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "mint_11001");
  CHECK(cashu::classify(refused.error()) == cashu::FaultClass::restore_first);

  for (const char* body :
       {"", "<html>busy</html>", "[]", R"({"code":"11001"})", R"({"code":1e9,"detail":[1,2]})", R"({"code":-1})"}) {
    world.says(429, body);
    CHECK(run(world.mint.swap("{}")).error().code == "mint_http_429");
  }
  world.says(200, "<html>welcome</html>");
  CHECK(run(world.mint.swap("{}")).error().code == "mint_reply_invalid");
  world.http.answer = [](const net::HttpRequest&) -> util::Result<net::HttpResponse> {
    return util::Error{util::Errc::unavailable, "mint.example:443: timeout", "timeout"};
  };
  CHECK(run(world.mint.swap("{}")).error().code == "mint_unreachable");
  world.http.answer = [](const net::HttpRequest&) -> util::Result<net::HttpResponse> {
    return util::Error{util::Errc::exhausted, "too large", "too_large"};
  };
  CHECK(run(world.mint.swap("{}")).error().code == "mint_reply_invalid");
}

TEST_CASE("a mint that asks for patience is heard") {
  World world;
  world.http.answer = [](const net::HttpRequest&) -> util::Result<net::HttpResponse> {
    auto response = reply(429, "{}");
    response.headers.emplace_back("retry-after", "17");
    return response;
  };
  run(world.mint.swap("{}"));
  CHECK(world.mint.retry_after() == std::chrono::seconds(17));
  world.says(200, "{}");
  run(world.mint.swap("{}"));
  CHECK_FALSE(world.mint.retry_after());
}

TEST_CASE("each proof's state is matched by its Y, exactly once") {
  World world;
  const auto Ys = two_ys();
  const std::string one = Ys[0].hex(), two = Ys[1].hex();
  world.says(200, states({{two, "SPENT"}, {one, "UNSPENT"}}));
  const auto found = run(world.mint.check_state(Ys));
  REQUIRE(found);
  CHECK(*found == std::vector{cashu::ProofState::unspent, cashu::ProofState::spent});
  CHECK(json::parse(world.http.seen.at(0).body) == json{{"Ys", {one, two}}});

  const auto refused = [&](const std::string& body) {
    world.says(200, body);
    return run(world.mint.check_state(Ys)).error().code == "mint_reply_invalid";
  };
  CHECK(refused(states({{one, "SPENT"}})));
  CHECK(refused(states({{one, "SPENT"}, {one, "SPENT"}})));
  CHECK(refused(states({{one, "SPENT"}, {cashu::hash_to_curve("three").hex(), "SPENT"}})));
  CHECK(refused(states({{one, "SPENT"}, {two, "SPENT"}, {two, "SPENT"}})));
  CHECK(refused(states({{one, "SPENT"}, {two, "LOST"}})));
  CHECK(refused("{}"));
}

TEST_CASE("keysets are listed without those we do not support, and none twice") {
  World world;
  const std::string v1 = "00" + std::string(14, 'a');
  const auto list = [&](const std::vector<std::string>& ids) {
    json body = {{"keysets", json::array()}};
    for (const auto& id : ids) body["keysets"].push_back({{"id", id}, {"unit", "sat"}, {"active", true}});
    return body.dump();
  };
  world.says(200, list({v1, "02" + std::string(64, 'b'), "I2yN+iRYfkzT"}));
  const auto found = run(world.mint.keysets());
  REQUIRE(found);
  CHECK(found->size() == 1);
  CHECK(found->front().id == v1);
  world.says(200, list({v1, v1}));
  CHECK(run(world.mint.keysets()).error().code == "mint_reply_invalid");
  world.says(200, list({"not an id"}));
  CHECK(run(world.mint.keysets()).error().code == "mint_reply_invalid");
  // What one entry lacks does not close the mint.
  world.says(200, list({"not an id", v1}));
  CHECK(run(world.mint.keysets()).value().front().id == v1);
  world.says(200, json{{"keysets", {{{"id", "00" + std::string(14, 'b')}}, {{"id", v1}, {"unit", "sat"}, {"extra", {1}}}}}}.dump());
  CHECK(run(world.mint.keysets()).value().size() == 1);
}

TEST_CASE("the keys of a keyset must give the id that was asked for") {
  World world;
  cashu::Keyset keyset;
  keyset.unit = "sat";
  keyset.input_fee_ppk = 100;
  keyset.keys.emplace(1, cashu::hash_to_curve("a key"));
  keyset.id = cashu::derive_id_v2(keyset);
  cashu::Keyset entry = keyset;
  entry.keys.clear();
  const auto answer = [&](json changed) {
    world.says(200, json{{"keysets", json::array({std::move(changed)})}}.dump());
    return run(world.mint.keys(entry));
  };
  CHECK(answer(cashu::to_json(keyset)).value() == keyset);
  json changed = cashu::to_json(keyset);
  changed["keys"]["2"] = cashu::hash_to_curve("another").hex();
  CHECK(answer(changed).error().code == "keyset_id_mismatch");
  changed = cashu::to_json(keyset);
  changed["id"] = "01" + std::string(64, 'c');
  CHECK(answer(changed).error().code == "mint_reply_invalid");
  changed = cashu::to_json(keyset);
  changed.erase("keys");
  CHECK(answer(changed).error().code == "mint_reply_invalid");
  entry.input_fee_ppk = 50;  // the list said another fee than the one the id commits to
  CHECK(answer(cashu::to_json(keyset)).error().code == "keyset_id_mismatch");

  // A list may lack what a V2 id commits to.
  keyset.final_expiry = 2'000'000'000;
  keyset.id = cashu::derive_id_v2(keyset);
  entry = keyset;
  entry.keys.clear();
  entry.input_fee_ppk = 0;
  entry.final_expiry.reset();
  CHECK(answer(cashu::to_json(keyset)).value() == keyset);
  changed = cashu::to_json(keyset);
  changed["final_expiry"] = "soon";
  CHECK(answer(changed).error().code == "keyset_malformed");
  // A V1 id does not: there the list's word holds.
  keyset.id = cashu::derive_id_v1(keyset);
  entry.id = keyset.id;
  CHECK(answer(cashu::to_json(keyset)).value().input_fee_ppk == 0);
}

TEST_CASE("what a mint says about itself is a hint, read without harm") {
  const auto info = cashu::parse_mint_info(json::parse(
      R"({"name":"m","version":"Nutshell/0.20.3","nuts":{"7":{"supported":true},"9":{"supported":true},"10":{"supported":true},
    "11":{"supported":true},"12":{"supported":true},"19":{"ttl":60,"cached_endpoints":[{"method":"POST","path":"/v1/mint/bolt11"},{"method":"POST","path":"/v1/swap"}]}}})"));
  CHECK(info.version == "Nutshell/0.20.3");
  CHECK((info.checks_state && info.restores && info.locks && info.proves_signatures && info.caches_swap));
  CHECK(info.cache_ttl == std::chrono::seconds(60));
  CHECK_FALSE(info.wants_authentication);
  for (const char* wants : {R"({"nuts":{"22":{"bat_max_mint":50}}})", R"({"nuts":{"21":{"protected_endpoints":[{"path":"x"}]}}})"})
    CHECK(cashu::parse_mint_info(json::parse(wants)).wants_authentication);
  for (const char* no : {"false", "{}", "[]", "null", R"({"supported":false})", R"({"protected_endpoints":[]})"})
    CHECK_FALSE(cashu::parse_mint_info(json::parse(R"({"nuts":{"21":)" + std::string(no) + "}}")).wants_authentication);
  for (const char* odd : {"{}", "[]", "null", R"({"nuts":5})",
                          R"({"nuts":{"7":true,"19":{"ttl":-1,"cached_endpoints":{"a":1}}},"name":7})", R"({"nuts":[]})"})
    CHECK_FALSE(cashu::parse_mint_info(json::parse(odd)).checks_state);
  CHECK(cashu::parse_mint_info(json{{"name", std::string(5000, 'x')}}).name.size() <= 100);
}

TEST_CASE("a customer's wallet makes a token out of a paid quote") {
  const auto k = crypto::Scalar::from_hex(std::string(64, '5')).value();
  cashu::Keyset keyset;
  keyset.unit = "sat";
  for (const std::uint64_t amount : {1, 2, 4, 8}) keyset.keys.emplace(amount, crypto::generator_mul(k));
  keyset.id = cashu::derive_id_v2(keyset);
  World world;
  std::string quote_state = "PAID";
  world.http.answer = [&](const net::HttpRequest& request) -> util::Result<net::HttpResponse> {
    if (request.url.ends_with("/v1/keysets") || request.url.find("/v1/keys/") != std::string::npos)
      return reply(200, json{{"keysets", json::array({cashu::to_json(keyset)})}}.dump());
    if (request.url.find("/v1/mint/quote/") != std::string::npos)
      return reply(
          200,
          json{{"quote", "q-1"}, {"request", "lnbc1"}, {"amount", 5}, {"unit", "sat"}, {"state", quote_state}, {"expiry", nullptr}}
              .dump());
    json signatures = json::array();
    const json body = json::parse(request.body);
    for (const auto& output : body["outputs"]) {
      const auto B_ = crypto::Point::from_hex(output["B_"].get<std::string>()).value();
      signatures.push_back({{"amount", output["amount"]}, {"id", output["id"]}, {"C_", cashu::sign_blinded(B_, k).hex()}});
      const auto dleq = cashu::make_dleq(k, B_, cashu::sign_blinded(B_, k));
      signatures.back()["dleq"] = {{"e", util::hex(dleq.e)}, {"s", util::hex(dleq.s)}};
    }
    return reply(200, json{{"signatures", signatures}}.dump());
  };
  crypto::SeededRandom random(9);
  const auto token = run(cashu::mint_token(world.mint, cashu::Amount(5), random));
  REQUIRE(token);
  CHECK(cashu::total(token->proofs).value().value() == 5);
  for (const auto& proof : token->proofs) CHECK(cashu::verify_dleq(proof, keyset.keys.at(proof.amount.value())));
  CHECK(cashu::decode_token(cashu::encode_token(*token, cashu::WithDleq::yes)).value() == *token);

  CHECK(run(cashu::mint_token(world.mint, cashu::Amount(5), random, "usd")).error().code == "unit_not_supported");
  quote_state = "UNPAID";
  CHECK(run(cashu::mint_token(world.mint, cashu::Amount(5), random)).error().code == "quote_unpaid");
}

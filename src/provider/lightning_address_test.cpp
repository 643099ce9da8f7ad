// LNURL-pay against a server that says whatever the test tells it to.
#include "provider/lightning_address.h"

#include <functional>

#include <doctest/doctest.h>
#include <boost/asio/io_context.hpp>

#include "crypto/hash.h"
#include "net/run_test_support.h"
#include "util/json.h"

using namespace paygress;
using provider::LightningAddress;
using util::Json;

namespace {

// Invoices of 250000 sat from the examples of BOLT 11: "1 cup coffee", and 2 million sat for something whose hash it holds.
constexpr const char* kCoffee =
    "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcy"
    "q5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3"
    "qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh";
constexpr const char* kHashed =
    "lnbc20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5"
    "rqwzqfqypqhp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqs9qrsgq7ea976txfraylvgzuxs8kgcw23ezlrszfnh8r6qtfpr6"
    "cxga50aj6txm9rxrydzd06dfeawfk6swupvz4erwnyutnjq7x39ymw6j38gp7ynn44";
constexpr std::uint64_t kCoffeeMsat = 250'000'000, kHashedMsat = 2'000'000'000;
constexpr const char* kHashedText =
    "One piece of chocolate cake, one icecream cone, one pickle, one slice of swiss cheese, one slice of salami, one lollypop, one "
    "piece of cherry pie, one sausage, one cupcake, and one slice of watermelon";
constexpr util::Time kInvoicesMade = util::Time(std::chrono::seconds(1'496'314'658));

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

Json terms() {
  return {{"tag", "payRequest"},
          {"minSendable", 1000},
          {"maxSendable", 10'000'000'000},
          {"callback", "https://pay.example/cb?id=7"},
          {"metadata", kHashedText}};
}

struct World {
  ScriptedHttp http;
  net::ManualClock clock{kInvoicesMade + std::chrono::seconds(5)};
  std::string offer = terms().dump();
  std::string invoice = Json{{"pr", kCoffee}, {"routes", Json::array()}}.dump();
  int status = 200;

  util::Result<cashu::Invoice> ask(std::string_view address, std::uint64_t msat) {
    http.seen.clear();
    http.answer = [this](const net::HttpRequest& request) -> util::Result<net::HttpResponse> {
      net::HttpResponse response;
      response.status = status;
      response.body = request.url.find("/.well-known/") != std::string::npos ? offer : invoice;
      return response;
    };
    boost::asio::io_context context(1);
    const auto asked = LightningAddress::parse(address).value();
    auto terms = net::test::run(context, provider::ask_terms(http, asked));
    if (!terms) return terms.error();
    return net::test::run(context, provider::ask_invoice(http, clock, asked, std::move(*terms), msat));
  }
  std::string refused(std::uint64_t msat = kCoffeeMsat) {
    const auto invoice_read = ask("me@wallet.example", msat);
    return invoice_read ? "taken" : invoice_read.error().code;
  }
};

std::string url_of(std::string_view address) { return LightningAddress::parse(address).value().url(); }

}  // namespace

TEST_CASE("an address says where to ask") {
  CHECK(url_of("me@wallet.example") == "https://wallet.example/.well-known/lnurlp/me");
  CHECK(url_of("Me.Too+tips@Wallet.Example") == "https://wallet.example/.well-known/lnurlp/me.too+tips");
  CHECK(url_of("me@wallet.example:8443") == "https://wallet.example:8443/.well-known/lnurlp/me");
  CHECK(url_of("me@127.0.0.1:8080") == "http://127.0.0.1:8080/.well-known/lnurlp/me");
  CHECK(url_of("me@localhost") == "http://localhost/.well-known/lnurlp/me");
  CHECK(url_of("me@[::1]:80") == "http://[::1]:80/.well-known/lnurlp/me");
  CHECK(LightningAddress::parse("ME@WALLET.EXAMPLE").value().text() == "me@wallet.example");
  for (const std::string& wrong :
       {std::string(), std::string("me"), std::string("@wallet.example"), std::string("me@"), std::string("me@wallet"),
        std::string("me@.example"), std::string("me@a..b"), std::string("me@wallet.example/x"), std::string("me@wallet.example?x"),
        std::string("me@you@wallet.example"), std::string("me me@wallet.example"), std::string("me/x@wallet.example"),
        std::string("me@wallet.example:"), std::string("me@wallet.example:1x"), std::string("me@wallet.example."),
        std::string("m\xc3\xa9@wallet.example"), std::string("me@[::2]"), std::string(300, 'a') + "@wallet.example"})
    CHECK(LightningAddress::parse(wrong).error().code == "lightning_address_malformed");
}

TEST_CASE("an address gives an invoice of exactly the amount asked for") {
  World world;
  const auto coffee = world.ask("me@wallet.example", kCoffeeMsat);
  REQUIRE(coffee);
  CHECK(coffee->text == kCoffee);
  REQUIRE(world.http.seen.size() == 2);
  CHECK(world.http.seen[0].url == "https://wallet.example/.well-known/lnurlp/me");
  CHECK(world.http.seen[1].url == "https://pay.example/cb?id=7&amount=250000000");
  for (const auto& request : world.http.seen) {
    CHECK(request.method == "GET");
    CHECK(request.public_only);
    CHECK(request.max_body < 1'000'000);
  }
  Json offer = terms();
  offer["callback"] = "https://pay.example/cb";
  world.offer = offer.dump();
  REQUIRE(world.ask("me@wallet.example", kCoffeeMsat));
  CHECK(world.http.seen[1].url == "https://pay.example/cb?amount=250000000");
}

TEST_CASE("an invoice for something else is not taken") {
  World world;
  CHECK(world.refused(kCoffeeMsat - 1000) == "lnurl_invoice_wrong");
  CHECK(world.refused(kCoffeeMsat + 1) == "lnurl_invoice_wrong");
  world.clock.jump(std::chrono::seconds(26));  // it lives for a minute, of which half a minute must be left
  CHECK(world.refused() == "lnurl_invoice_wrong");
  world.clock.jump(std::chrono::seconds(-26));
  CHECK(world.refused() == "taken");

  world.invoice = Json{{"pr", kHashed}}.dump();
  CHECK(world.refused(kHashedMsat) == "taken");
  Json offer = terms();
  offer["metadata"] = "[[\"text/plain\",\"another\"]]";
  world.offer = offer.dump();
  CHECK(world.refused(kHashedMsat) == "lnurl_invoice_wrong");
  world.invoice = R"({"pr":"lnbc1nonsense"})";
  CHECK(world.refused() == "invoice_malformed");
}

TEST_CASE("amounts outside of what the address takes are not asked for") {
  World world;
  for (const std::uint64_t msat : {999ull, 10'000'000'001ull}) {
    CHECK(world.refused(msat) == "lnurl_amount_out_of_range");
    CHECK(world.http.seen.size() == 1);
  }
}

TEST_CASE("hostile answers are refused by name") {
  World world;
  const auto with = [](const char* key, const Json& value) {
    Json offer = terms();
    offer[key] = value;
    return offer.dump();
  };
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "lnurl_malformed"},
      {"<html>", "lnurl_malformed"},
      {"[]", "lnurl_malformed"},
      {"{}", "lnurl_malformed"},
      {std::string(100'000, '['), "lnurl_malformed"},
      {with("tag", "withdrawRequest"), "lnurl_malformed"},
      {with("tag", nullptr), "lnurl_malformed"},
      {with("minSendable", 0), "lnurl_malformed"},
      {with("minSendable", -1), "lnurl_malformed"},
      {with("minSendable", "1000"), "lnurl_malformed"},
      {with("minSendable", 20'000'000'000), "lnurl_malformed"},
      {with("maxSendable", 1.5), "lnurl_malformed"},
      {with("metadata", Json::array()), "lnurl_malformed"},
      {with("callback", 5), "lnurl_malformed"},
      {with("callback", ""), "lnurl_callback_forbidden"},
      {with("callback", "http://pay.example/cb"), "lnurl_callback_forbidden"},
      {with("callback", "http://127.0.0.1/cb"), "lnurl_callback_forbidden"},
      {with("callback", "file:///etc/passwd"), "lnurl_callback_forbidden"},
      {with("callback", "https://pay.example/cb#x"), "lnurl_callback_forbidden"},
      {with("callback", "https://me:you@pay.example/cb"), "lnurl_callback_forbidden"},
      {with("callback", "https://pay.example/c b"), "lnurl_callback_forbidden"},
      {with("callback", "https://pay.example/cb\r\nX: y"), "lnurl_callback_forbidden"},
      {with("callback", "https://pay.example/" + std::string(3000, 'x')), "lnurl_callback_forbidden"},
      {R"({"status":"ERROR","reason":"no\u0007 such user"})", "lnurl_refused"},
  };
  for (const auto& row : table) {
    CAPTURE(row.first);
    world.offer = row.first;
    CHECK(world.refused() == row.second);
    CHECK(world.http.seen.size() == 1);
  }
  CHECK(world.ask("me@wallet.example", 1000).error().message == "the Lightning address refuses: no? such user");
  world.status = 404;  // refusals come with any status
  CHECK(world.refused() == "lnurl_refused");
  world.status = 302;
  world.offer = "<a>moved</a>";
  CHECK(world.refused() == "lnurl_unreachable");
  world.http.answer = {};
  world.status = 200;
  world.offer = terms().dump();
  for (const auto& [body, code] : std::vector<std::pair<std::string, std::string>>{
           {"{}", "lnurl_malformed"}, {R"({"pr":5})", "lnurl_malformed"}, {R"({"status":"ERROR"})", "lnurl_refused"}}) {
    world.invoice = body;
    CHECK(world.refused() == code);
  }
}

TEST_CASE("no answer is named as that") {
  World world;
  boost::asio::io_context context(1);
  world.http.answer = [](const net::HttpRequest&) -> util::Result<net::HttpResponse> {
    return util::Error{util::Errc::refused, "wallet.example:443 is not on the public internet", "address_denied"};
  };
  const auto address = LightningAddress::parse("me@wallet.example").value();
  const auto terms_read = net::test::run(context, provider::ask_terms(world.http, address));
  CHECK(terms_read.error().code == "lnurl_unreachable");
  CHECK(terms_read.error().message.find("public internet") != std::string::npos);
}

TEST_CASE("only a local address may name a local callback") {
  World world;
  Json offer = terms();
  offer["callback"] = "http://127.0.0.1:9/cb";
  world.offer = offer.dump();
  REQUIRE(world.ask("me@127.0.0.1:8080", kCoffeeMsat));
  CHECK_FALSE(world.http.seen[0].public_only);
  CHECK_FALSE(world.http.seen[1].public_only);
  offer["callback"] = "http://192.168.0.1/cb";
  world.offer = offer.dump();
  CHECK(world.ask("me@127.0.0.1:8080", kCoffeeMsat).error().code == "lnurl_callback_forbidden");
  offer["callback"] = "https://pay.example/cb";
  world.offer = offer.dump();
  REQUIRE(world.ask("me@127.0.0.1:8080", kCoffeeMsat));
  CHECK(world.http.seen[1].public_only);
}

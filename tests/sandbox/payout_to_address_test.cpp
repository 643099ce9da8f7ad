// Earnings go to the operator's Lightning address by themselves, and nobody else's money does.
#include "provider/payout_to_address.h"

#include <doctest/doctest.h>

#include "tests/sandbox/payout_world.h"

namespace paygress::test {
namespace {

using provider::Account;
using provider::PayoutState;
using provider::PayoutToAddress;

// The address is served by the same loopback server as the mint.
struct Shop : PayoutWorld {
  std::uint64_t max_msat = 1'000'000'000;
  std::vector<std::uint64_t> asked_msat;

  Shop() {
    mint.other_paths = [this](net::ServerRequest request) { return answer(std::move(request)); };
  }
  ~Shop() { mint.other_paths = {}; }

  net::Task<net::ServerResponse> answer(net::ServerRequest request) {
    net::ServerResponse response;
    util::Json json;
    if (request.target == "/.well-known/lnurlp/me") {
      json = {{"tag", "payRequest"},
              {"minSendable", 1000},
              {"maxSendable", max_msat},
              {"callback", mint.url() + "/cb"},
              {"metadata", "[]"}};
    } else {
      asked_msat.push_back(std::stoull(request.query.at("amount")));
      json["pr"] = sandbox::fake_invoice({asked_msat.back(), "address " + std::to_string(asked_msat.size()), clock.now(),
                                          std::chrono::hours(24), "", crypto::sha256(util::as_bytes("[]"))});
    }
    response.body = json.dump();
    co_return response;
  }

  provider::PayoutRules rules() {
    const std::string host = mint.url().substr(7);
    return {provider::LightningAddress::parse("me@" + host).value(), 10'000, 0};
  }
  util::Result<std::optional<provider::Payout>> look(const provider::PayoutRules& with) {
    PayoutToAddress sender(*http, clock, house->mints, house->desk, with);
    return run(sender.look(mint.url(), "sat"));
  }
};

}  // namespace

TEST_CASE("beyond the threshold, what is the operator's own is sent, and what is others' stays") {
  Shop shop;
  shop.earn(9'999);
  CHECK_FALSE(shop.look(shop.rules()).value());
  CHECK(shop.asked_msat.empty());
  shop.earn(50'000, true);
  CHECK_FALSE(shop.look(shop.rules()).value());
  shop.earn(2'001);
  const auto begun = shop.look(shop.rules());
  REQUIRE(begun);
  REQUIRE(*begun);
  CHECK((*begun)->address == shop.rules().address.text());
  // Another look while this is under way begins nothing.
  if (!shop.house->wallet.payouts.open().empty()) CHECK_FALSE(shop.look(shop.rules()).value());
  REQUIRE(shop.end().state == PayoutState::paid);
  CHECK(shop.balance(Account::withdrawn) > 11'700);  // of 12000, less the reserve of a percent
  CHECK(shop.balance(Account::leases) == -50'000);
  CHECK(shop.held() >= 50'000);
  shop.check_books();
  CHECK_FALSE(shop.look(shop.rules()).value());  // below the threshold again
}

TEST_CASE("the operator's reserve stays, and an address is not asked for more than it takes") {
  Shop shop;
  shop.earn(30'000);
  provider::PayoutRules rules = shop.rules();
  rules.reserve_sats = 20'000;
  REQUIRE(shop.look(rules).value());
  REQUIRE(shop.end().state == PayoutState::paid);
  CHECK(shop.house->desk.available(shop.mint.url(), "sat").value() >= 20'000);
  CHECK(shop.balance(Account::withdrawn) > 9'700);

  shop.max_msat = 5'000'999;
  REQUIRE(shop.look(shop.rules()).value());
  REQUIRE(shop.end().state == PayoutState::paid);
  CHECK(shop.asked_msat.back() == 5'000'000);
  shop.check_books();
  shop.max_msat = 999;
  CHECK(shop.look(shop.rules()).error().code == "lnurl_malformed");  // it takes less than it says it takes at least
}

TEST_CASE("whole sats are asked for, as many as are left and as the address takes") {
  const provider::PayTerms terms{"https://pay.example", 1000, 1'000'000'000, "[]"};
  CHECK(PayoutToAddress::amount_to_ask(10'000'500, 2'000, terms) == 9'998'000);
  CHECK(PayoutToAddress::amount_to_ask(3'000, 2'000, terms) == 1'000);
  CHECK(PayoutToAddress::amount_to_ask(2'999, 2'000, terms) == std::nullopt);
  CHECK(PayoutToAddress::amount_to_ask(2'000, 2'000, terms) == std::nullopt);
  CHECK(PayoutToAddress::amount_to_ask(UINT64_MAX, 0, terms) == 1'000'000'000);
}

TEST_CASE("dear inputs are paid for out of what is sent") {
  Shop shop;
  shop.mint.rotate("sat", 5'000);  // five sats for each input
  REQUIRE(shop.run(shop.house->mints.get(shop.mint.url()).refresh()));
  shop.earn(16'383);
  REQUIRE(shop.look(shop.rules()).value());
  CHECK(shop.asked_msat.size() > 1);
  REQUIRE(shop.end().state == PayoutState::paid);
  CHECK(shop.balance(Account::mint_fees) > 5);
  shop.check_books();
}

}  // namespace paygress::test

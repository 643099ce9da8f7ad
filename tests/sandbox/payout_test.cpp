// Lightning payouts against a mint whose payments succeed, fail, hang and lie: each is made once or not at all, and the books
// balance to the sat.
#include <utility>

#include <doctest/doctest.h>

#include "cashu/bolt11.h"
#include "cashu/swap.h"
#include "tests/sandbox/payout_world.h"

namespace paygress::test {
namespace {

using provider::Account;
using provider::Payout;
using provider::PayoutState;
using sandbox::FaultKind;
using sandbox::PaymentOutcome;
using namespace std::literals;

// 1000 sat were earned in proofs of 512 ... 8: six inputs or fewer, so at 100 ppk each payment has an input fee of 1.
struct Shop : PayoutWorld {
  Shop() { earn(1000); }

  void nothing_was_paid(const std::string& paid_invoice) {
    CHECK(mint.lightning().payments(paid_invoice) == 0);
    CHECK(held() == 1000);
    CHECK(balance(Account::withdrawn) == 0);
    check_books();
  }
  void paid_once(const std::string& paid_invoice) {
    CHECK(mint.lightning().payments(paid_invoice) == 1);
    check_books();
    // To the sat: what we do not hold is what was paid, and what mint and Lightning took.
    const std::int64_t gone = balance(Account::withdrawn) + balance(Account::mint_fees) + balance(Account::lightning_fees);
    CHECK(held() == 1000 - static_cast<std::uint64_t>(gone));
    CHECK(mint.books().outstanding_msat() == held() * 1000);
  }
};

std::string code(const util::Result<Payout>& result) { return result ? "begun" : result.error().code; }

}  // namespace

TEST_CASE("an invoice is paid, and what was reserved beyond its cost comes back") {
  Shop shop;
  shop.mint.lightning().routing_fee = 2;
  const std::string invoice = shop.invoice(300);
  const auto paid = shop.pay(invoice);
  REQUIRE(paid);
  REQUIRE(shop.end().state == PayoutState::paid);
  shop.paid_once(invoice);
  CHECK(shop.balance(Account::withdrawn) == 300);
  CHECK(shop.balance(Account::lightning_fees) == 2);
  CHECK(shop.balance(Account::mint_fees) == 1);
  CHECK(shop.held() == 697);

  const util::Json told = to_json(shop.house->desk.payouts().at(0));
  CHECK(told.at("state") == "paid");
  CHECK(told.at("amount") == 300);
  CHECK(told.at("fee") == 3);
  CHECK(told.at("payment_hash") == util::hex(cashu::parse_invoice(invoice)->payment_hash));
  CHECK(told.at("preimage").get<std::string>().size() == 64);
  for (const char* secret : {"inputs", "blanks", "body"}) CHECK_FALSE(told.contains(secret));

  // The change is money like any other.
  const std::string next = shop.invoice(600);
  REQUIRE(shop.pay(next));
  CHECK(shop.end().state == PayoutState::paid);
  shop.check_books();
}

TEST_CASE("everything can be paid out but the fees: the fixpoint of amount, reserve and input fee") {
  Shop shop;
  // 980 + 9 of reserve + 1 of input fee; 990 + 9 + 1 is all there is, and 991 is too much.
  const std::string most = shop.invoice(990);
  CHECK(code(shop.pay(shop.invoice(991))) == "balance_too_low");
  REQUIRE(shop.pay(most));
  CHECK(shop.end().state == PayoutState::paid);
  shop.paid_once(most);
  CHECK(shop.held() == 9);
}

TEST_CASE("a payment that fails leaves everything as it was, and can be tried again") {
  Shop shop;
  shop.mint.lightning().order(PaymentOutcome::fails);
  const std::string invoice = shop.invoice(300);
  REQUIRE(shop.pay(invoice));
  const Payout failed = shop.end();
  CHECK(failed.state == PayoutState::failed);
  CHECK(failed.reason.find("Lightning payment failed") != std::string::npos);
  shop.nothing_was_paid(invoice);
  REQUIRE(shop.pay(invoice));
  CHECK(shop.end().state == PayoutState::paid);
  shop.paid_once(invoice);
}

TEST_CASE("a payment that hangs is waited for, whatever the mint said to the request, and sent once") {
  for (const PaymentOutcome outcome : {PaymentOutcome::hangs, PaymentOutcome::unknown}) {
    for (const bool settled : {true, false}) {
      CAPTURE(settled);
      Shop shop;
      shop.mint.lightning().order(outcome);
      const std::string invoice = shop.invoice(300);
      const auto begun = shop.pay(invoice);
      REQUIRE(begun);
      CHECK(begun->state == PayoutState::journalled);
      CHECK(code(shop.pay(invoice)) == "payout_exists");
      // Asked again and again, also by the next process.
      CHECK(shop.until([&] { return shop.mint.faults().requests("melt_quote_state") > 4; }));
      shop.crash();
      shop.start();
      CHECK(shop.until([&] { return shop.mint.faults().requests("melt_quote_state") > 8; }));
      CHECK(shop.house->wallet.payouts.open().size() == 1);
      shop.mint.end_payments(settled);
      CHECK(shop.end().state == (settled ? PayoutState::paid : PayoutState::failed));
      CHECK(shop.mint.faults().requests("melt") == 1);
      if (settled)
        shop.paid_once(invoice);
      else
        shop.nothing_was_paid(invoice);
    }
  }
}

TEST_CASE("lost requests, lost replies and answers that make no sense end in one payment") {
  const std::vector<std::pair<const char*, sandbox::Fault>> faults = {
      {"melt", {FaultKind::lose_request}},
      {"melt", {FaultKind::lose_reply}},
      {"melt", {FaultKind::status, 502}},
      {"melt", {FaultKind::status, 429}},
      {"melt", {FaultKind::wrong_amount}},
      {"melt", {FaultKind::wrong_id}},
      {"melt", {FaultKind::wrong_dleq}},
      {"melt_quote_state", {FaultKind::status, 500}},
      {"melt_quote_state", {FaultKind::lose_reply}},
      {"checkstate", {FaultKind::status, 500}},
      {"checkstate", {FaultKind::lose_reply}},
      {"restore", {FaultKind::lose_reply}},
  };
  for (const auto& row : faults) {
    const auto& endpoint = row.first;
    const auto& fault = row.second;
    for (const bool doubt : {false, true}) {
      CAPTURE(endpoint);
      CAPTURE(static_cast<int>(fault.kind));
      CAPTURE(doubt);
      Shop shop;
      provider::MintDesk& desk = shop.house->mints.get(shop.mint.url());
      REQUIRE(shop.run(shop.house->scan.make_sure_of_counters(desk, *desk.active("sat"))));  // or it would meet these faults first
      shop.mint.faults().order(endpoint, fault, 2);
      if (endpoint == "restore"sv) shop.mint.faults().order("melt", {FaultKind::wrong_dleq}, 1);
      if (doubt) shop.mint.faults().order("melt", {FaultKind::lose_request}, 1);
      const std::string invoice = shop.invoice(300);
      REQUIRE(shop.pay(invoice));
      CHECK(shop.end().state == PayoutState::paid);
      shop.paid_once(invoice);
      CHECK(shop.held() == 699);  // the change came back, from wherever
    }
  }
}

TEST_CASE("a definite refusal is believed at once, but not while an unanswered copy may live") {
  Shop shop;
  const std::string invoice = shop.invoice(300);
  shop.mint.faults().order("melt", {FaultKind::error, 12002});
  REQUIRE(shop.pay(invoice));
  CHECK(shop.end().state == PayoutState::failed);
  shop.nothing_was_paid(invoice);

  shop.mint.faults().order("melt", {FaultKind::lose_request}, 1);
  shop.mint.faults().order("melt", {FaultKind::error, 12002}, 1);
  const auto began = shop.clock.steady_now();
  REQUIRE(shop.pay(invoice));
  CHECK(shop.end().state == PayoutState::failed);
  CHECK(shop.clock.steady_now() - began >= 2min);
  shop.nothing_was_paid(invoice);
}

TEST_CASE("a request that never arrives is sent until the invoice has expired, then the money is free") {
  Shop shop;
  shop.mint.faults().order("melt", {FaultKind::lose_request}, std::nullopt);
  const std::string invoice = shop.invoice(300, 60s);
  // The mint's quote does not outlive the invoice.
  REQUIRE(shop.pay(invoice));
  const Payout failed = shop.end();
  CHECK(failed.state == PayoutState::failed);
  CHECK(failed.reason.find("expired") != std::string::npos);
  CHECK(*failed.ended_at > cashu::parse_invoice(invoice)->expires_at);
  CHECK(shop.mint.faults().requests("melt") > 1);
  shop.nothing_was_paid(invoice);
  CHECK(code(shop.pay(invoice)) == "invoice_expired");
}

TEST_CASE("a silent mint is waited for, whether or not it has heard of the payment") {
  for (const FaultKind fault : {FaultKind::lose_reply, FaultKind::lose_request}) {
    Shop shop;
    const std::string invoice = shop.invoice(300);
    bool heard = false;
    shop.mint.faults().order("melt", {fault});
    // It falls silent with the first question after the payment's only copy.
    shop.mint.faults().on_request = [&](std::string_view endpoint, std::uint64_t) {
      if (endpoint == "melt_quote_state" && !std::exchange(heard, true)) {
        shop.mint.faults().order("melt_quote_state", {FaultKind::lose_request}, 1);
        shop.mint.go_down();
      }
    };
    REQUIRE(shop.pay(invoice));
    REQUIRE(shop.until([&] { return heard; }));
    shop.run(shop.clock.sleep_for(5min));
    CHECK(shop.house->wallet.payouts.open().size() == 1);
    shop.mint.come_up();
    CHECK(shop.end().state == PayoutState::paid);
    shop.paid_once(invoice);
  }
}

TEST_CASE("change that the mint does not give is a fee, and holds nothing up") {
  Shop shop;
  const std::string invoice = shop.invoice(300);
  for (const char* endpoint : {"melt", "melt_quote_state"})
    shop.mint.faults().order(endpoint, {FaultKind::wrong_dleq}, std::nullopt);
  shop.mint.faults().order("restore", {FaultKind::error, 11000}, std::nullopt);
  CHECK(code(shop.pay(invoice)) == "mint_11000");  // without knowing that its counters are unused it does not begin
  shop.mint.faults().clear("restore");
  shop.mint.faults().on_request = [&](std::string_view endpoint, std::uint64_t) {
    if (endpoint == "melt") shop.mint.faults().order("restore", {FaultKind::error, 11000}, std::nullopt);
  };
  REQUIRE(shop.pay(invoice));
  const Payout paid = shop.end();
  CHECK(paid.state == PayoutState::paid);
  CHECK(paid.change.is_zero());
  CHECK(paid.lightning_fee() == paid.overpaid());
  CHECK(shop.mint.lightning().payments(invoice) == 1);
  shop.check_books();
  CHECK(shop.balance(Account::lightning_fees) == static_cast<std::int64_t>(paid.overpaid().value()));
}

TEST_CASE("inputs that somebody else has spent are given up when the invoice has expired, and only those are lost") {
  Shop shop;
  shop.mint.faults().order("melt", {FaultKind::lose_request}, std::nullopt);
  const auto begun = shop.pay(shop.invoice(600, 300s));
  REQUIRE(begun);
  // Another wallet of the same seed takes the largest of the inputs.
  const provider::PayoutWork work = shop.house->wallet.payouts.work(begun->id);
  REQUIRE(work.inputs.size() > 1);
  const cashu::WalletSeed other{std::array<std::uint8_t, 64>{6}};
  const auto swap = cashu::plan_swap({work.inputs[0]}, cashu::Amount(511), work.keyset, other, 0).value();
  REQUIRE(shop.run(shop.house->mints.get(shop.mint.url()).client().swap(swap.body)));
  CHECK(shop.end().state == PayoutState::failed);
  CHECK(shop.balance(Account::lost) == 512);
  CHECK(shop.held() == 488);
  shop.check_books();
}

TEST_CASE("an invoice is not paid twice, not by two calls at once, and not after it was paid") {
  Shop shop;
  const std::string invoice = shop.invoice(300);
  net::test::RunningFor<util::Result<Payout>> one(shop.io, shop.house->desk.pay(invoice));
  net::test::RunningFor<util::Result<Payout>> other(shop.io, shop.house->desk.pay(invoice));
  REQUIRE(shop.until([&] { return one.done() && other.done(); }));
  CHECK((code(one.value()) == "payout_exists") != (code(other.value()) == "payout_exists"));
  CHECK(shop.end().state == PayoutState::paid);
  CHECK(code(shop.pay(invoice)) == "payout_exists");
  shop.paid_once(invoice);
}

TEST_CASE("what cannot be paid is refused by name, before money moves") {
  Shop shop;
  CHECK(code(shop.pay("lnbc1nonsense")) == "invoice_malformed");
  CHECK(code(shop.pay(shop.invoice(0))) == "invoice_without_amount");
  const auto old = shop.clock.now() - 2h;
  CHECK(code(shop.pay(sandbox::fake_invoice({1000, "old", old}))) == "invoice_expired");
  CHECK(code(shop.run(shop.house->desk.pay(shop.invoice(1), "https://mint.example"))) == "mint_unknown");
  CHECK(code(shop.run(shop.house->desk.pay(shop.invoice(1), "not a mint"))) != "begun");
  // What customers have in running pods is not the operator's.
  shop.earn(5000, true);
  CHECK(shop.held() == 6000);
  CHECK(shop.house->desk.available(shop.mint.url(), "sat") == cashu::Amount(1000));
  CHECK(code(shop.pay(shop.invoice(999))) == "balance_too_low");
  CHECK(code(shop.pay(shop.invoice(3000))) == "balance_too_low");
  CHECK(shop.mint.faults().requests("melt") == 0);
  shop.check_books();
}

TEST_CASE("a payment whose caller goes away is made all the same") {
  Shop shop;
  const std::string invoice = shop.invoice(300);
  shop.mint.lightning().order(PaymentOutcome::hangs);
  net::test::RunningFor<util::Result<Payout>> call(shop.io, shop.house->desk.pay(invoice));
  REQUIRE(shop.until([&] { return shop.mint.faults().requests("melt") == 1; }));
  call.cancel();
  REQUIRE(shop.until([&] { return call.done(); }));
  shop.mint.end_payments(true);
  CHECK(shop.end().state == PayoutState::paid);
  shop.paid_once(invoice);
}

}  // namespace paygress::test

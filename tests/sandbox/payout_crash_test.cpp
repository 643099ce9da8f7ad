// The same payouts, with the process gone after the n-th commit, and at the n-th request to the mint before and after it was
// carried out, for every n: paid once or not at all, never forgotten, and the books balance.
#include <doctest/doctest.h>

#include "tests/sandbox/payout_world.h"

namespace paygress::test {
namespace {

using provider::Account;
using provider::PayoutState;
using sandbox::FaultKind;
using sandbox::PaymentOutcome;

enum class At { commit, request, done };

struct Scenario {
  const char* name;
  PaymentOutcome outcome = PaymentOutcome::settles;
  std::optional<sandbox::Fault> fault = {};
  bool hangs_then_settles = false;
};

// False when the run has no n-th such moment.
bool crashes_at(const Scenario& scenario, At at, std::uint64_t n) {
  PayoutWorld world;
  world.earn(1000);
  const std::string invoice = world.invoice(300);
  if (scenario.outcome != PaymentOutcome::settles) world.mint.lightning().order(scenario.outcome);
  if (scenario.fault) world.mint.faults().order("melt", *scenario.fault, 1);

  std::uint64_t seen = 0;
  bool crashed = false;
  std::optional<net::test::RunningFor<util::Result<provider::Payout>>> call;
  const auto count = [&] {
    if (++seen != n) return;
    crashed = true;
    if (call) call->cancel();
    world.desk_runs->cancel();
  };
  if (at == At::commit) world.database.after_commit = [&](std::uint64_t) { count(); };
  if (at == At::request) world.mint.faults().on_request = [&](std::string_view, std::uint64_t) { count(); };
  if (at == At::done) world.mint.faults().on_done = [&](std::string_view) { count(); };

  call.emplace(world.io, world.house->desk.pay(invoice));
  const auto over = [&] { return crashed || (call->done() && world.house->wallet.payouts.open().empty()); };
  const auto hanging = [&] {
    return over() || (call->done() && scenario.hangs_then_settles && world.mint.faults().requests("melt_quote_state") > 2);
  };
  REQUIRE(world.until(hanging));
  if (!crashed && scenario.hangs_then_settles) world.mint.end_payments(true);
  REQUIRE(world.until(over));
  world.database.after_commit = {};
  world.mint.faults().on_request = {};
  world.mint.faults().on_done = {};
  if (crashed) {
    REQUIRE(world.until([&] { return call->done(); }));
    call.reset();
    world.crash();
    world.start();
    if (scenario.hangs_then_settles) {
      const auto taken_up = [&] {
        return world.house->wallet.payouts.open().empty() || world.mint.faults().requests("melt_quote_state") > 4;
      };
      REQUIRE(world.until(taken_up));
      world.mint.end_payments(true);
    }
    REQUIRE(world.until([&] { return world.house->wallet.payouts.open().empty(); }));
  }

  const auto payouts = world.house->desk.payouts();
  const bool paid = !payouts.empty() && payouts[0].state == PayoutState::paid;
  CHECK(payouts.size() <= 1);
  CHECK(world.mint.lightning().payments(invoice) == (paid ? 1 : 0));
  if (scenario.outcome == PaymentOutcome::settles && !payouts.empty()) CHECK(paid);
  CHECK(world.balance(Account::withdrawn) == (paid ? 300 : 0));
  CHECK(world.held() == (paid ? 699 : 1000));
  CHECK(world.mint.books().outstanding_msat() == world.held() * 1000);
  world.check_books();
  return crashed;
}

}  // namespace

TEST_CASE("a payout survives the end of the process at every moment") {
  const std::vector<Scenario> scenarios = {
      {"settles"},
      {"fails", PaymentOutcome::fails},
      {"hangs, then settles", PaymentOutcome::hangs, {}, true},
      {"unknown, then settles", PaymentOutcome::unknown, {}, true},
      {"its request is lost", PaymentOutcome::settles, sandbox::Fault{FaultKind::lose_request}},
      {"its reply is lost", PaymentOutcome::settles, sandbox::Fault{FaultKind::lose_reply}},
      {"its reply proves something else", PaymentOutcome::settles, sandbox::Fault{FaultKind::wrong_dleq}},
  };
  int moments = 0;
  for (const Scenario& scenario : scenarios) {
    for (const At at : {At::commit, At::request, At::done}) {
      CAPTURE(scenario.name);
      CAPTURE(static_cast<int>(at));
      std::uint64_t n = 1;
      for (; crashes_at(scenario, at, n); ++n) {
        CAPTURE(n);
        REQUIRE(n < 50);
      }
      CHECK(n > 1);
      moments += static_cast<int>(n) - 1;
    }
  }
  MESSAGE("crash points of payouts: " << moments);
}

}  // namespace paygress::test

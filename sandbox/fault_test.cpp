#include "sandbox/fault.h"

#include <doctest/doctest.h>

namespace paygress::sandbox {

TEST_CASE("faults are carried out in the order they were given, then all is well again") {
  FaultPlan plan;
  REQUIRE(plan.order_text("swap=delay(250):2"));
  REQUIRE(plan.order_text("swap=lose_reply"));
  for (int i = 0; i < 2; ++i) {
    const auto fault = plan.next("swap");
    REQUIRE(fault);
    CHECK(fault->kind == FaultKind::delay);
    CHECK(fault->argument == 250);
  }
  CHECK(plan.next("swap")->kind == FaultKind::lose_reply);
  CHECK(!plan.next("swap"));
  CHECK(plan.requests("swap") == 4);
  CHECK(plan.carried_out() == 3);
}

TEST_CASE("a fault without end stays until it is cleared") {
  FaultPlan plan;
  REQUIRE(plan.order_text("keys=status(429):*"));
  for (int i = 0; i < 10; ++i) CHECK(plan.next("keys"));
  REQUIRE(plan.order_text("keys=none"));
  CHECK(!plan.next("keys"));
}

TEST_CASE("what is ordered for a resource or for all holds for each verb") {
  FaultPlan plan;
  plan.order("services", {FaultKind::status, 500});
  plan.order("any", {FaultKind::status, 503});
  CHECK(plan.next("create_services")->argument == 500);
  CHECK(plan.next("list_pods")->argument == 503);
  CHECK(!plan.next("list_pods"));
}

TEST_CASE("an order that makes no sense is refused") {
  FaultPlan plan;
  for (const char* text : {"swap", "=lose_reply", "swap=vanish", "swap=delay", "swap=lose_reply(1)", "swap=status(x)",
                           "swap=lose_reply:many", "swap=delay(5"}) {
    CAPTURE(text);
    CHECK(!plan.order_text(text));
  }
}

TEST_CASE("a crash test hears of every request before it is looked at") {
  FaultPlan plan;
  std::uint64_t last = 0;
  plan.on_request = [&](std::string_view, std::uint64_t number) { last = number; };
  plan.next("swap");
  plan.next("restore");
  CHECK(last == 2);
}

}  // namespace paygress::sandbox

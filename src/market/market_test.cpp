#include <doctest/doctest.h>

#include <limits>

#include "market/catalogue.h"
#include "market/lease.h"

using namespace paygress;
using namespace paygress::market;
using contract::ErrorType;

namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

Catalogue catalogue() {
  Catalogue shop;
  shop.specs = {{"basic", "Basic", "one core", 1000, 1024, 100}, {"big", "Big", "four cores", 4000, 8192, 400}};
  shop.base_image = "base:1";
  shop.allowed_images = {"debian:12"};
  shop.maximum_lease = std::chrono::seconds(10000);
  return shop;
}

Order spawn_order() {
  Order order;
  order.id = std::string(64, 'a');
  order.customer = std::string(64, 'c');
  order.request_id = "r1";
  order.want = PodWish{catalogue().specs[0], "base:1", "alice", util::Secret("password"), ""};
  order.token = util::Secret("cashuBtoken");
  order.state = Checking{};
  return order;
}

Order top_up_order() {
  Order order = spawn_order();
  order.want = PodExtension{"abcdefabcdef", 100};
  return order;
}

Order after(Order order, std::initializer_list<OrderEvent> events) {
  for (const OrderEvent& event : events) order = market::advance(order, event).next;
  return order;
}

template <class T>
const T& only(const Step& step) {
  REQUIRE(step.actions.size() == 1);
  return std::get<T>(step.actions[0]);
}

}  // namespace

TEST_CASE("money buys whole seconds and the rest stays as credit") {
  CHECK(buy(6050, 0, 100) == Purchase{std::chrono::seconds(60), 50});
  CHECK(buy(50, 50, 100) == Purchase{std::chrono::seconds(1), 0});
  CHECK(buy(99, 0, 100) == Purchase{std::chrono::seconds(0), 99});
  CHECK(buy(kMax, kMax, 1).duration == std::chrono::seconds::max());
  CHECK(price_of(std::chrono::seconds(60), 100) == 6000);
  CHECK(price_of(std::chrono::seconds(2), kMax) == kMax);
  CHECK(Payment{5, 7}.net_msats() == 0);
}

TEST_CASE("a request gets the pod it names, the first specification by default, and nothing that is not sold") {
  contract::SpawnRequest request;
  request.ssh_username = "alice";
  CHECK(std::get<PodWish>(admit(request, catalogue())).spec.id == "basic");
  CHECK(std::get<PodWish>(admit(request, catalogue())).image == "base:1");
  request.pod_spec_id = "big";
  request.pod_image = "debian:12";
  CHECK(std::get<PodWish>(admit(request, catalogue())).spec.id == "big");
  request.pod_image = "evil:latest";
  CHECK(std::get<contract::ErrorAnswer>(admit(request, catalogue())).code == "image_not_allowed");
  request.pod_spec_id = "huge";
  CHECK(std::get<contract::ErrorAnswer>(admit(request, catalogue())).type == ErrorType::invalid_spec);
}

TEST_CASE("the net amount decides: too little and too much are both refused untouched") {
  const PodWish wish = std::get<PodWish>(spawn_order().want);
  CHECK_FALSE(judge_spawn({6000, 0}, wish, catalogue()));
  CHECK_FALSE(judge_spawn({7000, 1000}, wish, catalogue()));
  CHECK(judge_spawn({6999, 1000}, wish, catalogue())->type == ErrorType::insufficient_payment);
  CHECK(judge_spawn({6999, 1000}, wish, catalogue())->details ==
        "face 6999 msats, fee 1000 msats, net 5999 msats, required 6000 msats");
  CHECK(judge_spawn({kMax, 0}, wish, catalogue())->code == "duration_too_long");
  const PodExtension extension{"x", 100};
  CHECK_FALSE(judge_top_up({100, 0}, extension, 0, std::chrono::seconds(0), catalogue()));
  CHECK_FALSE(judge_top_up({50, 0}, extension, 50, std::chrono::seconds(0), catalogue()));
  CHECK(judge_top_up({99, 0}, extension, 0, std::chrono::seconds(0), catalogue())->code == "insufficient_payment");
  CHECK(judge_top_up({100000, 0}, extension, 0, std::chrono::seconds(9001), catalogue())->code == "duration_too_long");
  CHECK(judge_top_up({kMax, 0}, extension, kMax, std::chrono::seconds::max(), catalogue())->code == "duration_too_long");
}

TEST_CASE("a paid order becomes a pod, and the paid time starts when SSH answers") {
  const Order paid = after(spawn_order(), {event::Admitted{{7050, 1000}}, event::Claimed{}});
  const auto& provisioning = std::get<Provisioning>(paid.state);
  CHECK(provisioning.purchase == Purchase{std::chrono::seconds(60), 50});
  CHECK(paid.token.empty());
  CHECK_FALSE(std::get<PodWish>(paid.want).ssh_password.empty());
  const Step ready = market::advance(paid, event::PodReady{util::from_unix(1000)});
  only<action::ReplyDelivered>(ready);
  CHECK(std::get<Delivered>(ready.next.state).ends_at == util::from_unix(1060));
  CHECK(std::get<PodWish>(ready.next.want).ssh_password.empty());
  CHECK(ready.next.is_final());
}

TEST_CASE("what is refused before or by the mint leaves the token with the customer") {
  const Refusal spent{ErrorType::invalid_token, "token_spent", "spent", {}, false};
  for (const Step& step : {market::advance(spawn_order(), event::Declined{spent}),
                           market::advance(after(spawn_order(), {event::Admitted{{7000, 0}}}), event::ClaimRefused{spent})}) {
    const auto& answer = only<action::ReplyError>(step).answer;
    CHECK(answer.type == ErrorType::invalid_token);
    CHECK(answer.code == "token_spent");
    CHECK(answer.request_id == "r1");
    CHECK_FALSE(answer.token_consumed);
    CHECK(step.next.token.empty());
  }
  CHECK(only<action::ReplyError>(market::advance(top_up_order(), event::Declined{spent})).answer.type == ErrorType::payment_failed);
  const Refusal gone{ErrorType::pod_not_found, "pod_not_found", "no such pod", {}, false};
  CHECK(only<action::ReplyError>(market::advance(top_up_order(), event::Declined{gone})).answer.type == ErrorType::pod_not_found);
}

TEST_CASE("money that was claimed for nothing comes back exactly once") {
  const Order failed = after(spawn_order(), {event::Admitted{{7000, 0}}, event::Claimed{}, event::PodFailed{"image_pull_failed"}});
  CHECK(std::holds_alternative<action::MakeRefund>(*awaited(failed)));
  const Step back = advance(failed, event::RefundReady{util::Secret("cashuBback")});
  const auto& answer = only<action::ReplyError>(back).answer;
  CHECK(answer.type == ErrorType::pod_creation_failed);
  CHECK(answer.token_consumed);
  CHECK(answer.refund_token->reveal() == "cashuBback");
  CHECK(market::advance(back.next, event::RefundReady{util::Secret("another")}).actions.empty());
  CHECK_FALSE(awaited(back.next));
}

TEST_CASE("a top-up extends with the pod's credit, or comes back when the pod was already ending") {
  const Order paid = after(top_up_order(), {event::Admitted{{1050, 0}}, event::Claimed{50}});
  CHECK(std::get<Extending>(paid.state).purchase == Purchase{std::chrono::seconds(11), 0});
  only<action::ReplyDelivered>(market::advance(paid, event::Extended{util::from_unix(2000)}));
  const Step late = market::advance(paid, event::ExtensionTooLate{});
  only<action::MakeRefund>(late);
  CHECK(std::get<Refunding>(late.next.state).answer.type == ErrorType::payment_failed);
}

TEST_CASE("the customer hears once that it takes longer, and late events change nothing") {
  const Step first = market::advance(spawn_order(), event::Delayed{"mint_slow"});
  only<action::ReplyProcessing>(first);
  CHECK(market::advance(first.next, event::Delayed{"mint_slow"}).actions.empty());
  const Order done = after(spawn_order(), {event::Admitted{{7000, 0}}, event::Claimed{}, event::PodReady{util::from_unix(5)}});
  for (const OrderEvent& late : {OrderEvent(event::Admitted{}), OrderEvent(event::Claimed{}), OrderEvent(event::PodFailed{"x"}),
                                 OrderEvent(event::Declined{}), OrderEvent(event::RefundReady{util::Secret("t")})}) {
    const Step step = market::advance(done, late);
    CHECK(step.actions.empty());
    CHECK(std::holds_alternative<Delivered>(step.next.state));
  }
}

TEST_CASE("a lease runs from the first SSH answer and a payment only moves its end") {
  Lease lease;
  lease = activated(lease, util::from_unix(100), {std::chrono::seconds(60), 7}, 2001, "SHA256:x");
  CHECK(lease.ends_at == util::from_unix(160));
  CHECK(lease.credit_msats == 7);
  lease = extended(lease, {1000, 10}, {std::chrono::seconds(10), 3});
  CHECK(lease.ends_at == util::from_unix(170));
  CHECK(lease.started_at == util::from_unix(100));
  CHECK(lease.credit_msats == 3);
  CHECK(lease.paid == Payment{1000, 10});
}

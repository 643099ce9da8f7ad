#include <doctest/doctest.h>

#include "provider/records.h"

using namespace paygress;

namespace {

market::Order order_in(market::OrderState state) {
  market::Order order;
  order.id = std::string(64, 'a');
  order.customer = std::string(64, 'c');
  order.protocol = market::Protocol::nip04;
  order.message_id = std::string(64, 'e');
  order.request_id = "mine";
  order.received_at = util::from_unix(1'760'000'000);
  const contract::PodSpec spec{"basic", "Basic", "one core", 1000, 1024, 100};
  order.want = market::PodWish{spec, "image:1", "alice", util::Secret("pass\"word"), ""};
  order.token = util::Secret("cashuBtoken");
  order.plain_words = true;
  order.told_processing = true;
  order.state = std::move(state);
  return order;
}

}  // namespace

TEST_CASE("an order in any state is the same after it was stored and loaded") {
  const market::Payment payment{7000, 1000};
  const market::Purchase purchase{std::chrono::seconds(60), 3};
  contract::ErrorAnswer answer;
  answer.type = contract::ErrorType::pod_creation_failed;
  answer.code = "start_timeout";
  answer.message = "It did not start.";
  answer.token_consumed = true;
  contract::ErrorAnswer with_token = answer;
  with_token.refund_token = util::Secret("cashuBback");
  const std::vector<market::OrderState> states = {market::Checking{},
                                                  market::Redeeming{payment},
                                                  market::Provisioning{payment, purchase},
                                                  market::Extending{payment, purchase},
                                                  market::Delivered{payment, purchase, util::from_unix(1'760'000'060)},
                                                  market::Refused{answer},
                                                  market::Refunding{payment, answer},
                                                  market::Refunded{with_token}};
  for (const market::OrderState& state : states) {
    const std::string record = provider::to_record(order_in(state));
    const market::Order loaded = provider::order_from_record(record);
    CHECK(loaded.state.index() == state.index());
    CHECK(provider::to_record(loaded) == record);
  }
  const market::Order refunded = provider::order_from_record(provider::to_record(order_in(market::Refunded{with_token})));
  CHECK(std::get<market::Refunded>(refunded.state).answer.refund_token->reveal() == "cashuBback");
}

TEST_CASE("a top-up and a lease are the same after they were stored and loaded") {
  market::Order order = order_in(market::Checking{});
  order.want = market::PodExtension{"abcdefabcdef", 100};
  const std::string record = provider::to_record(order);
  CHECK(provider::order_from_record(record).is_top_up());
  CHECK(provider::to_record(provider::order_from_record(record)) == record);

  market::Lease lease;
  lease.id = "abcdefabcdef";
  lease.owner = std::string(64, 'c');
  lease.spec = {"basic", "Basic", "one core", 1000, 1024, 100};
  lease.state = market::LeaseState::active;
  lease.node_port = 2001;
  lease.ends_at = util::from_unix(1'760'000'060);
  lease.credit_msats = 7;
  lease.paid = {7000, 1000};
  const std::string stored = provider::to_record(lease);
  CHECK(provider::to_record(provider::lease_from_record(stored)) == stored);
}

TEST_CASE("what this program did not write is not guessed at") {
  CHECK_THROWS(provider::order_from_record("{}"));
  std::string record = provider::to_record(order_in(market::Checking{}));
  record.replace(record.find("checking"), 8, "charging");
  CHECK_THROWS(provider::order_from_record(record));
}

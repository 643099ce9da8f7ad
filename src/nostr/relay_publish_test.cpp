// The outbox, strangers and look-ups.
#include "nostr/pool_world_test_support.h"

using namespace paygress;
using namespace paygress::nostr;
using namespace std::chrono_literals;
using nostr::test::ScriptedRelay;
using World = nostr::test::PoolWorld;
using nostr::test::as_publish;
using nostr::test::as_request;

TEST_CASE("publishing: every answer of a relay means what it says") {
  World world;
  world.options.silence_limit = 10s;
  std::vector<std::pair<bool, std::string>> answers;
  world.relay().script = [&](ScriptedRelay::Session& session, const ClientMessage& message) {
    if (as_publish(message) == nullptr || answers.empty()) return false;
    const auto [accepted, reason] = answers.front();
    answers.erase(answers.begin());
    if (reason != "silence") session.say(ok_message(as_publish(message)->event.id, accepted, reason));
    return true;
  };
  world.start();
  REQUIRE(world.is_caught_up());
  const Event event = world.event("reply", 0s, 1);

  SUBCASE("OK") { CHECK(world.publish(event).accepted); }
  SUBCASE("OK with a remark") {
    answers = {{true, "duplicate: have it already"}};
    CHECK(world.publish(event).accepted);
  }
  SUBCASE("a duplicate is there, whatever the flag says") {
    answers = {{false, "duplicate: have it already"}};
    CHECK(world.publish(event).accepted);
  }
  SUBCASE("refused for good, with the relay's words made harmless") {
    answers = {{false, "blocked: pay first\n\x1b[31m"}};
    const auto result = world.publish(event);
    CHECK_FALSE(result.accepted);
    CHECK(result.reason == "blocked: pay first??[31m");
    CHECK(world.relay().published.size() == 1);
  }
  SUBCASE("rate-limited: the same event again, a little later") {
    answers = {{false, "rate-limited: slow down"}, {false, "rate-limited: slower"}};
    CHECK(world.publish(event).accepted);
    REQUIRE(world.relay().published.size() == 3);
    CHECK(world.relay().published[2].id == event.id);
  }
  SUBCASE("no answer") {
    answers = {{false, "silence"}};
    const auto result = world.publish(event, 100ms);
    CHECK_FALSE(result.accepted);
    CHECK(result.reason == "no answer in time");
  }
  SUBCASE("the connection breaks before the answer: sent again on the next") {
    answers = {{false, "silence"}};
    net::test::RunningFor<PublishReport> publishing(world.context, world.pool->publish(event, {}, 5s));
    REQUIRE(world.run_until([&] { return world.relay().published.size() == 1; }));
    world.relay().cut();
    REQUIRE(world.run_until([&] { return publishing.done(); }));
    CHECK(publishing.value().accepted() == 1);
    CHECK(world.relay().published.size() == 2);
  }
}

TEST_CASE("a relay that hangs does not hold up the receipt of the others") {
  World world(2);
  world.options.straggler_grace = 50ms;
  world.relay(1).script = [](ScriptedRelay::Session&, const ClientMessage& message) { return as_publish(message) != nullptr; };
  world.start();
  REQUIRE(world.is_caught_up(0));
  REQUIRE(world.is_caught_up(1));
  const auto start = world.clock.steady_now();
  const auto report = net::test::run(world.context, world.pool->publish(world.event("reply", 0s, 1), {}, 10s));
  CHECK(world.clock.steady_now() - start < 5s);
  CHECK(report.accepted() == 1);
  CHECK(report.relays[0].accepted);
  CHECK(report.relays[1].reason == "no answer in time");
}

TEST_CASE("a relay that wants AUTH for an EVENT gets it, and the event again") {
  World world;
  world.start();
  REQUIRE(world.is_caught_up());
  world.relay().script = [](ScriptedRelay::Session& session, const ClientMessage& message) {
    if (as_publish(message) == nullptr || session.authenticated) return false;
    session.say(ok_message(as_publish(message)->event.id, false, "auth-required: who are you"));
    session.say(auth_challenge_message("after the refusal"));
    return true;
  };
  const auto result = world.publish(world.event("reply", 0s, 1));
  CHECK(result.accepted);
  CHECK(world.relay().published.size() == 2);
}

TEST_CASE("a stranger's relay gets the event and never our AUTH") {
  World world;
  world.start();
  REQUIRE(world.is_caught_up());
  ScriptedRelay stranger(world.context.get_executor());
  const Event event = world.event("reply");
  SUBCASE("it takes the event") {
    const auto report = net::test::run(world.context, world.pool->publish(event, {stranger.url()}, 5s));
    REQUIRE(report.relays.size() == 1);
    CHECK(report.accepted() == 1);
    CHECK(stranger.requests.empty());
    CHECK(world.relay().published.empty());
  }
  SUBCASE("it asks who we are") {
    stranger.on_connect = [](ScriptedRelay::Session& session) { session.say(auth_challenge_message("tell me")); };
    stranger.script = [](ScriptedRelay::Session& session, const ClientMessage& message) {
      if (as_publish(message) == nullptr) return false;
      session.say(ok_message(as_publish(message)->event.id, false, "auth-required: who are you"));
      return true;
    };
    const auto report = net::test::run(world.context, world.pool->publish(event, {stranger.url()}, 5s));
    CHECK(report.accepted() == 0);
    CHECK(report.relays[0].reason == "auth-required: who are you");
    CHECK(stranger.auths.empty());
  }
  SUBCASE("nobody is there: said at once") {
    const auto report = net::test::run(world.context, world.pool->publish(event, {*util::Url::parse("ws://127.0.0.1:1")}, 5s));
    CHECK(report.accepted() == 0);
    CHECK(report.relays[0].reason.find("refused") != std::string::npos);
  }
  SUBCASE("one of several is enough to say so") {
    const auto report = net::test::run(
        world.context, world.pool->publish(event, {*util::Url::parse("ws://127.0.0.1:1"), stranger.url(), stranger.url()}, 5s));
    CHECK(report.relays.size() == 2);
    CHECK(report.accepted() == 1);
  }
  stranger.stop();
  world.context.run_for(20ms);
}

TEST_CASE("a private address is not dialled for a stranger") {
  World world;
  world.options.dial.public_only = true;
  RelayPool strangers(world.context.get_executor(), *world.dialer, world.clock, world.random, {}, world.options);
  const auto report = net::test::run(world.context, strangers.publish(world.event("reply"), {world.relay().url()}, 5s));
  CHECK(report.accepted() == 0);
  CHECK(report.relays[0].reason.find("not on the public internet") != std::string::npos);
  CHECK(world.relay().connections == 0);
}

TEST_CASE("stored events can be looked up, verified and each once") {
  World world(2);
  Event forged = world.event("forged", 0s, 10050);
  forged.sig[0] ^= 1;
  const Event list = world.event("relays", 10s, 10050);
  world.relay(0).stored = {forged, list, world.event("other kind", 0s, 1)};
  world.relay(1).stored = {list};
  Filter filter;
  filter.kinds = std::vector<std::uint16_t>{10050};
  filter.authors = std::vector<crypto::PublicKey>{world.customer.public_key()};

  SUBCASE("by a pool that runs") {
    world.start();
    REQUIRE(world.is_caught_up(0));
    const auto events = net::test::run(world.context, world.pool->fetch(filter, {}, 5s));
    REQUIRE(events.size() == 1);
    CHECK(events[0].id == list.id);
    CHECK(world.relay(0).connections == 1);
  }
  SUBCASE("by one that does not") {
    RelayPool pool(world.context.get_executor(), *world.dialer, world.clock, world.random, {world.relay(0).url()}, world.options);
    const auto events = net::test::run(world.context, pool.fetch(filter, {world.relay(0).url(), world.relay(1).url()}, 5s));
    REQUIRE(events.size() == 1);
    CHECK(events[0].id == list.id);
  }
  SUBCASE("a relay that never says EOSE costs its time and no more") {
    world.relay(0).script = [&](ScriptedRelay::Session& session, const ClientMessage& message) {
      if (as_request(message) == nullptr) return false;
      world.relay(0).answer(session, *as_request(message), false);
      return true;
    };
    RelayPool pool(world.context.get_executor(), *world.dialer, world.clock, world.random, {}, world.options);
    const auto events = net::test::run(world.context, pool.fetch(filter, {world.relay(0).url()}, 200ms));
    CHECK(events.size() == 1);
  }
}

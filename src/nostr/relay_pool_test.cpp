// The inbox: what comes in, from relays that behave like the real ones and like the worst of them.
#include <set>
#include <stdexcept>

#include "nostr/pool_world_test_support.h"

using namespace paygress;
using namespace paygress::nostr;
using namespace std::chrono_literals;
using nostr::test::ScriptedRelay;
using World = nostr::test::PoolWorld;
using nostr::test::as_publish;
using nostr::test::as_request;
using nostr::test::kKind;

TEST_CASE("stored events come first, live ones follow, and two relays hand out each once") {
  World world(2);
  const Event both = world.event("both");
  const Event old = world.event("two days old", 48h);
  world.relay(0).stored = {both, old};
  world.relay(1).stored = {both};
  world.start();
  REQUIRE(world.receives(2));
  REQUIRE(world.is_caught_up(0));
  REQUIRE(world.is_caught_up(1));
  // A fresh gift wrap carries a date of up to two days ago.
  const Event live = world.event("live but back-dated", 47h);
  world.relay(0).store_and_send(live);
  world.relay(1).store_and_send(live);
  REQUIRE(world.receives(3));
  REQUIRE(world.run_until([&] { return world.pool->status()[0].duplicates + world.pool->status()[1].duplicates == 2; }));
  CHECK(world.received.size() == 3);
  CHECK(world.received.back().id == live.id);
}

TEST_CASE("everything is fetched from a relay that cuts its pages, even a flood within one second") {
  World world;
  world.relay().page_limit = 30;
  for (int i = 0; i < 75; ++i) world.relay().stored.push_back(world.event(std::to_string(i), std::chrono::seconds(10 * i)));
  for (int i = 0; i < 25; ++i) world.relay().stored.push_back(world.event("same second " + std::to_string(i), 200s));
  world.start();
  REQUIRE(world.is_caught_up());
  CHECK(world.received.size() == 100);
}

TEST_CASE("CLOSED is never final, whatever its reason") {
  for (const char* reason : {"error: shutting down idle subscription", "ERROR: bad req: too many", "rate-limited: slow down", "",
                             "whatever", "restricted: not you", "unsupported: filter"}) {
    CAPTURE(reason);
    World world;
    world.relay().stored = {world.event("late")};
    int refusals = 3;
    world.relay().script = [&](ScriptedRelay::Session& session, const ClientMessage& message) {
      if (as_request(message) == nullptr || refusals == 0) return false;
      --refusals;
      session.say(closed_message(as_request(message)->subscription, reason));
      return true;
    };
    world.start();
    CHECK(world.receives(1));
    CHECK(world.is_caught_up());
    CHECK(world.relay().connections == 1);
  }
}

TEST_CASE("a live subscription that the relay closes is opened again") {
  World world;
  world.start();
  REQUIRE(world.is_caught_up());
  world.relay().on_connect = {};
  ScriptedRelay& relay = world.relay();
  const std::string live = relay.requests.back().subscription;
  relay.script = [&](ScriptedRelay::Session& session, const ClientMessage& message) {
    if (as_publish(message) == nullptr) return false;
    session.open.clear();
    session.say(closed_message(live, "error: database restarted"));
    session.say(ok_message(as_publish(message)->event.id, true, ""));
    return true;
  };
  CHECK(world.publish(world.event("poke", 0s, 1)).accepted);
  relay.script = {};
  const std::size_t before = relay.requests.size();
  REQUIRE(world.run_until([&] { return relay.requests.size() > before; }));
  relay.store_and_send(world.event("after all"));
  CHECK(world.receives(1));
}

TEST_CASE("a relay that owes an answer and is silent is left and dialled again") {
  World world;
  world.options.silence_limit = 100ms;
  world.relay().stored = {world.event("one")};
  world.relay().script = [](ScriptedRelay::Session& session, const ClientMessage&) { return session.number == 1; };
  world.start();
  REQUIRE(world.receives(1));
  CHECK(world.relay().connections >= 2);
}

TEST_CASE("a quiet subscription is asked for again from time to time") {
  World world;
  world.options.refresh_after = 100ms;
  world.start();
  REQUIRE(world.is_caught_up());
  const auto first = world.last_good.begin()->second;
  REQUIRE(world.run_until([&] { return world.relay().requests.size() >= 3; }));
  REQUIRE(world.run_until([&] { return world.last_good.begin()->second > first; }));
  CHECK(world.relay().connections == 1);
}

TEST_CASE("a forged copy that comes first does not make us drop the honest event") {
  World world(2);
  const Event honest = world.event("pay me");
  Event forged = honest;
  forged.sig[10] ^= 1;
  Event altered = honest;
  altered.content = "pay somebody else";
  world.relay(0).stored = {forged, altered, forged};
  world.start();
  REQUIRE(world.is_caught_up(0));
  CHECK(world.received.empty());
  CHECK(world.pool->status()[0].rejected == 3);
  world.relay(1).store_and_send(honest);
  world.relay(0).store_and_send(honest);
  REQUIRE(world.receives(1));
  world.context.run_for(50ms);
  REQUIRE(world.received.size() == 1);
  CHECK(world.received[0].content == "pay me");
  CHECK(verify(world.received[0]));
}

TEST_CASE("what was not asked for, too large or broken is counted and nothing else") {
  World world;
  const Event other_kind = world.event("kind 1", 0s, 1);
  const Event large = world.event(std::string(70'000, 'x'));
  world.relay().script = [&](ScriptedRelay::Session& session, const ClientMessage& message) {
    const auto* request = as_request(message);
    if (request == nullptr) return false;
    session.say("nonsense");
    session.say("[]");
    session.say("[\"EVENT\"]");
    session.say("[\"EVENT\",\"" + request->subscription + "\",{}]");
    session.say(event_message(request->subscription, other_kind));
    session.say(event_message(request->subscription, large));
    session.say(event_message("nobody's", world.event("x")));
    session.say(notice_message("hello\n\x1b[31m"));
    session.say(ok_message(large.id, true, ""));
    session.say("[\"NEG-ERR\",\"x\",\"y\"]");
    return false;
  };
  world.start();
  REQUIRE(world.is_caught_up());
  CHECK(world.received.empty());
  CHECK(world.pool->status()[0].rejected == 7);
  CHECK(world.relay().connections == 1);
}

TEST_CASE("what was published while the relay was down is delivered after it is back") {
  World world;
  world.start();
  REQUIRE(world.is_caught_up());
  world.relay().stop();
  REQUIRE(world.run_until([&] { return !world.pool->status()[0].connected; }));
  CHECK_FALSE(world.pool->status()[0].last_error.empty());
  world.context.restart();
  world.context.run_for(200ms);
  const Event meanwhile = world.event("meanwhile", 47h);
  world.relay().stored.push_back(meanwhile);
  world.relay().restart();
  REQUIRE(world.receives(1));
  CHECK(world.received[0].id == meanwhile.id);
  CHECK(world.pool->status()[0].connects == 2);
}

TEST_CASE("the filter's since comes from our clock at the last EOSE and survives a restart") {
  World world;
  const std::string url = world.relay().url().text();
  const util::Time stopped = world.clock.now() - 100h;
  world.last_good.emplace(url, stopped);
  world.relay().stored = {world.event("from the outage", 120h), world.event("dated next year", -8760h)};
  world.start();
  REQUIRE(world.is_caught_up());
  CHECK(world.received.size() == 2);
  CHECK(world.relay().requests[0].filters[0].since <= util::unix_seconds(stopped - 49h));
  CHECK(world.relay().requests[0].filters[0].since > util::unix_seconds(stopped - 50h));
  // Not moved by the event of next year.
  CHECK(world.last_good.at(url) <= world.clock.now());
  CHECK(world.last_good.at(url) > world.clock.now() - 1min);
  for (const auto& request : world.relay().requests) {
    for (const auto& filter : request.filters) {
      CHECK(filter.limit > 0);
      CHECK(filter.since <= util::unix_seconds(world.clock.now() - 48h));
      CHECK(filter.kinds == std::vector<std::uint16_t>{kKind});  // never mixed with another kind
    }
  }
}

TEST_CASE("no filter is asked twice, for a relay may answer the second one from a cache") {
  World world;
  world.start();
  std::set<std::int64_t> asked;
  constexpr std::size_t kTimes = 5;
  for (std::size_t i = 0; i < kTimes; ++i) {
    REQUIRE(world.run_until([&] { return world.relay().requests.size() > i; }));
    asked.insert(world.relay().requests[i].filters[0].since.value());
    world.relay().cut();
  }
  CHECK(asked.size() > kTimes / 2);
}

TEST_CASE("an event whose handling fails is not lost: it comes again") {
  World world;
  world.relay().stored = {world.event("needs the disk")};
  int failures = 1;
  world.on_event = [&](const Event&) {
    if (failures-- > 0) throw std::runtime_error("disk full (expected by the test)");
  };
  world.start();
  REQUIRE(world.receives(1));
  CHECK(world.relay().connections == 2);
}

TEST_CASE("a subscription may be added while the pool runs") {
  World world;
  world.start();
  REQUIRE(world.is_caught_up());
  world.relay().stored = {world.event("kind 4", 0s, 4)};
  std::vector<Event> others;
  Subscription later;
  later.name = "nip04";
  Filter filter;
  filter.kinds = std::vector<std::uint16_t>{4};
  later.filters.push_back(filter);
  later.window = 1h;
  later.on_event = [&](const Event& event, const Source&) { others.push_back(event); };
  world.pool->subscribe(std::move(later));
  REQUIRE(world.run_until([&] { return others.size() == 1; }));
  CHECK(world.received.empty());
}

TEST_CASE("the pool can be cancelled at any moment") {
  for (int steps = 0; steps < 40; ++steps) {
    World world(2);
    world.relay().stored = {world.event("one")};
    world.start();
    world.context.restart();
    for (int i = 0; i < steps; ++i) world.context.run_one_for(1ms);
    world.running->cancel();
    REQUIRE(world.run_until([&] { return world.running->done(); }));
  }
}

// What relays had stored when they were asked, and what happens when it is more than can be taken.
#include <algorithm>
#include <utility>

#include "nostr/pool_world_test_support.h"

using namespace paygress;
using namespace paygress::nostr;
using namespace std::chrono_literals;
using nostr::test::ScriptedRelay;
using World = nostr::test::PoolWorld;
using nostr::test::as_request;

TEST_CASE("what was stored is told from what is new") {
  World world;
  const std::vector<std::string> old{"old"};
  world.relay().stored.push_back(world.event("old"));
  SUBCASE("by the EOSE") {
    world.start();
    CHECK(world.pool->catching_up() == false);  // nobody is connected
    REQUIRE(world.is_caught_up());
    CHECK_FALSE(world.pool->catching_up());
    world.relay().store_and_send(world.event("new"));
    REQUIRE(world.receives(2));
    CHECK(world.stored == old);
  }
  SUBCASE("by patience, when a relay never says EOSE") {
    world.options.eose_patience = 300ms;
    world.relay().script = [&](ScriptedRelay::Session& session, const ClientMessage& message) {
      const auto* request = as_request(message);
      if (request) world.relay().answer(session, *request, false);
      return request != nullptr;
    };
    world.start();
    REQUIRE(world.receives(1));
    CHECK(world.pool->catching_up());
    REQUIRE(world.run_until([&] { return !world.pool->catching_up(); }));
    world.relay().store_and_send(world.event("new"));
    REQUIRE(world.receives(2));
    CHECK(world.stored == old);
  }
  SUBCASE("while older pages are still to come") {
    world.relay().page_limit = 25;
    for (int i = 0; i < 30; ++i) world.relay().stored.push_back(world.event("page", std::chrono::seconds(10 + i)));
    bool told = false;
    world.relay().script = [&](ScriptedRelay::Session& session, const ClientMessage& message) {
      const auto* request = as_request(message);
      if (request == nullptr || !request->filters[0].until || std::exchange(told, true)) return false;
      session.say(event_message(session.open.front().subscription, world.event("new")));
      return false;
    };
    world.start();
    REQUIRE(world.receives(32));
    CHECK(world.stored.size() == 31);
    CHECK(std::count(world.stored.begin(), world.stored.end(), "new") == 0);
  }
}

TEST_CASE("while there is no room a relay is not read, and nothing is lost") {
  World world;
  world.options.silence_limit = 300ms;
  world.room = 3;
  for (int i = 0; i < 10; ++i) world.relay().stored.push_back(world.event(std::to_string(i)));
  world.start();
  REQUIRE(world.receives(3));
  world.context.restart();
  world.context.run_for(800ms);
  CHECK(world.received.size() == 3);
  CHECK(world.last_good.empty());
  world.room = SIZE_MAX;
  REQUIRE(world.receives(10));
  REQUIRE(world.is_caught_up());
  CHECK(world.relay().connections == 1);
}

// NIP-42 as relays really do it.
#include "nostr/pool_world_test_support.h"

using namespace paygress;
using namespace paygress::nostr;
using namespace std::chrono_literals;
using nostr::test::ScriptedRelay;
using World = nostr::test::PoolWorld;
using nostr::test::as_auth;
using nostr::test::as_request;

namespace {

// strfry's way: no challenge before it refuses something, and its own word in front.
bool refuse_like_strfry(ScriptedRelay::Session& session, const ClientMessage& message) {
  const auto* request = as_request(message);
  if (request == nullptr || session.authenticated) return false;
  session.say(auth_challenge_message("challenge"));
  session.say(closed_message(request->subscription, "ERROR: auth-required: this needs AUTH"));
  return true;
}

}  // namespace

TEST_CASE("strfry: the request for private messages is refused, we prove who we are and ask again") {
  World world;
  world.relay().stored = {world.event("one"), world.event("two")};
  world.relay().script = refuse_like_strfry;
  world.start();
  REQUIRE(world.receives(2));
  CHECK(world.is_caught_up());
  CHECK(world.pool->status()[0].authenticated);
  REQUIRE(world.relay().auths.size() == 1);
  const Event& auth = world.relay().auths[0];
  CHECK(verify(auth));
  CHECK(auth.kind == 22242);
  CHECK(first_tag(auth, "relay") == world.relay().url().text());
  CHECK(first_tag(auth, "challenge") == "challenge");
}

TEST_CASE("a relay that hides what it guards: an empty EOSE before AUTH is no catch-up") {
  World world;
  world.relay().stored = {world.event("guarded")};
  world.relay().on_connect = [](ScriptedRelay::Session& session) { session.say(auth_challenge_message("at connect")); };
  std::vector<std::string> hidden;
  world.relay().script = [&](ScriptedRelay::Session& session, const ClientMessage& message) {
    if (session.authenticated || as_request(message) == nullptr) return false;
    hidden.push_back(as_request(message)->subscription);
    return true;
  };
  // The EOSE comes between our AUTH and its OK.
  const auto hide = world.relay().script;
  world.relay().script = [&, hide](ScriptedRelay::Session& session, const ClientMessage& message) {
    if (as_auth(message) != nullptr) {
      for (const auto& subscription : hidden) session.say(eose_message(subscription));
      CHECK(world.last_good.empty());
    }
    return hide(session, message);
  };
  world.start();
  REQUIRE(world.receives(1));
  REQUIRE(world.is_caught_up());
  CHECK(world.received.size() == 1);
}

TEST_CASE("a relay that never answers our AUTH is used without") {
  World world;
  world.relay().stored = {world.event("open to all")};
  world.relay().on_connect = [](ScriptedRelay::Session& session) { session.say(auth_challenge_message("x")); };
  world.relay().script = [](ScriptedRelay::Session&, const ClientMessage& message) { return as_auth(message) != nullptr; };
  world.start();
  REQUIRE(world.is_caught_up());
  CHECK(world.received.size() == 1);
  CHECK(world.relay().connections == 1);
}

TEST_CASE("a relay that refuses our AUTH may still serve us") {
  World world;
  world.relay().stored = {world.event("open to all")};
  world.relay().on_connect = [](ScriptedRelay::Session& session) { session.say(auth_challenge_message("x")); };
  world.relay().script = [](ScriptedRelay::Session& session, const ClientMessage& message) {
    if (as_auth(message) == nullptr) return false;
    session.say(ok_message(as_auth(message)->event.id, false, "error: relay needs serviceUrl"));
    return true;
  };
  world.start();
  REQUIRE(world.is_caught_up());
  CHECK(world.received.size() == 1);
  CHECK_FALSE(world.pool->status()[0].authenticated);
}

TEST_CASE("a storm of challenges gets a bounded number of answers and stops nothing") {
  World world;
  world.relay().stored = {world.event("one")};
  const auto storm = [](ScriptedRelay::Session& session) {
    for (int i = 0; i < 1000; ++i) session.say(auth_challenge_message("challenge " + std::to_string(i)));
  };
  world.relay().on_connect = storm;
  world.relay().script = [&](ScriptedRelay::Session& session, const ClientMessage& message) {
    if (as_auth(message) == nullptr) return false;
    session.say(ok_message(as_auth(message)->event.id, false, "error: wrong challenge"));
    storm(session);
    return true;
  };
  world.start();
  REQUIRE(world.receives(1));
  REQUIRE(world.is_caught_up());
  world.context.run_for(200ms);
  CHECK(world.relay().auths.size() <= 8);
  CHECK(world.relay().connections == 1);
}

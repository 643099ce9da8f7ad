// The pool against relays that behave like the real ones, and like the worst of them.
#include "nostr/relay_pool.h"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include "net/run_test_support.h"
#include "nostr/scripted_relay_test_support.h"

using namespace paygress;
using namespace paygress::nostr;
using namespace std::chrono_literals;
using nostr::test::ScriptedRelay;

namespace {

constexpr std::uint16_t kKind = 1059;

struct World {
  boost::asio::io_context context{1};
  net::SystemClock clock;
  crypto::SeededRandom random{7};
  crypto::SecretKey service = crypto::SecretKey::generate(random);
  crypto::SecretKey customer = crypto::SecretKey::generate(random);
  std::unique_ptr<net::WebSocketDialer> dialer = net::make_dialer(context.get_executor());
  std::vector<std::unique_ptr<ScriptedRelay>> relays;
  RelayPoolOptions options;
  std::unique_ptr<RelayPool> pool;
  std::optional<net::Running> running;
  std::vector<Event> received;
  std::map<std::string, util::Time> last_good;
  std::function<void(const Event&)> on_event = [](const Event&) {};

  explicit World(int count = 1) {
    for (int i = 0; i < count; ++i) relays.push_back(std::make_unique<ScriptedRelay>(context.get_executor()));
    options.auth_key = &service;
    options.reconnect_first = 20ms;
    options.reconnect_cap = 100ms;
    options.request_first = 20ms;
    options.request_cap = 100ms;
    options.silence_limit = 2s;
    options.auth_patience = 300ms;
  }

  ~World() {
    if (running) running->cancel();
    for (const auto& relay : relays) relay->stop();
    CHECK(run_until([&] { return !running || running->done(); }));
    context.restart();
    context.run_for(20ms);
  }

  ScriptedRelay& relay(std::size_t i = 0) { return *relays[i]; }

  void start() {
    std::vector<util::Url> urls;
    for (const auto& one : relays) urls.push_back(one->url());
    pool = std::make_unique<RelayPool>(context.get_executor(), *dialer, clock, random, urls, options);
    pool->load_last_good = [this](const util::Url& url) -> std::optional<util::Time> {
      const auto found = last_good.find(url.text());
      return found == last_good.end() ? std::nullopt : std::optional(found->second);
    };
    pool->save_last_good = [this](const util::Url& url, util::Time time) { last_good.insert_or_assign(url.text(), time); };
    Subscription wraps;
    wraps.name = "wraps";
    wraps.filters.push_back(inbox());
    wraps.window = 49h;
    wraps.on_event = [this](const Event& event, const util::Url&) {
      on_event(event);
      received.push_back(event);
    };
    pool->subscribe(std::move(wraps));
    running.emplace(context.get_executor(), pool->run());
  }

  Filter inbox() const {
    Filter filter;
    filter.kinds = std::vector<std::uint16_t>{kKind};
    filter.tags['p'] = {service.public_key().hex()};
    return filter;
  }

  Event event(std::string content, std::chrono::seconds age = 0s, std::uint16_t kind = kKind) {
    EventDraft draft;
    draft.created_at = util::unix_seconds(clock.now() - age);
    draft.kind = kind;
    draft.tags.push_back({"p", service.public_key().hex()});
    draft.content = std::move(content);
    return sign_event(customer, std::move(draft), random);
  }

  bool run_until(const std::function<bool()>& condition) {
    context.restart();
    const auto limit = clock.steady_now() + 20s;
    while (!condition() && clock.steady_now() < limit) context.run_one_for(10ms);
    return condition();
  }
  bool receives(std::size_t count) { return run_until([&] { return received.size() >= count; }); }
  bool is_caught_up(std::size_t i = 0) {
    return run_until([&] { return pool->status()[i].last_eose.has_value(); });
  }

  PublishResult publish(const Event& event, std::chrono::milliseconds timeout = 5s) {
    const auto report = net::test::run(context, pool->publish(event, {}, timeout));
    return report.relays.at(0);
  }
};

const RequestMessage* as_request(const ClientMessage& message) { return std::get_if<RequestMessage>(&message); }
const PublishMessage* as_publish(const ClientMessage& message) { return std::get_if<PublishMessage>(&message); }
const AuthMessage* as_auth(const ClientMessage& message) { return std::get_if<AuthMessage>(&message); }

// strfry's way: no challenge before it refuses something, and its own word in front.
bool refuse_like_strfry(ScriptedRelay::Session& session, const ClientMessage& message) {
  const auto* request = as_request(message);
  if (request == nullptr || session.authenticated) return false;
  session.say(auth_challenge_message("challenge"));
  session.say(closed_message(request->subscription, "ERROR: auth-required: this needs AUTH"));
  return true;
}

}  // namespace

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

TEST_CASE("CLOSED is never final, whatever its reason") {
  for (const char* reason : {"error: shutting down idle subscription", "ERROR: bad req: too many", "rate-limited: slow down", "", "whatever",
                             "restricted: not you", "unsupported: filter"}) {
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
  CHECK(world.relay().requests[0].filters[0].since == util::unix_seconds(stopped - 49h));
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
    const auto report = net::test::run(world.context, world.pool->publish(event, {*util::Url::parse("ws://127.0.0.1:1"), stranger.url(), stranger.url()}, 5s));
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
  later.on_event = [&](const Event& event, const util::Url&) { others.push_back(event); };
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

#include "sandbox/fake_relay.h"

#include <doctest/doctest.h>

#include "net/websocket.h"
#include "nostr/message.h"
#include "nostr/nip42.h"
#include "sandbox/world_test_support.h"

namespace paygress::sandbox {
namespace {

using test::Loopback;
using util::Json;

// A client that speaks the protocol frame by frame.
class Client {
 public:
  explicit Client(Loopback& loop) : loop_(loop), dialer_(net::make_dialer(loop.io.get_executor())) { connect(); }

  void connect() { socket_ = loop_.run(dialer_->dial(util::Url::parse(loop_.world.relay.url()).value(), {})).value(); }
  void say(std::string frame) { loop_.run(socket_->write(std::move(frame))).value(); }
  // The next frame, or null when the connection is gone or nothing comes for a while.
  Json hear(std::chrono::milliseconds limit = std::chrono::seconds(2)) {
    const auto frame = loop_.run(net::with_timeout(loop_.clock, socket_->read(), limit));
    return frame && *frame ? Json::parse(**frame) : Json();
  }
  bool is_closed() {
    const auto frame = loop_.run(net::with_timeout(loop_.clock, socket_->read(), std::chrono::seconds(2)));
    return frame && !*frame;
  }
  void subscribe(const std::string& id, std::vector<std::uint16_t> kinds) {
    nostr::Filter filter;
    filter.kinds = std::move(kinds);
    say(nostr::request_message(id, {filter}));
  }

 private:
  Loopback& loop_;
  std::unique_ptr<net::WebSocketDialer> dialer_;
  std::unique_ptr<net::WebSocket> socket_;
};

nostr::Event write_event(Loopback& loop, const crypto::SecretKey& key, std::uint16_t kind, nostr::Tags tags = {},
                         std::int64_t shift = 0) {
  return nostr::sign_event(key, {util::unix_seconds(loop.clock.now()) + shift, kind, std::move(tags), "text"}, loop.random);
}

}  // namespace

TEST_CASE("what one client publishes, another hears live and a third finds stored") {
  Loopback loop;
  const auto key = crypto::SecretKey::generate(loop.random);
  Client reader(loop), writer(loop);
  reader.subscribe("live", {1});
  CHECK(reader.hear() == Json{"EOSE", "live"});

  const nostr::Event event = write_event(loop, key, 1);
  writer.say(nostr::publish_message(event));
  CHECK(writer.hear() == Json{"OK", util::hex(event.id), true, ""});
  const Json heard = reader.hear();
  CHECK(heard[0] == "EVENT");
  CHECK(heard[2]["id"] == util::hex(event.id));

  writer.say(nostr::publish_message(event));
  CHECK(writer.hear()[3] == "duplicate: have this event");

  Client late(loop);
  late.subscribe("stored", {1});
  CHECK(late.hear()[0] == "EVENT");
  CHECK(late.hear()[0] == "EOSE");
  CHECK(loop.world.relay.connections() == 3);
}

TEST_CASE("forged, future and old ephemeral events are refused in strfry's words") {
  Loopback loop;
  const auto key = crypto::SecretKey::generate(loop.random);
  Client client(loop);
  nostr::Event forged = write_event(loop, key, 1);
  forged.sig[5] ^= 1;
  client.say(nostr::publish_message(forged));
  CHECK(client.hear()[2] == false);
  client.say(nostr::publish_message(write_event(loop, key, 1, {}, 3600)));
  CHECK(client.hear()[3] == "invalid: created_at too late");
  client.say(nostr::publish_message(write_event(loop, key, 21059, {}, -120)));
  CHECK(client.hear()[3] == "invalid: ephemeral event expired");
  CHECK(loop.world.relay.stored().empty());
}

TEST_CASE("as strfry: no challenge until a restricted REQ is closed, and stored wraps come only for a new REQ after AUTH") {
  Loopback loop;
  loop.world.relay.manners.strfry_auth = true;
  const auto sender = crypto::SecretKey::generate(loop.random), receiver = crypto::SecretKey::generate(loop.random);
  const nostr::Tags to_receiver = {{"p", receiver.public_key().hex()}};
  REQUIRE(loop.world.relay.put(write_event(loop, sender, 1059, to_receiver)));

  Client client(loop);
  client.subscribe("mixed", {1, 1059});
  CHECK(client.hear() == Json{"EOSE", "mixed"});  // and silence about the wrap
  client.subscribe("inbox", {1059});
  const Json challenge = client.hear();
  REQUIRE(challenge[0] == "AUTH");
  const Json closed = client.hear();
  CHECK(closed[0] == "CLOSED");
  CHECK(closed[2].get<std::string>().starts_with("ERROR: auth-required:"));

  const nostr::Event stale = nostr::auth_event(receiver, loop.world.relay.url(), challenge[1].get<std::string>(),
                                               loop.clock.now() - std::chrono::seconds(90), loop.random);
  client.say(nostr::auth_message(stale));
  CHECK(client.hear()[2] == false);
  const nostr::Event good =
      nostr::auth_event(receiver, loop.world.relay.url(), challenge[1].get<std::string>(), loop.clock.now(), loop.random);
  client.say(nostr::auth_message(good));
  CHECK(client.hear()[2] == true);
  client.say(nostr::auth_message(good));
  CHECK(client.hear()[3] == "error: already authenticated");

  loop.world.relay.put(write_event(loop, sender, 1059, to_receiver, 1));
  CHECK(client.hear()[1] == "mixed");  // live, on the subscription from before
  client.subscribe("inbox", {1059});
  CHECK(client.hear()[0] == "EVENT");
  CHECK(client.hear()[0] == "EVENT");
  CHECK(client.hear()[0] == "EOSE");
}

TEST_CASE("the relay forgets its manners one by one") {
  Loopback loop;
  RelayManners& manners = loop.world.relay.manners;
  const auto key = crypto::SecretKey::generate(loop.random);
  Client client(loop);

  SUBCASE("an OK and then a cut connection") {
    manners.drop_after_ok = true;
    client.say(nostr::publish_message(write_event(loop, key, 1)));
    CHECK(client.hear()[0] == "OK");
    CHECK(client.is_closed());
    CHECK(loop.world.relay.stored().size() == 1);
  }
  SUBCASE("an event that is lost with the connection") {
    manners.lose_events = true;
    client.say(nostr::publish_message(write_event(loop, key, 1)));
    CHECK(client.is_closed());
    CHECK(loop.world.relay.stored().empty());
  }
  SUBCASE("stored, but no OK") {
    manners.no_ok = true;
    client.say(nostr::publish_message(write_event(loop, key, 1)));
    CHECK(client.hear(std::chrono::milliseconds(100)).is_null());
    CHECK(loop.world.relay.stored().size() == 1);
  }
  SUBCASE("refused with the operator's words") {
    manners.refuse_events = "rate-limited: slow down";
    client.say(nostr::publish_message(write_event(loop, key, 1)));
    const Json answer = client.hear();
    CHECK(answer[2] == false);
    CHECK(answer[3] == "rate-limited: slow down");
  }
  SUBCASE("one CLOSED, then it serves") {
    manners.close_requests = "error: shutting down";
    manners.close_requests_left = 1;
    client.subscribe("a", {1});
    CHECK(client.hear() == Json{"CLOSED", "a", "error: shutting down"});
    client.subscribe("a", {1});
    CHECK(client.hear()[0] == "EOSE");
  }
  SUBCASE("a forged copy first, and everything twice") {
    manners.bad_signature_first = manners.deliver_twice = true;
    const nostr::Event event = write_event(loop, key, 1);
    loop.world.relay.put(event);
    client.subscribe("a", {1});
    CHECK(client.hear()[2]["sig"] != util::hex(event.sig));
    CHECK(client.hear()[2]["sig"] == util::hex(event.sig));
    CHECK(client.hear()[2]["sig"] == util::hex(event.sig));
    CHECK(client.hear()[0] == "EOSE");
  }
  SUBCASE("a script of the test's own") {
    loop.world.relay.script = [](const Json& frame) -> std::optional<std::vector<std::string>> {
      if (frame[0] != "REQ") return std::nullopt;
      return std::vector<std::string>{R"(["NOTICE","no"])"};
    };
    client.subscribe("a", {1});
    CHECK(client.hear() == Json{"NOTICE", "no"});
  }
}

TEST_CASE("a relay that goes down cuts its clients, refuses new ones and comes up on the same port with its events") {
  Loopback loop;
  const auto key = crypto::SecretKey::generate(loop.random);
  loop.world.relay.put(write_event(loop, key, 1));
  Client client(loop);
  loop.world.relay.go_down();
  CHECK(client.is_closed());
  const auto dialer = net::make_dialer(loop.io.get_executor());
  const auto url = util::Url::parse(loop.world.relay.url()).value();
  CHECK(!loop.run(dialer->dial(url, {})).has_value());
  loop.world.relay.come_up();
  client.connect();
  client.subscribe("again", {1});
  CHECK(client.hear()[0] == "EVENT");
}

TEST_CASE("a page holds at most what the relay allows, the newest") {
  Loopback loop;
  loop.world.relay.limits.per_filter = 3;
  const auto key = crypto::SecretKey::generate(loop.random);
  for (int i = 0; i < 5; ++i) loop.world.relay.put(write_event(loop, key, 1, {}, -i));
  Client client(loop);
  client.subscribe("page", {1});
  std::int64_t last = util::unix_seconds(loop.clock.now()) + 1;
  for (int i = 0; i < 3; ++i) {
    const Json frame = client.hear();
    REQUIRE(frame[0] == "EVENT");
    CHECK(frame[2]["created_at"].get<std::int64_t>() < last);
    last = frame[2]["created_at"];
  }
  CHECK(client.hear()[0] == "EOSE");
  client.say(R"(["REQ",")" + std::string(65, 'x') + R"(",{}])");
  CHECK(client.hear()[0] == "CLOSED");
}

}  // namespace paygress::sandbox

// The daemon's own relay client against the fake relay: what its state machine has to survive.
#include "nostr/relay_pool.h"

#include <doctest/doctest.h>

#include "nostr/filter.h"
#include "sandbox/world_test_support.h"

namespace paygress::sandbox {
namespace {

using test::Loopback;

struct Reader {
  explicit Reader(Loopback& loopback)
      : loop(loopback),
        dialer(net::make_dialer(loop.io.get_executor())),
        pool(loop.io.get_executor(), *dialer, loop.clock, loop.random, {url()}, options()),
        root(loop.io.get_executor(), start()) {}
  ~Reader() {
    root.cancel();
    loop.until([&] { return root.done(); });
  }
  util::Url url() const { return util::Url::parse(loop.world.relay.url()).value(); }
  nostr::RelayPool::Options options() const {
    nostr::RelayPool::Options made;
    made.auth_key = &key;
    made.reconnect_first = made.request_first = std::chrono::milliseconds(20);
    return made;
  }
  net::Task<> start() {
    nostr::Filter filter;
    filter.kinds = {std::uint16_t{1059}};
    filter.tags['p'] = {key.public_key().hex()};
    pool.subscribe({"inbox", {filter}, std::chrono::hours(49), [this](const nostr::Event& event, const nostr::Source&) {
                      got.push_back(event.id);
                    }});
    return pool.run();
  }
  nostr::Event wrap() {
    const auto sender = crypto::SecretKey::generate(loop.random);
    return nostr::sign_event(
        sender,
        {util::unix_seconds(loop.clock.now()) - 3600, 1059, {{"p", key.public_key().hex()}}, "sealed " + std::to_string(++written)},
        loop.random);
  }
  bool gets(std::size_t count) {
    return loop.until([&] { return got.size() >= count; }) && got.size() == count;
  }

  Loopback& loop;
  crypto::SecretKey key = crypto::SecretKey::generate(loop.random);
  int written = 0;
  std::vector<crypto::Hash256> got;
  std::unique_ptr<net::WebSocketDialer> dialer;
  nostr::RelayPool pool;
  net::Running root;
};

}  // namespace

TEST_CASE("the pool gets stored and live wraps from a relay that asks for AUTH as strfry does") {
  Loopback loop;
  loop.world.relay.manners.strfry_auth = true;
  Reader reader(loop);
  REQUIRE(loop.world.relay.put(reader.wrap()));
  CHECK(reader.gets(1));
  REQUIRE(loop.world.relay.put(reader.wrap()));
  CHECK(reader.gets(2));
}

TEST_CASE("forged first copies and second copies do not reach the daemon") {
  Loopback loop;
  loop.world.relay.manners.bad_signature_first = loop.world.relay.manners.deliver_twice = true;
  Reader reader(loop);
  REQUIRE(loop.world.relay.put(reader.wrap()));
  REQUIRE(loop.world.relay.put(reader.wrap()));
  CHECK(reader.gets(2));
}

TEST_CASE("neither a CLOSED nor a fallen relay makes the pool deaf") {
  Loopback loop;
  loop.world.relay.manners.close_requests = "error: shutting down idle subscription";
  loop.world.relay.manners.close_requests_left = 3;
  Reader reader(loop);
  REQUIRE(loop.until([&] { return loop.world.relay.subscriptions() == 1; }));
  loop.world.relay.go_down();
  REQUIRE(loop.until([&] { return loop.world.relay.connections() == 0; }));
  loop.world.relay.put(reader.wrap());  // while nobody listens
  loop.world.relay.come_up();
  CHECK(reader.gets(1));
}

TEST_CASE("publishing counts the OKs that come, not those that are lost") {
  Loopback loop;
  Reader reader(loop);
  REQUIRE(loop.until([&] { return loop.world.relay.subscriptions() == 1; }));
  const auto publish = [&](std::chrono::milliseconds limit) {
    return loop.run(reader.pool.publish(reader.wrap(), {}, limit)).accepted();
  };
  CHECK(publish(std::chrono::seconds(3)) == 1);
  loop.world.relay.manners.refuse_events = "blocked: not you";
  CHECK(publish(std::chrono::seconds(3)) == 0);
  loop.world.relay.manners.refuse_events.clear();
  loop.world.relay.manners.no_ok = true;
  CHECK(publish(std::chrono::milliseconds(300)) == 0);
}

}  // namespace paygress::sandbox

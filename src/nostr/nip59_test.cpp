#include "nostr/nip59.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <set>

#include "nostr/nip17.h"
#include "util/bytes.h"

using namespace paygress;
using namespace paygress::nostr;
using nlohmann::json;

namespace {

// A customer, the service and a stranger, and the layers of a wrap to be put together wrongly.
struct World {
  crypto::SeededRandom random{42};
  crypto::SecretKey service = crypto::SecretKey::generate(random);
  crypto::SecretKey customer = crypto::SecretKey::generate(random);
  crypto::SecretKey stranger = crypto::SecretKey::generate(random);
  std::int64_t seconds = 1700000000;
  util::Time now = util::from_unix(seconds);

  Rumor request(std::string text = "basic 1h please") {
    return chat_message(customer.public_key(), service.public_key(), std::move(text), now);
  }

  std::string sealed_text(const crypto::SecretKey& from, std::string_view plain) {
    return nip44::encrypt(plain, nip44::ConversationKey(from, service.public_key()), crypto::random_bytes<32>(random));
  }
  Event seal(const crypto::SecretKey& author, std::string_view rumor_text, std::uint16_t kind = kSealKind, Tags tags = {}) {
    return sign_event(author, {seconds, kind, std::move(tags), sealed_text(author, rumor_text)}, random);
  }
  Event wrap(std::string_view inside) {
    const auto once = crypto::SecretKey::generate(random);
    return sign_event(once, {seconds, kGiftWrapKind, {{"p", service.public_key().hex()}}, sealed_text(once, inside)}, random);
  }
  Event wrap_rumor_text(std::string_view rumor_text) { return wrap(to_text(seal(customer, rumor_text))); }

  std::string code_of(const Event& event) {
    const auto opened = open_gift_wrap(event, service, now);
    return opened ? "accepted" : opened.error().code;
  }
  std::string code_of(const Rumor& rumor) { return code_of(gift_wrap(customer, service.public_key(), rumor, now, random)); }
};

std::string rumor_text(const Rumor& rumor) {
  return unsigned_text({rumor.id, rumor.pubkey, rumor.created_at, rumor.kind, rumor.tags, rumor.content});
}

}  // namespace

TEST_CASE("what we wrap the customer opens, and nothing outside tells who or when") {
  World world;
  const Rumor rumor = chat_reply(world.service.public_key(), world.request(), "your pod is ready", world.now);
  std::set<std::int64_t> dates;
  std::set<crypto::PublicKey> authors;
  for (int i = 0; i < 20; ++i) {
    const Event wrap = gift_wrap(world.service, world.customer.public_key(), rumor, world.now, world.random);
    CHECK(wrap.kind == kGiftWrapKind);
    CHECK(wrap.tags == Tags{{"p", world.customer.public_key().hex()}});
    CHECK(wrap.created_at <= world.seconds);
    CHECK(wrap.created_at >= world.seconds - kBackDate.count());
    dates.insert(wrap.created_at);
    authors.insert(wrap.pubkey);
    const auto opened = open_gift_wrap(wrap, world.customer, world.now);
    REQUIRE(opened);
    CHECK(opened->sender == world.service.public_key());
    CHECK(opened->rumor.content == rumor.content);
    CHECK(opened->rumor.id == rumor.id);
    CHECK(opened->rumor.created_at == world.seconds);
    CHECK(first_tag(opened->rumor.tags, "e") == util::hex(world.request().id));
  }
  CHECK(dates.size() > 10);
  CHECK(authors.size() == 20);
  CHECK_FALSE(authors.contains(world.service.public_key()));
}

TEST_CASE("seal and wrap are dated independently and carry no more than they must") {
  World world;
  const Event wrap = gift_wrap(world.customer, world.service.public_key(), world.request(), world.now, world.random);
  const auto seal = parse_event(nip44::decrypt(wrap.content, nip44::ConversationKey(world.service, wrap.pubkey)).value());
  REQUIRE(seal);
  CHECK(seal->tags.empty());
  CHECK(seal->created_at != wrap.created_at);
  CHECK(seal->created_at <= world.seconds);
}

TEST_CASE("a wrap may be undated, short-lived and ephemeral when its relay or reader wants it so") {
  World world;
  WrapOptions options;
  options.back_date = std::chrono::seconds(0);
  options.expiration = world.seconds + 60;
  options.kind = kEphemeralGiftWrapKind;
  const Event wrap = gift_wrap(world.customer, world.service.public_key(), world.request(), world.now, world.random, options);
  CHECK(wrap.created_at == world.seconds);
  CHECK(world.code_of(wrap) == "accepted");
  CHECK(open_gift_wrap(wrap, world.service, world.now + std::chrono::seconds(60)).error().code == "wrap_expired");
}

TEST_CASE("nobody writes in another's name") {
  World world;
  const Rumor request = world.request();
  // The stranger seals, with his own good signature, a rumor that names the customer.
  const Event forged = world.wrap(to_text(world.seal(world.stranger, rumor_text(request))));
  CHECK(world.code_of(forged) == "seal_rumor_author_mismatch");
  CHECK_THROWS(gift_wrap(world.stranger, world.service.public_key(), request, world.now, world.random));
  // The customer's key in the seal, the stranger's signature.
  Event seal = world.seal(world.stranger, rumor_text(request));
  seal.pubkey = world.customer.public_key();
  CHECK(world.code_of(world.wrap(to_text(seal))) == "seal_id_mismatch");
  seal.id = event_id(seal.pubkey, seal.created_at, seal.kind, seal.tags, seal.content);
  CHECK(world.code_of(world.wrap(to_text(seal))) == "seal_bad_signature");
  // An honest seal of the customer, wrapped once more by a stranger, stays the customer's message (and the same rumor id).
  CHECK(world.code_of(world.wrap(to_text(world.seal(world.customer, rumor_text(request))))) == "accepted");
}

TEST_CASE("an `n` tag names the encryption key only under the identity's own signature") {
  World world;
  const auto device = crypto::SecretKey::generate(world.random);
  const Rumor request = world.request();
  const auto seal_with = [&](const crypto::SecretKey& signer) {
    return sign_event(
        signer, {world.seconds, kSealKind, {{"n", device.public_key().hex()}}, world.sealed_text(device, rumor_text(request))},
        world.random);
  };
  CHECK(world.code_of(world.wrap(to_text(seal_with(world.customer)))) == "accepted");
  CHECK(world.code_of(world.wrap(to_text(seal_with(world.stranger)))) == "seal_rumor_author_mismatch");
}

TEST_CASE("each broken layer has a name") {
  World world;
  const Rumor request = world.request();
  const std::string good = rumor_text(request);
  const Event wrap = world.wrap_rumor_text(good);
  REQUIRE(world.code_of(wrap) == "accepted");

  Event broken = wrap;
  broken.kind = 1060;
  CHECK(world.code_of(broken) == "wrap_kind");
  broken = wrap;
  broken.tags = {{"p", world.stranger.public_key().hex()}};
  CHECK(world.code_of(broken) == "wrap_not_for_us");
  broken = wrap;
  broken.created_at += 1;
  CHECK(world.code_of(broken) == "wrap_id_mismatch");
  broken = wrap;
  broken.sig[63] ^= 1;
  CHECK(world.code_of(broken) == "wrap_bad_signature");
  broken = wrap;
  broken.content.resize(kMaxWrapBytes + 1);
  CHECK(world.code_of(broken) == "wrap_too_large");
  broken = wrap;
  broken.tags.resize(1 + kMaxWrapBytes / 100, {std::string(120, 'x')});
  CHECK(world.code_of(broken) == "wrap_too_large");
  const auto once = crypto::SecretKey::generate(world.random);
  CHECK(world.code_of(sign_event(once, {1, kGiftWrapKind, {{"p", world.service.public_key().hex()}}, "no ciphertext"},
                                 world.random)) == "wrap_undecryptable");

  CHECK(world.code_of(world.wrap("null")) == "seal_malformed");
  CHECK(world.code_of(world.wrap(good)) == "seal_malformed");      // a rumor without a seal proves nothing
  CHECK(world.code_of(world.wrap(to_text(wrap))) == "seal_kind");  // no recursion
  CHECK(world.code_of(world.wrap(to_text(world.seal(world.customer, good, 14)))) == "seal_kind");
  CHECK(world.code_of(world.wrap(to_text(sign_event(world.customer, {1, kSealKind, {}, "?"}, world.random)))) ==
        "seal_undecryptable");

  for (const char* text : {"null", "[]", "{}", "text", "{\"content\":\"x\"}"})
    CHECK(world.code_of(world.wrap_rumor_text(text)) == "rumor_malformed");
  CHECK(world.code_of(world.wrap_rumor_text(good + good)) == "rumor_malformed");
}

TEST_CASE("a rumor's own id counts only if it is its hash; its signature never counts") {
  World world;
  const Rumor request = world.request();
  Rumor other = request;
  other.id = world.request("another text").id;
  CHECK(world.code_of(world.wrap_rumor_text(rumor_text(other))) == "rumor_id_mismatch");
  json text = json::parse(rumor_text(request));
  text["sig"] = "";
  CHECK(world.code_of(world.wrap_rumor_text(text.dump())) == "accepted");
  text["sig"] = 5;
  CHECK(world.code_of(world.wrap_rumor_text(text.dump())) == "accepted");
  for (const json& none : {json(nullptr), json("")}) {  // as programs write it that fill in every field
    text["id"] = none;
    CHECK(world.code_of(world.wrap_rumor_text(text.dump())) == "accepted");
  }
  text.erase("id");
  const auto opened = open_gift_wrap(world.wrap_rumor_text(text.dump()), world.service, world.now);
  REQUIRE(opened);
  CHECK(opened->rumor.id == request.id);
}

TEST_CASE("what is no request to us is ignored without being called an attack") {
  World world;
  const auto us = world.service.public_key();
  const auto rumor = [&](std::uint16_t kind, Tags tags, std::string text) {
    return make_rumor(world.customer.public_key(), {world.seconds, kind, std::move(tags), std::move(text)});
  };
  CHECK(world.code_of(rumor(15, {{"p", us.hex()}}, "a file")) == "rumor_kind_ignored");
  CHECK(world.code_of(rumor(kChatKind, {{"p", world.stranger.public_key().hex()}}, "x")) == "rumor_not_for_us");
  CHECK(world.code_of(rumor(kChatKind, {{"p", us.hex()}}, "")) == "rumor_empty");
  CHECK(world.code_of(rumor(kChatKind, {{"p", us.hex()}, {"p", world.stranger.public_key().hex()}}, "a group")) == "accepted");
  const Rumor own = chat_message(us, us, "note to self", world.now);
  CHECK(world.code_of(gift_wrap(world.service, us, own, world.now, world.random)) == "rumor_from_ourselves");
}

TEST_CASE("a rumor's date may be off as far as clocks and outages go, to the second") {
  World world;
  const auto code_at = [&](std::chrono::seconds offset) {
    return world.code_of(chat_message(world.customer.public_key(), world.service.public_key(), "x", world.now + offset));
  };
  CHECK(code_at(kMaxRumorAhead) == "accepted");
  CHECK(code_at(kMaxRumorAhead + std::chrono::seconds(1)) == "rumor_future");
  CHECK(code_at(-kMaxRumorAge) == "accepted");
  CHECK(code_at(-kMaxRumorAge - std::chrono::seconds(1)) == "rumor_stale");
  Rumor farthest =
      make_rumor(world.customer.public_key(), {kMaxCreatedAt, kChatKind, {{"p", world.service.public_key().hex()}}, "x"});
  CHECK(world.code_of(farthest) == "rumor_future");
}

TEST_CASE("the largest rumor still fits what relays carry") {
  World world;
  const Rumor large = world.request(std::string(kMaxRumorBytes - 400, 'x'));
  const Event wrap = gift_wrap(world.customer, world.service.public_key(), large, world.now, world.random);
  CHECK(to_text(wrap).size() <= kMaxWrapBytes);
  CHECK(world.code_of(wrap) == "accepted");
}

TEST_CASE("a wrap that the relay pool has verified is not verified again, but everything inside it is") {
  World world;
  Event wrap = world.wrap_rumor_text(rumor_text(world.request()));
  wrap.sig[0] ^= 1;
  CHECK(open_gift_wrap(wrap, world.service, world.now, nullptr, WrapProof::verified));
  CHECK_FALSE(open_gift_wrap(wrap, world.service, world.now));
  const Event forged = world.wrap(to_text(world.seal(world.stranger, rumor_text(world.request()))));
  CHECK_FALSE(open_gift_wrap(forged, world.service, world.now, nullptr, WrapProof::verified));
  Event seal = world.seal(world.customer, rumor_text(world.request()));
  seal.sig[0] ^= 1;
  const auto opened = open_gift_wrap(world.wrap(to_text(seal)), world.service, world.now, nullptr, WrapProof::verified);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == "seal_bad_signature");
}

TEST_CASE("only accepted senders enter the table of conversation keys") {
  World world;
  ConversationKeys keys(4);
  const Event forged = world.wrap(to_text(world.seal(world.stranger, rumor_text(world.request()))));
  CHECK_FALSE(open_gift_wrap(forged, world.service, world.now, &keys));
  CHECK(keys.size() == 0);
  CHECK(open_gift_wrap(world.wrap_rumor_text(rumor_text(world.request())), world.service, world.now, &keys));
  CHECK(keys.find(world.customer.public_key()) != nullptr);
}

TEST_CASE("a relay list is read from its own kind alone, and no further than wanted") {
  World world;
  const std::vector<std::string> relays{"wss://one.example", "wss://two.example", "wss://three.example"};
  Event list = sign_event(world.customer, inbox_relays_draft(relays, world.now), world.random);
  CHECK(inbox_relays(list) == relays);
  CHECK(inbox_relays(list, 2).size() == 2);
  list.kind = 10002;
  CHECK(inbox_relays(list).empty());
}

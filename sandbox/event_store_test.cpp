#include "sandbox/event_store.h"

#include <doctest/doctest.h>

#include "crypto/random.h"

namespace paygress::sandbox {
namespace {

constexpr std::int64_t kNow = 1'760'000'000;

struct Author {
  crypto::SeededRandom random{3};
  crypto::SecretKey key = crypto::SecretKey::generate(random);
  nostr::Event write(std::uint16_t kind, std::int64_t at, nostr::Tags tags = {}, std::string content = {}) {
    return nostr::sign_event(key, {at, kind, std::move(tags), std::move(content)}, random);
  }
};

std::size_t count(const EventStore& store, std::uint16_t kind) {
  nostr::Filter filter;
  filter.kinds = {kind};
  return store.query(filter, 500, util::from_unix(kNow)).size();
}

}  // namespace

TEST_CASE("a stored event comes back newest first, at most as many as the cap allows") {
  Author author;
  EventStore store;
  for (int i = 0; i < 5; ++i) CHECK(store.put(author.write(1, kNow - i), util::from_unix(kNow)) == EventStore::Put::stored);
  nostr::Filter filter;
  filter.kinds = {std::uint16_t{1}};
  const auto found = store.query(filter, 3, util::from_unix(kNow));
  REQUIRE(found.size() == 3);
  CHECK(found[0].created_at == kNow);
  CHECK(found[2].created_at == kNow - 2);
  filter.limit = 1;
  CHECK(store.query(filter, 3, util::from_unix(kNow)).size() == 1);
}

TEST_CASE("of a replaceable event only the newest stays, whichever order they come in") {
  Author author;
  EventStore store;
  CHECK(store.put(author.write(10050, kNow), util::from_unix(kNow)) == EventStore::Put::stored);
  CHECK(store.put(author.write(10050, kNow - 1), util::from_unix(kNow)) == EventStore::Put::replaced_already);
  CHECK(store.put(author.write(10050, kNow + 1), util::from_unix(kNow)) == EventStore::Put::stored);
  CHECK(count(store, 10050) == 1);
}

TEST_CASE("addressable events are replaced per d tag") {
  Author author;
  EventStore store;
  store.put(author.write(30999, kNow, {{"d", "a"}}), util::from_unix(kNow));
  store.put(author.write(30999, kNow, {{"d", "b"}}), util::from_unix(kNow));
  store.put(author.write(30999, kNow + 1, {{"d", "b"}}), util::from_unix(kNow));
  CHECK(count(store, 30999) == 2);
}

TEST_CASE("an author deletes his own events and nobody else's, and they do not come back") {
  Author author, stranger;
  stranger.key = crypto::SecretKey::generate(stranger.random);
  EventStore store;
  const nostr::Event offer = author.write(999, kNow);
  store.put(offer, util::from_unix(kNow));
  store.put(stranger.write(5, kNow, {{"e", util::hex(offer.id)}}), util::from_unix(kNow));
  CHECK(count(store, 999) == 1);
  store.put(author.write(5, kNow, {{"e", util::hex(offer.id)}}), util::from_unix(kNow));
  CHECK(count(store, 999) == 0);
  CHECK(store.put(offer, util::from_unix(kNow)) == EventStore::Put::deleted);
}

TEST_CASE("expired events are refused, ephemeral ones not kept, duplicates known") {
  Author author;
  EventStore store;
  CHECK(store.put(author.write(1, kNow - 100, {{"expiration", std::to_string(kNow - 1)}}), util::from_unix(kNow)) ==
        EventStore::Put::expired);
  CHECK(store.put(author.write(21059, kNow), util::from_unix(kNow)) == EventStore::Put::stored);
  CHECK(count(store, 21059) == 0);
  const nostr::Event event = author.write(1, kNow);
  store.put(event, util::from_unix(kNow));
  CHECK(store.put(event, util::from_unix(kNow)) == EventStore::Put::duplicate);
}

}  // namespace paygress::sandbox

#include "cli/customer/listings.h"

#include <doctest/doctest.h>

#include "crypto/random.h"

using namespace paygress;
using cli::newest_listings;

namespace {

nostr::Event offer(const crypto::SecretKey& key, std::int64_t created_at, const std::string& id, std::uint16_t kind = 999,
                   nostr::Tags tags = {{"t", "paygress"}, {"t", "offer"}}) {
  contract::Offer offer;
  offer.pod_specs = {{{id, "N", "", 1000, 1024, 100}, true}};
  crypto::SeededRandom random(2);
  return nostr::sign_event(key, {created_at, kind, std::move(tags), contract::print(offer)}, random);
}

}  // namespace

TEST_CASE("of each provider the newest offer counts, of whichever kind, and expired ones do not") {
  crypto::SeededRandom random(1);
  const auto alice = crypto::SecretKey::generate(random);
  const auto bob = crypto::SecretKey::generate(random);
  const auto carol = crypto::SecretKey::generate(random);
  const auto broken = nostr::sign_event(carol, {500, 999, {{"t", "paygress"}}, "free pods!"}, random);
  const auto listings = newest_listings({offer(alice, 100, "old"), offer(alice, 300, "new", 30999), offer(alice, 200, "middle"),
                                         offer(alice, 900, "gone", 999, {{"t", "paygress"}, {"expiration", "950"}}),
                                         offer(bob, 400, "bob"), offer(bob, 600, "odd", 1), broken},
                                        util::from_unix(1000));
  REQUIRE(listings.size() == 2);
  CHECK(listings[0].provider == bob.public_key());
  CHECK(listings[0].offer.pod_specs[0].spec.id == "bob");
  CHECK(listings[1].provider == alice.public_key());
  CHECK(listings[1].offer.pod_specs[0].spec.id == "new");
}

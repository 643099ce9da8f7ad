#include "cli/customer/checks.h"

#include <doctest/doctest.h>

using namespace paygress;
using cli::check_purchase;

namespace {

constexpr const char* kMint = "https://mint.example.org/Bitcoin";

contract::Offer offer() {
  contract::Offer offer;
  offer.minimum_duration_seconds = 60;
  offer.whitelisted_mints = {"https://other.example.org", kMint};
  offer.pod_specs = {{{"basic", "Basic", "", 1000, 1024, 100}, true}, {{"premium", "Premium", "", 4000, 4096, 400}, false}};
  offer.mints = {{kMint, "sat", 100}};
  offer.images = {"linuxserver/openssh-server:latest"};
  return offer;
}

// Proofs of these amounts. The points are no signatures; nobody here looks.
cashu::Token token(const std::string& mint, const std::string& unit, std::initializer_list<std::uint64_t> amounts) {
  const auto C = crypto::Point::from_hex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798").value();
  cashu::Token token{cashu::MintUrl::parse(mint).value(), unit, std::nullopt, {}};
  for (auto amount : amounts)
    token.proofs.push_back(
        {cashu::Amount(amount), "00ad268c4d1f5826", "s" + std::to_string(amount), C, std::nullopt, "", std::nullopt});
  return token;
}

std::string refusal(const contract::Offer& offer, const cashu::Token& token, const std::string& spec = "",
                    const std::optional<std::string>& image = std::nullopt) {
  const auto quote = check_purchase(offer, token, spec, image);
  return quote ? "" : quote.error().code;
}

}  // namespace

TEST_CASE("the duration is what is left after the mint's fee") {
  const auto quote = check_purchase(offer(), token(kMint, "sat", {4, 2, 1}), "", std::nullopt);
  REQUIRE(quote);
  CHECK(quote->spec.id == "basic");
  CHECK(quote->face_msats == 7000);
  CHECK(quote->fee_msats == 1000);  // three inputs of 100 ppk: a begun sat counts
  CHECK(quote->duration.count() == 60);
}

TEST_CASE("a unit with a rate of its own is worth what the offer says; sat and msat are what they are") {
  auto rated = offer();
  rated.mints = {{kMint, "usd", 1000, 10'000}, {kMint, "sat", 0, 5}};
  const auto quote = check_purchase(rated, token(kMint, "usd", {4, 2}), "", std::nullopt);
  REQUIRE(quote);
  CHECK(quote->face_msats == 60'000);
  CHECK(quote->fee_msats == 20'000);
  CHECK(quote->duration.count() == 400);
  CHECK(check_purchase(rated, token(kMint, "sat", {8}), "", std::nullopt)->face_msats == 8000);
  CHECK(refusal(rated, token(kMint, "eur", {64})) == "unit_not_supported");
  rated.mints[0].msat_per_unit = UINT64_MAX;
  CHECK(refusal(rated, token(kMint, "usd", {4})) == "amount_overflow");
  rated.mints[0].msat_per_unit.reset();  // an older offer: only the provider knows
  CHECK(check_purchase(rated, token(kMint, "usd", {4}), "", std::nullopt)->duration.count() == 0);
}

TEST_CASE("a mint is compared as an address, not as a text") {
  CHECK(refusal(offer(), token("https://MINT.example.org:443/Bitcoin/", "sat", {64})).empty());
  CHECK(refusal(offer(), token("https://mint.example.org", "sat", {64})) == "mint_not_accepted");
  CHECK(refusal(offer(), token("https://mint.example.org.evil.example/Bitcoin", "sat", {64})) == "mint_not_accepted");
}

TEST_CASE("what the provider would refuse is not sent") {
  CHECK(refusal(offer(), token(kMint, "sat", {4, 2})) == "insufficient_payment");
  CHECK(refusal(offer(), token(kMint, "msat", {4096})) == "insufficient_payment");
  CHECK(refusal(offer(), token(kMint, "usd", {64})) == "unit_not_supported");
  CHECK(refusal(offer(), token(kMint, "sat", {64}), "huge") == "invalid_spec");
  CHECK(refusal(offer(), token(kMint, "sat", {64}), "premium") == "sold_out");
  CHECK(refusal(offer(), token(kMint, "sat", {64}), "", "evil/image") == "image_not_allowed");
  CHECK(refusal(offer(), token(kMint, "sat", {64}), "", "linuxserver/openssh-server:latest").empty());
  auto nothing = offer();
  nothing.pod_specs.clear();
  CHECK(refusal(nothing, token(kMint, "sat", {64})) == "invalid_spec");
}

TEST_CASE("an offer without our additions is enough") {
  auto plain = offer();
  plain.mints.clear();
  plain.images.clear();
  const auto quote = check_purchase(plain, token(kMint, "sat", {64}), "basic", "any/image");
  REQUIRE(quote);
  CHECK(quote->fee_msats == 0);
  CHECK(quote->duration.count() == 640);
}

TEST_CASE("absurd numbers are refused, not computed with") {
  CHECK(refusal(offer(), token(kMint, "sat", {UINT64_MAX / 2})) == "amount_overflow");
  auto greedy = offer();
  greedy.mints[0].input_fee_ppk = UINT64_MAX;
  CHECK(refusal(greedy, token(kMint, "sat", {64})) == "insufficient_payment");
  auto dear = offer();
  dear.pod_specs[0].spec.rate_msats_per_sec = contract::kMaxRateMsatsPerSec;
  CHECK(refusal(dear, token(kMint, "sat", {64})) == "insufficient_payment");
}

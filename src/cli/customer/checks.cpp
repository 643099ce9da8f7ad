#include "cli/customer/checks.h"

#include <algorithm>

namespace paygress::cli {
namespace {

using util::Errc;
using util::Error;

const contract::OfferMint* find_mint(const contract::Offer& offer, const cashu::Token& token) {
  for (const auto& mint : offer.mints) {
    const auto url = cashu::MintUrl::parse(mint.url);
    if (url && *url == token.mint && (token.unit.empty() || mint.unit == token.unit)) return &mint;
  }
  return nullptr;
}

// A sat is 1000 msat, whatever an offer says; what other units are worth, the offer says for each mint.
std::optional<std::uint64_t> msats_per_unit(const contract::OfferMint* mint, const std::string& unit) {
  if (unit == "sat" || unit.empty()) return 1000;
  if (unit == "msat") return 1;
  return mint == nullptr ? std::nullopt : mint->msat_per_unit;
}

util::Result<contract::OfferedSpec> find_spec(const contract::Offer& offer, const std::string& id) {
  if (offer.pod_specs.empty()) return Error{Errc::not_found, "this provider offers no specification", "invalid_spec"};
  if (id.empty()) return offer.pod_specs.front();
  std::string known;
  for (const auto& offered : offer.pod_specs) {
    if (offered.spec.id == id) return offered;
    known += (known.empty() ? "" : ", ") + offered.spec.id;
  }
  return Error{Errc::not_found, "this provider has no specification \"" + id + "\", but: " + known, "invalid_spec"};
}

}  // namespace

util::Result<> check_token(const contract::Offer& offer, const cashu::Token& token) {
  const bool accepted = std::any_of(offer.whitelisted_mints.begin(), offer.whitelisted_mints.end(), [&](const std::string& text) {
    const auto url = cashu::MintUrl::parse(text);
    return url && *url == token.mint;
  });
  if (!accepted) {
    std::string known;
    for (const auto& mint : offer.whitelisted_mints) known += (known.empty() ? "" : ", ") + mint;
    return Error{Errc::refused, "this provider does not accept tokens of " + token.mint.text() + ", but of: " + known,
                 "mint_not_accepted"};
  }
  if (token.unit != "sat" && token.unit != "msat" && !token.unit.empty() && !find_mint(offer, token))
    return Error{Errc::refused, "this provider does not accept tokens in " + token.unit, "unit_not_supported"};
  return {};
}

util::Result<Quote> check_purchase(const contract::Offer& offer, const cashu::Token& token, const std::string& spec_id,
                                   const std::optional<std::string>& image) {
  if (auto checked = check_token(offer, token); !checked) return checked.error();
  const auto offered = find_spec(offer, spec_id);
  if (!offered) return offered.error();
  if (!offered->available) return Error{Errc::exhausted, "\"" + offered->spec.id + "\" is sold out at the moment", "sold_out"};
  const bool listed =
      !image || offer.images.empty() || std::find(offer.images.begin(), offer.images.end(), *image) != offer.images.end();
  if (!listed) return Error{Errc::refused, "this provider does not run the image " + *image, "image_not_allowed"};

  Quote quote;
  quote.spec = offered->spec;
  const auto* mint = find_mint(offer, token);
  const auto scale = msats_per_unit(mint, token.unit);
  if (!scale) return quote;  // an older offer, with a rate that only the provider knows
  const auto face = cashu::total(token.proofs);
  if (!face) return face.error();
  const auto face_msats = cashu::multiply(*face, *scale);
  if (!face_msats) return face_msats.error();
  quote.face_msats = face_msats->value();
  // At most 1000 proofs; the fee of a hostile offer is bounded so that the product is.
  const auto ppk = std::min<std::uint64_t>(mint ? mint->input_fee_ppk.value_or(0) : 0, 1'000'000'000);
  const auto fee_msats = cashu::multiply(cashu::Amount((token.proofs.size() * ppk + 999) / 1000), *scale);
  if (!fee_msats) return fee_msats.error();
  quote.fee_msats = fee_msats->value();
  const auto net = quote.face_msats > quote.fee_msats ? quote.face_msats - quote.fee_msats : 0;
  quote.duration = std::chrono::seconds(net / quote.spec.rate_msats_per_sec);
  const auto required = std::max<std::uint64_t>(offer.minimum_duration_seconds, 1) * quote.spec.rate_msats_per_sec;
  if (net < required)
    return Error{Errc::refused,
                 "the token is worth " + std::to_string(net) + " msat after fees; at least " + std::to_string(required) +
                     " msat (" + std::to_string(offer.minimum_duration_seconds) + " seconds of \"" + quote.spec.id +
                     "\") are needed",
                 "insufficient_payment"};
  return quote;
}

}  // namespace paygress::cli

// What can be known about a purchase before the token leaves this machine. PURE.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cashu/token.h"
#include "contract/offer.h"
#include "util/result.h"

namespace paygress::cli {

struct Quote {
  contract::PodSpec spec;
  std::uint64_t face_msats = 0;
  std::uint64_t fee_msats = 0;  // estimated from the offer; the mint decides
  std::chrono::seconds duration{0};
};

// Would this offer accept the token for that specification (empty: the first one) and image? Codes: `mint_not_accepted`,
// `unit_not_supported`, `invalid_spec`, `sold_out`, `image_not_allowed`, `insufficient_payment`.
util::Result<Quote> check_purchase(const contract::Offer& offer, const cashu::Token& token, const std::string& spec_id,
                                   const std::optional<std::string>& image);

// For a top-up the price is the pod's own and not known here: mint and unit only.
util::Result<> check_token(const contract::Offer& offer, const cashu::Token& token);

}  // namespace paygress::cli

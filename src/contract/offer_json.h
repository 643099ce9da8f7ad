// The offer as a JSON document, for the two places that print it: the published event and the answer to "offers".
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "contract/offer.h"
#include "util/result.h"

namespace paygress::contract {

nlohmann::ordered_json offer_json(const Offer&);
util::Result<Offer> offer_from_json(const nlohmann::json&);

}  // namespace paygress::contract

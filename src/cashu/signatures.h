// What a mint sends back for our outputs (NUT-00's BlindSignature), checked and unblinded. Used by swap.h's two halves.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cashu/swap.h"

namespace paygress::cashu {

util::Error bad_reply(std::string why);

// One signature for one output: amount and keyset as asked, DLEQ that holds, C_ on the curve.
util::Result<Proof> unblind_signature(const Output& output, const Keyset& keyset, const nlohmann::json& signature,
                                      DleqPolicy policy);

}  // namespace paygress::cashu

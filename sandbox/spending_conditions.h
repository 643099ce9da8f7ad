// What a mint demands besides a valid proof: NUT-10 secrets of kind P2PK (NUT-11) and HTLC (NUT-14).
#pragma once

#include <string>
#include <vector>

#include "cashu/proof.h"
#include "util/time.h"

namespace paygress::sandbox {

// False if a witness is missing or wrong, or a condition makes no sense (then nobody can spend the proof).
// `outputs_text` is every output's amount and B_ in their order, which SIG_ALL signs too.
bool conditions_met(const std::vector<cashu::Proof>& inputs, const std::string& outputs_text, util::Time now);

}  // namespace paygress::sandbox

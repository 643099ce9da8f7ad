// Paying a Lightning invoice with ecash (NUT-05, NUT-23) and getting back what was overpaid (NUT-08), in pure halves like
// swap.h: the plan is stored before its bytes go to the mint; what comes back is checked against it before it counts.
//
// The mint takes all inputs and signs the change on blank outputs, whose amounts it chooses. The blanks are made from the
// seed, so change that got lost on the way can be restored (NUT-09, NUT-13).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cashu/output.h"
#include "cashu/proof.h"
#include "cashu/swap.h"

namespace paygress::cashu {

// What the mint asks for an invoice, and how far its payment has come.
struct MeltQuote {
  enum class State { unpaid, pending, paid };
  std::string id;
  std::optional<std::string> request;  // the invoice; mints from before 2025 do not repeat it
  Amount amount;
  Amount fee_reserve;  // what Lightning may cost at most; the rest comes back as change
  std::string unit;    // empty if the mint did not say
  State state = State::unpaid;
  std::optional<std::int64_t> expiry;  // Unix seconds
  std::optional<std::string> preimage;
  nlohmann::json change;  // the signatures on our blanks, for finish_change; null: none
};

// POST and GET of /v1/melt/quote/bolt11, and the reply to POST /v1/melt/bolt11. Code `mint_reply_invalid`.
util::Result<MeltQuote> read_melt_quote(const nlohmann::json& reply);

// So many blanks that any change up to `overpaid` fits (NUT-08): max(ceil(log2(overpaid)), 1), or 0.
std::size_t blank_count(Amount overpaid);

struct MeltPlan {
  std::vector<Output> blanks;
  std::string body;            // the exact bytes of POST /v1/melt/bolt11; sent again unchanged, never rebuilt
  std::uint32_t next_counter;  // stored in the transaction that stores the plan
  Amount overpaid;             // the most that can come back: inputs less amount and input fee
};

// `inputs` without locks and with full keyset ids, `input_fee` as keyset.h computes it. When the inputs are worth more than
// is needed, the excess comes back with the rest of the reserve, so there are blanks for both.
// Codes: `melt_inputs_insufficient` (inputs < amount + fee_reserve + input_fee), `amount_overflow`, those of make_outputs.
util::Result<MeltPlan> plan_melt(const std::vector<Proof>& inputs, Amount input_fee, const MeltQuote& quote, const Keyset& active,
                                 const WalletSeed& seed, std::uint32_t first_counter);

// The mint's `change`: the n-th signature is on the n-th blank, there may be fewer than blanks (or none at all), each of an
// amount that the keyset has, with a DLEQ that holds, and together not more than `overpaid`. Code `mint_reply_invalid`.
util::Result<std::vector<Proof>> finish_change(const std::vector<Output>& blanks, const Keyset& keyset,
                                               const nlohmann::json& change, Amount overpaid,
                                               DleqPolicy policy = DleqPolicy::if_present);

// The same out of the reply to POST /v1/restore for the blanks.
util::Result<std::vector<Proof>> finish_change_restore(const std::vector<Output>& blanks, const Keyset& keyset,
                                                       const nlohmann::json& reply, Amount overpaid,
                                                       DleqPolicy policy = DleqPolicy::if_present);

}  // namespace paygress::cashu

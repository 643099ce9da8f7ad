#include "cashu/melt.h"

#include <bit>

#include "cashu/mint_replies.h"
#include "cashu/signatures.h"
#include "util/json.h"

namespace paygress::cashu {
namespace {

constexpr std::size_t kMaxPreimage = 200;
// NUT-08 lets a blank say any amount; the mint ignores it.
constexpr Amount kAnyAmount{1};

// NUT-05 knows three states; cdk has two more. One whose end it does not know is under way, and one that failed may be paid again.
// Mints from before 2025 say `paid` instead.
std::optional<MeltQuote::State> state_of(const nlohmann::json& reply) {
  const auto state = util::string_at(reply, "state");
  if (state == "UNPAID" || state == "FAILED") return MeltQuote::State::unpaid;
  if (state == "PENDING" || state == "UNKNOWN") return MeltQuote::State::pending;
  if (state == "PAID") return MeltQuote::State::paid;
  const auto paid = util::bool_at(reply, "paid");
  if (state || !paid) return std::nullopt;
  return *paid ? MeltQuote::State::paid : MeltQuote::State::unpaid;
}

util::Result<std::vector<Proof>> bounded(util::Result<std::vector<Proof>> proofs, Amount overpaid) {
  if (!proofs) return proofs;
  const auto sum = total(*proofs);
  if (!sum || *sum > overpaid) return bad_reply("more change than there can be");
  return proofs;
}

}  // namespace

util::Result<MeltQuote> read_melt_quote(const nlohmann::json& reply) {
  const auto id = util::string_at(reply, "quote");
  const auto amount = util::unsigned_at(reply, "amount"), reserve = util::unsigned_at(reply, "fee_reserve");
  const auto state = state_of(reply);
  if (!id || !is_quote_id(*id) || !amount || !reserve || !state) return bad_mint_reply("not a melt quote");
  MeltQuote quote;
  quote.id = *id;
  quote.request = util::string_at(reply, "request");
  quote.amount = Amount(*amount);
  quote.fee_reserve = Amount(*reserve);
  quote.unit = util::string_at(reply, "unit").value_or("");
  quote.state = *state;
  quote.expiry = util::integer_at(reply, "expiry");
  if (auto preimage = util::string_at(reply, "payment_preimage"); preimage && preimage->size() <= kMaxPreimage)
    quote.preimage = std::move(preimage);
  if (const auto* change = util::member(reply, "change")) quote.change = *change;
  return quote;
}

std::size_t blank_count(Amount overpaid) {
  if (overpaid.is_zero()) return 0;
  return overpaid.value() == 1 ? 1 : static_cast<std::size_t>(std::bit_width(overpaid.value() - 1));
}

util::Result<MeltPlan> plan_melt(const std::vector<Proof>& inputs, Amount input_fee, const MeltQuote& quote, const Keyset& active,
                                 const WalletSeed& seed, std::uint32_t first_counter) {
  const auto sum = total(inputs), cost = add(quote.amount, input_fee);
  if (!sum) return sum.error();
  if (!cost) return cost.error();
  const auto needed = add(*cost, quote.fee_reserve);
  if (!needed) return needed.error();
  if (inputs.empty() || *sum < *needed)
    return util::Error{util::Errc::invalid, "a melt of " + needed->text() + " with inputs of " + sum->text(),
                       "melt_inputs_insufficient"};
  const Amount overpaid(sum->value() - cost->value());

  const std::vector<Amount> amounts(blank_count(overpaid), kAnyAmount);
  auto blanks = make_outputs(amounts, active, seed, first_counter);
  if (!blanks) return blanks.error();
  nlohmann::json body = {{"quote", quote.id}, {"inputs", nlohmann::json::array()}};
  for (const Proof& input : inputs) body["inputs"].push_back(mint_input(input));
  if (!blanks->empty()) body["outputs"] = blinded_messages(*blanks);
  const std::uint32_t next_counter = blanks->empty() ? first_counter : blanks->back().counter + 1;
  return MeltPlan{std::move(*blanks), body.dump(), next_counter, overpaid};
}

util::Result<std::vector<Proof>> finish_change(const std::vector<Output>& blanks, const Keyset& keyset,
                                               const nlohmann::json& change, Amount overpaid, DleqPolicy policy) {
  std::vector<Proof> proofs;
  if (change.is_null()) return proofs;
  if (!change.is_array() || change.size() > blanks.size()) return bad_reply("change that does not fit the blank outputs");
  for (std::size_t i = 0; i < change.size(); ++i) {
    Output output = blanks[i];
    output.amount = Amount(util::unsigned_at(change[i], "amount").value_or(0));
    auto proof = unblind_signature(output, keyset, change[i], policy);
    if (!proof) return proof.error();
    proofs.push_back(std::move(*proof));
  }
  return bounded(std::move(proofs), overpaid);
}

util::Result<std::vector<Proof>> finish_change_restore(const std::vector<Output>& blanks, const Keyset& keyset,
                                                       const nlohmann::json& reply, Amount overpaid, DleqPolicy policy) {
  auto restored = finish_restore(with_signed_amounts(blanks, reply), keyset, reply, policy);
  if (!restored) return restored.error();
  return bounded(std::move(restored->proofs), overpaid);
}

}  // namespace paygress::cashu

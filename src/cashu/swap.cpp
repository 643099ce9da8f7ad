#include "cashu/swap.h"

#include <nlohmann/json.hpp>

#include "cashu/lock.h"

namespace paygress::cashu {
namespace {

void strip_witnesses(std::vector<Proof>& inputs) {
  for (Proof& input : inputs) input.witness.clear();
}

std::string body_of(std::vector<Proof> inputs, const std::vector<Output>& outputs) {
  auto list = nlohmann::json::array();
  for (Proof& input : inputs) list.push_back(mint_input(std::move(input)));
  const nlohmann::json body = {{"inputs", std::move(list)}, {"outputs", blinded_messages(outputs)}};
  return body.dump();
}

util::Error swap_of_nothing() { return {util::Errc::invalid, "a swap of nothing", "amount_not_representable"}; }

}  // namespace

util::Result<SwapPlan> plan_swap(const std::vector<Proof>& inputs, Amount net, const Keyset& active, const WalletSeed& seed,
                                 std::uint32_t first_counter, const crypto::SecretKey* own_key, const Placement* placement) {
  if (inputs.empty() || net.is_zero()) return swap_of_nothing();
  auto amounts = placement != nullptr ? Placement::split(net, active) : split_amount(net, active);
  if (!amounts) return amounts.error();
  auto outputs = placement != nullptr
                     ? make_outputs(*amounts, active, seed, Placement::begin(first_counter), placement->places(amounts->size()))
                     : make_outputs(*amounts, active, seed, first_counter);
  if (!outputs) return outputs.error();

  std::vector<Proof> signed_inputs = inputs;
  strip_witnesses(signed_inputs);
  if (own_key != nullptr)
    if (auto ok = sign_inputs(signed_inputs, *outputs, *own_key); !ok) return ok.error();
  std::string body = body_of(std::move(signed_inputs), *outputs);
  const std::uint32_t next_counter =
      placement != nullptr ? Placement::begin(first_counter) + Placement::room(outputs->size()) : outputs->back().counter + 1;
  return SwapPlan{std::move(*outputs), {}, std::move(body), next_counter};
}

util::Result<SwapPlan> plan_split(const std::vector<Proof>& inputs, Amount give, Amount keep, const Keyset& active,
                                  const WalletSeed& seed, std::uint32_t first_counter, crypto::RandomSource& random) {
  if (inputs.empty() || (give.is_zero() && keep.is_zero())) return swap_of_nothing();
  const auto give_amounts = split_amount(give, active), keep_amounts = split_amount(keep, active);
  if (!give_amounts) return give_amounts.error();
  if (!keep_amounts) return keep_amounts.error();
  auto given = make_outputs(*give_amounts, active, random);
  auto kept = make_outputs(*keep_amounts, active, seed, first_counter);
  if (!given) return given.error();
  if (!kept) return kept.error();

  SwapPlan plan;
  plan.next_counter = kept->empty() ? first_counter : kept->back().counter + 1;
  // Both are ascending; merged, the order does not tell the mint which is which (NUT-03).
  std::size_t from_given = 0, from_kept = 0;
  while (from_given < given->size() || from_kept < kept->size()) {
    const bool take_given =
        from_kept == kept->size() || (from_given < given->size() && (*given)[from_given].amount <= (*kept)[from_kept].amount);
    if (take_given) plan.given.push_back(plan.outputs.size());
    plan.outputs.push_back(take_given ? std::move((*given)[from_given++]) : std::move((*kept)[from_kept++]));
  }
  std::vector<Proof> plain_inputs = inputs;
  strip_witnesses(plain_inputs);
  plan.body = body_of(std::move(plain_inputs), plan.outputs);
  return plan;
}

}  // namespace paygress::cashu

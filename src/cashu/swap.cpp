#include "cashu/swap.h"

#include <nlohmann/json.hpp>

#include "cashu/lock.h"

namespace paygress::cashu {
namespace {

// `dleq` would tell the mint which of its signatures this is, `p2pk_e` whose key it was (NUT-12, NUT-28).
nlohmann::json input_json(Proof proof) {
  proof.dleq.reset();
  proof.p2pk_e.reset();
  return to_json(proof);
}

void strip_witnesses(std::vector<Proof>& inputs) {
  for (Proof& input : inputs) input.witness.clear();
}

}  // namespace

util::Result<SwapPlan> plan_swap(const std::vector<Proof>& inputs, Amount net, const Keyset& active, const WalletSeed& seed,
                                 std::uint32_t first_counter, const crypto::SecretKey* own_key) {
  if (inputs.empty() || net.is_zero()) return util::Error{util::Errc::invalid, "a swap of nothing", "amount_not_representable"};
  auto amounts = split_amount(net, active);
  if (!amounts) return amounts.error();
  auto outputs = make_outputs(*amounts, active, seed, first_counter);
  if (!outputs) return outputs.error();

  std::vector<Proof> signed_inputs = inputs;
  strip_witnesses(signed_inputs);
  if (own_key != nullptr)
    if (auto ok = sign_inputs(signed_inputs, *outputs, *own_key); !ok) return ok.error();

  auto list = nlohmann::json::array();
  for (Proof& input : signed_inputs) list.push_back(input_json(std::move(input)));
  const nlohmann::json body = {{"inputs", std::move(list)}, {"outputs", blinded_messages(*outputs)}};
  const std::uint32_t next_counter = outputs->back().counter + 1;
  return SwapPlan{std::move(*outputs), body.dump(), next_counter};
}

}  // namespace paygress::cashu

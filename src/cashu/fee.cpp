#include <algorithm>

#include "cashu/keyset.h"

namespace paygress::cashu {
namespace {

Amount rounded_up(Amount ppk) { return Amount(ppk.value() / 1000 + (ppk.value() % 1000 != 0 ? 1 : 0)); }

}  // namespace

util::Result<Amount> input_fee(const std::vector<Proof>& proofs, const std::vector<Keyset>& keysets) {
  Amount ppk;
  for (const Proof& proof : proofs) {
    auto keyset = find_keyset(keysets, proof.keyset_id);
    if (!keyset) return keyset.error();
    auto sum = add(ppk, Amount((*keyset)->input_fee_ppk));
    if (!sum) return sum;
    ppk = *sum;
  }
  return rounded_up(ppk);
}

util::Result<Amount> input_fee(std::size_t proofs, const Keyset& keyset) {
  const auto ppk = multiply(Amount(keyset.input_fee_ppk), proofs);
  if (!ppk) return ppk.error();
  return rounded_up(*ppk);
}

util::Result<ResolvedProofs> resolve_proofs(const std::vector<Proof>& proofs, std::string_view unit,
                                            const std::vector<Keyset>& keysets) {
  ResolvedProofs resolved;
  resolved.unit = unit;
  for (const Proof& proof : proofs) {
    auto found = find_keyset(keysets, proof.keyset_id);
    if (!found) return found.error();
    const Keyset& keyset = **found;
    if (resolved.unit.empty()) resolved.unit = keyset.unit;
    if (keyset.unit != resolved.unit) {
      if (unit.empty())
        return util::Error{util::Errc::invalid, "the token mixes the units " + resolved.unit + " and " + keyset.unit,
                           "token_units_mixed"};
      return util::Error{util::Errc::invalid, "the token says another unit than its keyset, which is in " + keyset.unit,
                         "token_unit_mismatch"};
    }
    if (!keyset.keys.contains(proof.amount.value()))
      return util::Error{util::Errc::invalid, "keyset " + keyset.id + " has no key for the amount " + proof.amount.text(),
                         "token_amount_unknown"};
    resolved.proofs.push_back(proof);
    resolved.proofs.back().keyset_id = keyset.id;
  }
  auto face = total(resolved.proofs);
  if (!face) return face.error();
  auto fee = input_fee(resolved.proofs, keysets);
  if (!fee) return fee.error();
  resolved.face = *face;
  resolved.fee = *fee;
  resolved.net = Amount(face->value() - std::min(face->value(), fee->value()));
  return resolved;
}

}  // namespace paygress::cashu

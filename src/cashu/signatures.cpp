#include "cashu/signatures.h"

#include <algorithm>
#include <map>
#include <optional>

#include <nlohmann/json.hpp>

#include "cashu/dhke.h"
#include "cashu/dleq.h"
#include "util/json.h"

namespace paygress::cashu {
namespace {

util::Result<std::optional<Dleq>> dleq_of(const nlohmann::json& signature) {
  const auto* json = util::member(signature, "dleq");
  if (json == nullptr) return std::optional<Dleq>();
  const auto e = util::array_from_hex<32>(util::string_at(*json, "e").value_or(""));
  const auto s = util::array_from_hex<32>(util::string_at(*json, "s").value_or(""));
  if (!e || !s) return bad_reply("a DLEQ that is not two times 32 bytes in hex");
  return std::optional<Dleq>(Dleq{*e, *s, std::nullopt});
}

const nlohmann::json* array_at(const nlohmann::json& reply, const char* key) {
  const auto* list = util::member(reply, key);
  return list != nullptr && list->is_array() ? list : nullptr;
}

}  // namespace

util::Error bad_reply(std::string why) {
  return {util::Errc::malformed, "the mint's reply is not what was asked: " + std::move(why), "mint_reply_invalid"};
}

util::Result<Proof> unblind_signature(const Output& output, const Keyset& keyset, const nlohmann::json& signature,
                                      DleqPolicy policy) {
  if (util::unsigned_at(signature, "amount") != output.amount.value()) return bad_reply("a signature for another amount");
  if (util::string_at(signature, "id") != output.keyset_id || keyset.id != output.keyset_id)
    return bad_reply("a signature of another keyset");
  const auto key = keyset.keys.find(output.amount.value());
  if (key == keyset.keys.end()) return bad_reply("an amount without a key");
  const auto C_ = crypto::Point::from_hex(util::string_at(signature, "C_").value_or(""));
  if (!C_) return bad_reply("a C_ that is not a point");

  auto dleq = dleq_of(signature);
  if (!dleq) return dleq.error();
  if (!*dleq && policy == DleqPolicy::required) return bad_reply("a signature without DLEQ");
  if (*dleq && !verify_dleq(**dleq, key->second, output.B_, *C_)) return bad_reply("a DLEQ that does not hold");
  auto C = unblind(*C_, output.r, key->second);
  if (!C) return bad_reply("a signature that unblinds to nothing");
  if (*dleq) (*dleq)->r = output.r.bytes();
  return Proof{output.amount, output.keyset_id, output.secret, *C, *dleq, {}, std::nullopt};
}

util::Result<std::vector<Proof>> finish_swap(const std::vector<Output>& outputs, const Keyset& keyset, const nlohmann::json& reply,
                                             DleqPolicy policy) {
  const auto* signatures = array_at(reply, "signatures");
  if (signatures == nullptr) return bad_reply("no signatures");
  if (signatures->size() != outputs.size())
    return bad_reply(std::to_string(signatures->size()) + " signatures for " + std::to_string(outputs.size()) + " outputs");
  std::vector<Proof> proofs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto proof = unblind_signature(outputs[i], keyset, (*signatures)[i], policy);
    if (!proof) return proof.error();
    proofs.push_back(std::move(*proof));
  }
  return proofs;
}

util::Result<Restored> finish_restore(const std::vector<Output>& outputs, const Keyset& keyset, const nlohmann::json& reply,
                                      DleqPolicy policy) {
  const auto* echoed = array_at(reply, "outputs");
  const auto* signatures = array_at(reply, "signatures");
  if (echoed == nullptr || signatures == nullptr || echoed->size() != signatures->size())
    return bad_reply("outputs and signatures are not pairs");

  std::map<std::string, const nlohmann::json*> signature_of;
  for (std::size_t i = 0; i < echoed->size(); ++i) {
    const auto B_ = crypto::Point::from_hex(util::string_at((*echoed)[i], "B_").value_or(""));
    if (!B_) return bad_reply("a B_ that is not a point");
    if (!signature_of.emplace(B_->hex(), &(*signatures)[i]).second) return bad_reply("the same output twice");
  }
  std::vector<Proof> proofs;
  for (const Output& output : outputs) {
    const auto found = signature_of.find(output.B_.hex());
    if (found == signature_of.end()) continue;
    auto proof = unblind_signature(output, keyset, *found->second, policy);
    if (!proof) return proof.error();
    proofs.push_back(std::move(*proof));
  }
  if (proofs.size() != signature_of.size()) return bad_reply("an output that was not asked for");
  const Coverage coverage = proofs.empty() ? Coverage::none : proofs.size() == outputs.size() ? Coverage::all : Coverage::some;
  return Restored{coverage, std::move(proofs)};
}

std::vector<Output> with_signed_amounts(const std::vector<Output>& asked, const nlohmann::json& reply) {
  const auto* echoed = array_at(reply, "outputs");
  const auto* signatures = array_at(reply, "signatures");
  if (echoed == nullptr || signatures == nullptr) return {};
  std::map<std::string, std::uint64_t> amount_of;
  for (std::size_t i = 0; i < std::min(echoed->size(), signatures->size()); ++i)
    if (const auto B_ = crypto::Point::from_hex(util::string_at((*echoed)[i], "B_").value_or("")))
      if (const auto amount = util::unsigned_at((*signatures)[i], "amount")) amount_of.emplace(B_->hex(), *amount);
  std::vector<Output> found;
  for (const Output& output : asked) {
    const auto amount = amount_of.find(output.B_.hex());
    if (amount == amount_of.end()) continue;
    found.push_back(output);
    found.back().amount = Amount(amount->second);
  }
  return found;
}

}  // namespace paygress::cashu

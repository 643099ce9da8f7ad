#include "sandbox/mint_ledger.h"

#include <algorithm>

#include "cashu/dhke.h"
#include "cashu/dleq.h"
#include "crypto/random.h"
#include "sandbox/invoice.h"
#include "sandbox/mint_amounts.h"
#include "sandbox/spending_conditions.h"

namespace paygress::sandbox {
namespace {

using util::Json;

constexpr std::size_t kMaxInputs = 1000, kMaxOutputs = 1000;  // as cdk and nutshell

const Json& array_at(const Json& request, const char* key) {
  const Json* found = util::member(request, key);
  if (found == nullptr || !found->is_array()) throw MintRefusal(0, std::string("the request lacks the list ") + key);
  return *found;
}

Json dleq_json(const cashu::Dleq& dleq) { return {{"e", util::hex(dleq.e)}, {"s", util::hex(dleq.s)}}; }

}  // namespace

MintLedger::MintLedger(Options options, crypto::RandomSource& random)
    : options_(std::move(options)), random_(random), journal_(options_.journal) {
  for (const std::string& line : journal_.lines()) apply(Json::parse(line));
  if (!keysets_.empty()) return;
  const auto seed = crypto::random_bytes<32>(random_);
  const Json opened = {{"op", "open"}, {"seed", util::hex(seed)}};
  commit(opened);
  for (const std::string& unit : options_.units) rotate(unit, options_.input_fee_ppk);
}

// ---- keysets

std::string MintLedger::rotate(const std::string& unit, std::uint64_t input_fee_ppk) {
  const Json line = {{"op", "keyset"}, {"unit", unit}, {"ppk", input_fee_ppk}, {"v1", options_.v1_keyset_ids}};
  commit(line);
  return keysets_.back().keyset.id;
}

const MintKeyset& MintLedger::active(const std::string& unit) const {
  for (const MintKeyset& keyset : keysets_) {
    if (keyset.keyset.active && keyset.keyset.unit == unit) return keyset;
  }
  throw MintRefusal(11013, "Unit in request is not supported");
}

const MintKeyset& MintLedger::find(const std::string& keyset_id) const {
  for (const MintKeyset& keyset : keysets_) {
    if (keyset.keyset.id == keyset_id) return keyset;
  }
  throw MintRefusal(12001, "Keyset is not known");
}

// ---- what every movement checks

MintLedger::Inputs MintLedger::read_inputs(const Json& request) const {
  const Json& list = array_at(request, "inputs");
  if (list.size() > kMaxInputs) throw MintRefusal(11014, "Max inputs exceeded");
  Inputs inputs;
  std::uint64_t ppk = 0;
  std::set<std::string> seen;
  for (const Json& item : list) {
    const util::Result<cashu::Proof> proof = cashu::parse_proof(item);
    if (!proof) throw MintRefusal(10001, "Proof verification failed: " + proof.error().message);
    const MintKeyset& keyset = find(proof->keyset_id);
    const auto k = keyset.secret.find(proof->amount.value());
    if (k == keyset.secret.end() || !cashu::mint_verifies(proof->secret, proof->C, k->second))
      throw MintRefusal(10001, "Proof verification failed");
    if (!inputs.unit.empty() && inputs.unit != keyset.keyset.unit) throw MintRefusal(11009, "Inputs/Outputs of multiple units");

    const std::string y = cashu::proof_y(*proof).hex();
    if (!seen.insert(y).second) throw MintRefusal(11007, "Duplicate inputs provided");
    inputs.unit = keyset.keyset.unit;
    inputs.sum = checked_sum(inputs.sum, proof->amount.value());
    ppk += keyset.keyset.input_fee_ppk;
    inputs.ys.push_back(y);
    inputs.proofs.push_back(*proof);
  }
  for (const std::string& y : inputs.ys) {
    if (spent_.contains(y)) throw MintRefusal(11001, "Token already spent.");
    if (pending_.contains(y)) throw MintRefusal(11002, "Proofs are pending");
  }
  inputs.fee = (ppk + 999) / 1000;
  return inputs;
}

std::vector<MintLedger::Output> MintLedger::read_outputs(const Json& request) const {
  const Json& list = array_at(request, "outputs");
  if (list.size() > kMaxOutputs) throw MintRefusal(11015, "Max outputs exceeded");
  std::vector<Output> outputs;
  for (const Json& item : list) {
    const auto amount = util::unsigned_at(item, "amount");
    const auto point = crypto::Point::from_hex(util::string_at(item, "B_").value_or(""));
    if (!amount || !point) throw MintRefusal(0, "an output is not {amount, id, B_}");
    outputs.push_back({*amount, util::string_at(item, "id").value_or(""), *point});
  }
  return outputs;
}

std::uint64_t MintLedger::check_outputs(const std::vector<Output>& outputs, const std::string& unit) const {
  std::uint64_t sum = 0;
  std::set<std::string> seen;
  for (const Output& output : outputs) {
    const MintKeyset& keyset = find(output.keyset_id);
    if (!keyset.keyset.active) throw MintRefusal(12002, "Keyset is inactive, cannot sign messages");
    if (keyset.keyset.unit != unit) throw MintRefusal(11010, "Inputs and outputs not of same unit");
    if (!seen.insert(output.B_.hex()).second) throw MintRefusal(11008, "Duplicate outputs provided");
    if (signed_.contains(output.B_.hex())) throw MintRefusal(11003, "outputs have already been signed before.");
    if (!keyset.secret.contains(output.amount)) throw MintRefusal(11006, "Amount outside of limit range");
    sum = checked_sum(sum, output.amount);
  }
  return sum;
}

MintLedger::Signature MintLedger::sign(const Output& output) const {
  const crypto::Scalar& k = find(output.keyset_id).secret.at(output.amount);
  const crypto::Point C_ = cashu::sign_blinded(output.B_, k);
  return {output.amount, output.keyset_id, C_, cashu::make_dleq(k, output.B_, C_)};
}

Json MintLedger::to_json(const Signature& signature) {
  return {
      {"amount", signature.amount}, {"id", signature.keyset_id}, {"C_", signature.C_.hex()}, {"dleq", dleq_json(signature.dleq)}};
}

// ---- movements

Json MintLedger::movement(const std::string& unit, const Inputs& inputs, const std::vector<Output>& outputs,
                          Json& signatures) const {
  Json line = {{"op", "move"}, {"unit", unit}, {"fee", inputs.fee}, {"spent", Json::array()}, {"signed", Json::array()}};
  for (std::size_t i = 0; i < inputs.proofs.size(); ++i) {
    const Json entry = {{"Y", inputs.ys[i]}, {"amount", inputs.proofs[i].amount.value()}};
    line["spent"].push_back(entry);
  }
  signatures = Json::array();
  for (const Output& output : outputs) {
    Json entry = to_json(sign(output));
    signatures.push_back(entry);
    entry["B_"] = output.B_.hex();
    line["signed"].push_back(std::move(entry));
  }
  return line;
}

Json MintLedger::swap(const Json& request, util::Time now) {
  const Inputs inputs = read_inputs(request);
  const std::vector<Output> outputs = read_outputs(request);
  const std::uint64_t sum = check_outputs(outputs, inputs.unit);
  std::string outputs_text;
  for (const Output& output : outputs) outputs_text += std::to_string(output.amount) + output.B_.hex();
  if (!conditions_met(inputs.proofs, outputs_text, now)) throw MintRefusal(10001, "Witness is missing or invalid");
  if (inputs.proofs.empty() || inputs.sum < inputs.fee || inputs.sum - inputs.fee != sum)
    throw MintRefusal(11005, "Transaction is not balanced (inputs != outputs)");

  Json signatures;
  commit(movement(inputs.unit, inputs, outputs, signatures));
  return {{"signatures", signatures}};
}

Json MintLedger::mint_quote(const Json& request, util::Time now) {
  const std::uint64_t amount = util::unsigned_at(request, "amount").value_or(0);
  const std::string unit = util::string_at(request, "unit").value_or("");
  active(unit);
  if (amount == 0 || amount > (std::uint64_t{1} << 40)) throw MintRefusal(11006, "Amount outside of limit range");
  const std::string id = util::hex(crypto::random_bytes<16>(random_));
  const Json line = {{"op", "mint_quote"},
                     {"quote", id},
                     {"amount", amount},
                     {"unit", unit},
                     {"request", fake_invoice({amount * msat_per(unit), id, now})},
                     {"expiry", util::unix_seconds(now + kQuoteLife)}};
  commit(line);
  return mint_quote_state(id);
}

Json MintLedger::mint_quote_state(const std::string& id) const {
  const auto found = mint_quotes_.find(id);
  if (found == mint_quotes_.end()) throw MintRefusal(0, "quote not found");
  const Quote& quote = found->second;
  return {{"quote", id},
          {"request", quote.request},
          {"amount", quote.amount},
          {"unit", quote.unit},
          {"state", quote.done ? "ISSUED" : "PAID"},
          {"expiry", quote.expiry}};
}

Json MintLedger::mint(const Json& request) {
  const std::string id = util::string_at(request, "quote").value_or("");
  const auto found = mint_quotes_.find(id);
  if (found == mint_quotes_.end()) throw MintRefusal(0, "quote not found");
  if (found->second.done) throw MintRefusal(20002, "Quote has already been issued");
  const std::vector<Output> outputs = read_outputs(request);
  if (check_outputs(outputs, found->second.unit) != found->second.amount)
    throw MintRefusal(11005, "Transaction is not balanced (inputs != outputs)");

  Json signatures;
  Json line = movement(found->second.unit, {}, outputs, signatures);
  line["minted"] = id;
  line["created"] = found->second.amount;
  commit(line);
  return {{"signatures", signatures}};
}

std::vector<cashu::Proof> MintLedger::issue(const std::string& unit, const std::vector<std::uint64_t>& amounts,
                                            const std::vector<std::string>& secrets) {
  const MintKeyset& keyset = active(unit);
  std::vector<Output> outputs;
  std::vector<crypto::Scalar> blinding;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    blinding.push_back(crypto::Scalar::generate(random_));
    outputs.push_back({amounts[i], keyset.keyset.id, cashu::blind(cashu::hash_to_curve(secrets[i]), blinding[i]).value()});
    sum = checked_sum(sum, amounts[i]);
  }
  check_outputs(outputs, unit);
  Json signatures;
  Json line = movement(unit, {}, outputs, signatures);
  line["created"] = sum;
  commit(line);

  std::vector<cashu::Proof> proofs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Signature& signature = signed_.at(outputs[i].B_.hex());
    cashu::Dleq dleq = signature.dleq;
    dleq.r = blinding[i].bytes();
    const crypto::Point C = cashu::unblind(signature.C_, blinding[i], keyset.keyset.keys.at(amounts[i])).value();
    proofs.push_back({cashu::Amount(amounts[i]), keyset.keyset.id, secrets[i], C, dleq, {}, {}});
  }
  return proofs;
}

// ---- questions

Json MintLedger::check_state(const Json& request) const {
  Json states = Json::array();
  for (const Json& item : array_at(request, "Ys")) {
    if (!item.is_string()) throw MintRefusal(0, "a Y is not a text");
    const ProofState found = state(item);
    const char* name = found == ProofState::spent ? "SPENT" : found == ProofState::pending ? "PENDING" : "UNSPENT";
    const Json entry = {{"Y", item}, {"state", name}, {"witness", nullptr}};
    states.push_back(entry);
  }
  return {{"states", states}};
}

Json MintLedger::restore(const Json& request) const {
  Json outputs = Json::array(), signatures = Json::array();
  for (const Json& item : array_at(request, "outputs")) {
    const auto found = signed_.find(util::string_at(item, "B_").value_or(""));
    if (found == signed_.end()) continue;
    outputs.push_back(item);
    signatures.push_back(to_json(found->second));
  }
  return {{"outputs", outputs}, {"signatures", signatures}};
}

void MintLedger::set_pending(const std::string& y, bool pending) {
  if (pending)
    pending_.insert(y);
  else
    pending_.erase(y);
}

ProofState MintLedger::state(const std::string& y) const {
  if (spent_.contains(y)) return ProofState::spent;
  return pending_.contains(y) ? ProofState::pending : ProofState::unspent;
}

}  // namespace paygress::sandbox

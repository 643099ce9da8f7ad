#include "cashu/proof.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "cashu/dhke.h"
#include "cashu/keyset.h"
#include "util/json.h"

namespace paygress::cashu {
namespace {

util::Error malformed(std::string what) {
  return {util::Errc::malformed, "not a Cashu proof: " + std::move(what), "token_malformed"};
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

util::Result<std::array<std::uint8_t, 32>> hash_at(const nlohmann::json& json, const char* key) {
  const auto text = util::string_at(json, key);
  if (!text) return malformed("its DLEQ lacks " + std::string(key));
  auto bytes = util::array_from_hex<32>(lower(*text));
  if (!bytes) return malformed("its DLEQ is not 32 bytes in hex");
  return *bytes;
}

util::Result<Dleq> parse_dleq(const nlohmann::json& json) {
  auto e = hash_at(json, "e");
  if (!e) return e.error();
  auto s = hash_at(json, "s");
  if (!s) return s.error();
  Dleq dleq{*e, *s, std::nullopt};
  if (util::member(json, "r") == nullptr) return dleq;
  auto r = hash_at(json, "r");
  if (!r) return r.error();
  dleq.r = *r;
  return dleq;
}

util::Result<crypto::Point> point_at(const nlohmann::json& json, const char* key) {
  const auto text = util::string_at(json, key);
  if (!text) return malformed("no " + std::string(key));
  auto point = crypto::Point::from_hex(*text);
  if (!point)
    return util::Error{util::Errc::malformed, std::string(key) + " of a proof: " + point.error().message, "token_point_invalid"};
  return *point;
}

// NUT-11 allows the witness as an object beside the usual text. What it says is nobody's concern here: we write our own.
util::Result<std::string> witness_of(const nlohmann::json& json) {
  const auto* witness = util::member(json, "witness");
  if (witness == nullptr) return std::string();
  if (witness->is_string()) return witness->get<std::string>();
  if (witness->is_object()) return util::to_text(*witness);
  return malformed("its witness is neither a text nor an object");
}

util::Result<Proof> parse_fields(const nlohmann::json& json, const std::string& id) {
  const auto* amount = util::member(json, "amount");
  if (amount == nullptr) return malformed("no amount");
  if (!amount->is_number_unsigned() || *amount == 0)
    return util::Error{util::Errc::malformed, "the amount of a proof is not a positive whole number", "token_amount_invalid"};
  const auto secret = util::string_at(json, "secret");
  if (!secret || secret->empty()) return malformed("no secret");
  auto C = point_at(json, "C");
  if (!C) return C.error();
  auto witness = witness_of(json);
  if (!witness) return witness.error();

  Proof proof{Amount(amount->get<std::uint64_t>()), id, *secret, *C, std::nullopt, *witness, std::nullopt};
  if (const auto* dleq = util::member(json, "dleq")) {
    auto read = parse_dleq(*dleq);
    if (!read) return read.error();
    proof.dleq = *read;
  }
  if (util::member(json, "p2pk_e") != nullptr) {
    auto point = point_at(json, "p2pk_e");
    if (!point) return point.error();
    proof.p2pk_e = *point;
  }
  return proof;
}

}  // namespace

crypto::Point proof_y(const Proof& proof) { return hash_to_curve(proof.secret); }

util::Result<Amount> total(const std::vector<Proof>& proofs) {
  Amount sum;
  for (const Proof& proof : proofs) {
    auto next = add(sum, proof.amount);
    if (!next) return next;
    sum = *next;
  }
  return sum;
}

util::Result<Proof> parse_proof(const nlohmann::json& json) {
  if (!json.is_object()) return malformed("expected an object");
  const auto id = util::string_at(json, "id");
  if (!id || !is_keyset_id(*id)) return malformed("no keyset id, or not in one of its forms");
  auto proof = parse_fields(json, normal_keyset_id(*id));
  if (proof) return proof;
  // Proofs of another version's keysets look otherwise (BLS12-381: C has 48 bytes): that is what helps their owner.
  if (auto spoken = check_keyset_version(normal_keyset_id(*id)); !spoken) return spoken.error();
  return proof;
}

nlohmann::json to_json(const Proof& proof) {
  nlohmann::json json = {{"amount", proof.amount.value()}, {"id", proof.keyset_id}, {"secret", proof.secret}, {"C", proof.C.hex()}};
  if (proof.dleq) {
    json["dleq"] = {{"e", util::hex(proof.dleq->e)}, {"s", util::hex(proof.dleq->s)}};
    if (proof.dleq->r) json["dleq"]["r"] = util::hex(*proof.dleq->r);
  }
  if (!proof.witness.empty()) json["witness"] = proof.witness;
  if (proof.p2pk_e) json["p2pk_e"] = proof.p2pk_e->hex();
  return json;
}

nlohmann::json mint_input(Proof proof) {
  proof.dleq.reset();
  proof.p2pk_e.reset();
  return to_json(proof);
}

}  // namespace paygress::cashu

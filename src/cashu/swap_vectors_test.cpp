// Whole claims, from the token to the new proofs, with everything that a mint may get wrong in between.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cashu/dhke.h"
#include "cashu/dleq.h"
#include "cashu/swap.h"
#include "cashu/token.h"
#include "crypto/mnemonic.h"
#include "tests/support/vectors.h"

using namespace paygress;
using nlohmann::json;

namespace {

struct Claim {
  cashu::Keyset keyset;
  cashu::Token token;
  cashu::ResolvedProofs resolved;
  cashu::SwapPlan plan;
};

Claim claim_of(const json& item, const cashu::WalletSeed& seed) {
  const auto keyset = cashu::parse_keyset(item["keyset"]).value();
  const auto token = cashu::decode_token(item["token_v4_short_id"].get<std::string>()).value();
  const auto resolved = cashu::resolve_proofs(token.proofs, token.unit, {keyset}).value();
  const auto plan = cashu::plan_swap(resolved.proofs, resolved.net, keyset, seed, item["output_private"][0]["counter"]).value();
  return {keyset, token, resolved, plan};
}

json as_json(const std::vector<cashu::Proof>& proofs) {
  json list = json::array();
  for (const auto& proof : proofs) list.push_back(cashu::to_json(proof));
  return list;
}

}  // namespace

TEST_CASE("golden swaps: the request, the reply and the new proofs are those of the transcript") {
  const auto vectors = test::vector_json("cashu/golden_swap.json");
  if (!vectors) return;
  const cashu::WalletSeed seed(crypto::Mnemonic::parse((*vectors)["mnemonic"].get<std::string>()).value().seed().bytes());
  for (const auto& item : (*vectors)["cases"]) {
    INFO("keyset version " << item["keyset_version"].dump());
    const Claim claim = claim_of(item, seed);
    CHECK(claim.resolved.face.value() == item["face"].get<std::uint64_t>());
    CHECK(claim.resolved.fee.value() == item["fee"].get<std::uint64_t>());
    CHECK(claim.resolved.net.value() == item["net"].get<std::uint64_t>());
    for (std::size_t i = 0; i < claim.resolved.proofs.size(); ++i) {
      const auto& proof = claim.resolved.proofs[i];
      CHECK(cashu::proof_y(proof).hex() == item["input_Ys"][i].get<std::string>());
      CHECK(cashu::verify_dleq(proof, claim.keyset.keys.at(proof.amount.value())));
    }
    CHECK(cashu::encode_token(claim.token, cashu::WithDleq::yes) == item["token_v4_short_id"].get<std::string>());

    CHECK(json::parse(claim.plan.body) == item["request"]);
    for (std::size_t i = 0; i < claim.plan.outputs.size(); ++i) {
      const auto& output = claim.plan.outputs[i];
      const auto& expected = item["output_private"][i];
      CHECK(output.counter == expected["counter"].get<std::uint32_t>());
      CHECK(output.secret == expected["secret"].get<std::string>());
      CHECK(output.r.hex() == expected["r"].get<std::string>());
      CHECK(cashu::hash_to_curve(output.secret).hex() == expected["Y"].get<std::string>());
    }
    CHECK(claim.plan.next_counter == claim.plan.outputs.back().counter + 1);

    const auto proofs = cashu::finish_swap(claim.plan.outputs, claim.keyset, item["response"], cashu::DleqPolicy::required);
    REQUIRE(proofs);
    CHECK(as_json(*proofs) == item["new_proofs"]);
  }
}

TEST_CASE("golden swaps: no bad reply is taken for money") {
  const auto vectors = test::vector_json("cashu/golden_swap.json");
  if (!vectors) return;
  const cashu::WalletSeed seed(crypto::Mnemonic::parse((*vectors)["mnemonic"].get<std::string>()).value().seed().bytes());
  for (const auto& item : (*vectors)["cases"]) {
    const Claim claim = claim_of(item, seed);
    for (const auto& reply : item["bad_responses"]) {
      INFO(reply["why"].get<std::string>());
      const auto proofs = cashu::finish_swap(claim.plan.outputs, claim.keyset, reply, cashu::DleqPolicy::required);
      REQUIRE_FALSE(proofs);
      CHECK(proofs.error().code == "mint_reply_invalid");
    }
  }
}

TEST_CASE("golden swaps: the mint's half of our code signs as the transcript's mint did") {
  const auto vectors = test::vector_json("cashu/golden_swap.json");
  if (!vectors) return;
  for (const auto& item : (*vectors)["cases"])
    for (std::size_t i = 0; i < item["request"]["outputs"].size(); ++i) {
      const auto& output = item["request"]["outputs"][i];
      const auto& expected = item["response"]["signatures"][i];
      const auto k = crypto::Scalar::from_hex((*vectors)["mint_private_keys"][output["amount"].dump()].get<std::string>()).value();
      const auto B_ = crypto::Point::from_hex(output["B_"].get<std::string>()).value();
      const auto C_ = cashu::sign_blinded(B_, k);
      CHECK(C_.hex() == expected["C_"].get<std::string>());
      const auto dleq = cashu::make_dleq(k, B_, C_);
      CHECK(util::hex(dleq.e) == expected["dleq"]["e"].get<std::string>());
      CHECK(util::hex(dleq.s) == expected["dleq"]["s"].get<std::string>());
      const auto& proof = item["new_proofs"][i];
      CHECK(cashu::mint_verifies(proof["secret"].get<std::string>(), crypto::Point::from_hex(proof["C"].get<std::string>()).value(),
                                 k));
    }
}

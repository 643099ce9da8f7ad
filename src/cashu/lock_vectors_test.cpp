#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cashu/lock.h"
#include "cashu/output.h"
#include "cashu/spending_condition.h"
#include "crypto/hash.h"
#include "tests/support/vectors.h"
#include "util/json.h"

using namespace paygress;
using cashu::LockKind;
using nlohmann::json;

namespace {

crypto::SecretKey own_key(const json& hex) { return crypto::SecretKey::from_hex(hex.get<std::string>()).value(); }

std::vector<cashu::Proof> inputs_of(const json& list) {
  std::vector<cashu::Proof> inputs;
  for (const auto& item : list) inputs.push_back(cashu::parse_proof(item).value());
  return inputs;
}

// Only what a signature covers; the private half plays no part.
std::vector<cashu::Output> outputs_of(const json& list) {
  std::vector<cashu::Output> outputs;
  for (const auto& item : list)
    outputs.push_back({cashu::Amount(item["amount"]), item["id"], 0, "", crypto::Scalar::from_hex(std::string(64, '1')).value(),
                       crypto::Point::from_hex(item["B_"].get<std::string>()).value()});
  return outputs;
}

std::string signature_in(const std::string& witness) { return json::parse(witness)["signatures"].at(0); }

LockKind kind_named(const std::string& name) {
  if (name == "not_nut10") return LockKind::none;
  if (name == "unknown_kind") return LockKind::unknown_kind;
  if (name == "spendable_by_own_key") return LockKind::own_key;
  if (name == "spendable_by_own_key_until_locktime") return LockKind::own_key_until_locktime;
  if (name == "anyone_can_spend") return LockKind::anyone;
  if (name == "refund_path_open") return LockKind::refund_open;
  if (name == "not_spendable_alone") return LockKind::multisig;
  if (name == "foreign_key") return LockKind::foreign_key;
  if (name == "malformed") return LockKind::malformed;
  FAIL("a kind this test does not know: ", name);
  return LockKind::none;
}

// How many of the keys have a valid signature in the witness: NUT-11 counts keys, not signatures.
std::size_t signers(const std::vector<crypto::PublicKey>& keys, const std::string& message, const std::string& witness) {
  const json parsed = witness.empty() ? json::object() : json::parse(witness);
  std::size_t count = 0;
  for (const auto& key : keys)
    for (const auto& text : parsed.value("signatures", json::array())) {
      const auto signature = util::array_from_hex<64>(text.get<std::string>());
      if (!signature || !crypto::verify(key, crypto::sha256(util::as_bytes(message)), *signature)) continue;
      ++count;
      break;
    }
  return count;
}

}  // namespace

TEST_CASE("NUT-10, NUT-11: every secret is told for what it locks") {
  const auto vectors = test::vector_json("cashu/nut11_p2pk_htlc.json");
  if (!vectors) return;
  const auto& classification = (*vectors)["constructed"]["secret_classification"];
  const auto key = own_key(classification["own_private_key_hex"]);
  const auto now = util::from_unix((*vectors)["evaluated_at_unix"]);
  for (const auto& item : classification["cases"]) {
    INFO(item["why"].get<std::string>());
    CHECK(cashu::classify_lock(item["secret"].get<std::string>(), &key.public_key(), now) == kind_named(item["expect"]));
  }
}

TEST_CASE("NUT-11: the conditions are read so that the official signatures open what they open") {
  const auto vectors = test::vector_json("cashu/nut11_p2pk_htlc.json");
  if (!vectors) return;
  const std::int64_t now = (*vectors)["evaluated_at_unix"];
  const auto check = [&](const std::string& secret, const std::string& message, const std::string& witness, const json& item) {
    const auto condition = cashu::read_condition(secret);
    REQUIRE(condition);
    CHECK(signers(condition->keys, message, witness) == item["info"]["main_valid_keys"].get<std::size_t>());
    CHECK(signers(condition->refund_keys, message, witness) == item["info"]["refund_valid_keys"].get<std::size_t>());
    CHECK((condition->locktime && *condition->locktime < now) == item["info"]["expired"].get<bool>());
    if (condition->kind != cashu::SpendingCondition::Kind::p2pk) return;
    CHECK((signers(condition->keys, message, witness) >= condition->n_sigs) == item["main_path_ok"].get<bool>());
  };
  for (const auto& item : (*vectors)["proofs_sig_inputs"]) {
    INFO(item["label"].get<std::string>());
    const auto proof = cashu::parse_proof(item["proof"]).value();
    CHECK_FALSE(cashu::read_condition(proof.secret)->sig_all);
    check(proof.secret, proof.secret, proof.witness, item);
  }
  for (const auto& item : (*vectors)["requests_sig_all"]) {
    INFO(item["label"].get<std::string>());
    const auto inputs = inputs_of(item["request"]["inputs"]);
    const std::string message =
        cashu::sig_all_message(inputs, outputs_of(item["request"]["outputs"]), item["request"].value("quote", ""));
    CHECK(message == item["msg_to_sign"].get<std::string>());
    CHECK(util::hex(crypto::sha256(util::as_bytes(message))) == item["sha256_hex"].get<std::string>());
    CHECK(cashu::read_condition(inputs.front().secret)->sig_all);
    check(inputs.front().secret, message, inputs.front().witness, item);
    bool same = true;
    for (const auto& input : inputs)
      same = same && cashu::read_condition(input.secret)->fingerprint == cashu::read_condition(inputs.front().secret)->fingerprint;
    CHECK(same == item["inputs_have_same_data_and_tags"].get<bool>());
  }
}

TEST_CASE("NUT-11: our signatures are the expected bytes, each time") {
  const auto vectors = test::vector_json("cashu/nut11_p2pk_htlc.json");
  if (!vectors) return;
  for (const auto& item : (*vectors)["constructed"]["own_key_signing"]) {
    INFO(item["kind"].get<std::string>());
    const auto key = own_key(item["private_key_hex"]);
    std::vector<cashu::Proof> inputs;
    std::vector<cashu::Output> outputs;
    if (item.contains("inputs")) {
      inputs = inputs_of(item["inputs"]);
      outputs = outputs_of(item["outputs"]);
    } else {
      inputs.push_back({cashu::Amount(1),
                        "009a1f293253e41e",
                        item["secret"],
                        crypto::Point::from_hex(item["pubkey_hex"].get<std::string>()).value(),
                        {},
                        "left over",
                        {}});
    }
    REQUIRE(cashu::sign_inputs(inputs, outputs, key));
    CHECK(signature_in(inputs.front().witness) == item["signature_hex_aux_zero"].get<std::string>());
  }
}

#include "cashu/swap.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cashu/dhke.h"
#include "cashu/dleq.h"
#include "cashu/lock.h"
#include "cashu/small_mint_test_support.h"
#include "crypto/random.h"

using namespace paygress;
using cashu::test::restore_reply;
using cashu::test::SmallMint;
using nlohmann::json;

namespace {

const cashu::WalletSeed kSeed{std::array<std::uint8_t, 64>{7}};

std::vector<std::uint64_t> split(std::uint64_t amount, const cashu::Keyset& keyset) {
  std::vector<std::uint64_t> values;
  for (const auto part : cashu::split_amount(cashu::Amount(amount), keyset).value()) values.push_back(part.value());
  return values;
}

}  // namespace

TEST_CASE("amounts are split ascending into what the keyset signs") {
  const SmallMint mint;
  CHECK(split(1, mint.keyset) == std::vector<std::uint64_t>{1});
  CHECK(split(255, mint.keyset) == std::vector<std::uint64_t>{1, 2, 4, 8, 16, 32, 64, 128});
  CHECK(split(300, mint.keyset) == std::vector<std::uint64_t>{4, 8, 32, 128, 128});
  CHECK(split(7, SmallMint({1, 4}).keyset) == std::vector<std::uint64_t>{1, 1, 1, 4});
  CHECK(split(15, SmallMint({5, 10}).keyset) == std::vector<std::uint64_t>{5, 10});
  CHECK(cashu::split_amount(cashu::Amount(3), SmallMint({2, 4}).keyset).error().code == "amount_not_representable");
  CHECK(cashu::split_amount(cashu::Amount(UINT64_MAX), mint.keyset).error().code == "amount_not_representable");
}

TEST_CASE("the same plan gives the same bytes, with nothing in them that is the payer's alone") {
  const SmallMint mint;
  auto input = mint.proof(8, "the payer's secret");
  input.dleq = cashu::Dleq{{1}, {2}, std::array<std::uint8_t, 32>{3}};
  input.p2pk_e = input.C;
  input.witness = "x";
  const auto plan = cashu::plan_swap({input}, cashu::Amount(7), mint.keyset, kSeed, 5).value();
  CHECK(plan.body == cashu::plan_swap({input}, cashu::Amount(7), mint.keyset, kSeed, 5).value().body);
  CHECK(plan.next_counter == 8);
  const json body = json::parse(plan.body);
  CHECK(body["inputs"][0].size() == 4);
  for (const char* key : {"amount", "id", "secret", "C"}) CHECK(body["inputs"][0].contains(key));
  for (const auto& output : body["outputs"]) CHECK(output.size() == 3);

  CHECK(plan.body != cashu::plan_swap({input}, cashu::Amount(7), mint.keyset, kSeed, 8).value().body);
  CHECK_FALSE(cashu::plan_swap({input}, cashu::Amount(0), mint.keyset, kSeed, 5));
  CHECK_FALSE(cashu::plan_swap({}, cashu::Amount(1), mint.keyset, kSeed, 5));
  CHECK(cashu::plan_swap({input}, cashu::Amount(7), mint.keyset, kSeed, cashu::kMaxCounter).error().code == "counter_exhausted");
}

TEST_CASE("inputs locked to us are signed in the plan") {
  const SmallMint mint;
  const auto key = crypto::SecretKey::from_hex(std::string(64, '1')).value();
  const std::string secret = R"(["P2PK",{"nonce":"1","data":"02)" + key.public_key().hex() + R"("}])";
  const auto plan = cashu::plan_swap({mint.proof(2, secret)}, cashu::Amount(2), mint.keyset, kSeed, 0, &key).value();
  const json input = json::parse(plan.body)["inputs"][0];
  CHECK(json::parse(input["witness"].get<std::string>())["signatures"].size() == 1);
  CHECK_FALSE(
      json::parse(cashu::plan_swap({mint.proof(2, secret)}, cashu::Amount(2), mint.keyset, kSeed, 0).value().body)["inputs"][0]
          .contains("witness"));
}

TEST_CASE("a mint's signatures become proofs that it takes back") {
  const SmallMint mint;
  const auto plan = cashu::plan_swap({mint.proof(16, "s")}, cashu::Amount(13), mint.keyset, kSeed, 0).value();
  json reply = {{"signatures", json::array()}};
  for (const auto& output : plan.outputs) reply["signatures"].push_back(mint.sign(output));
  const auto proofs = cashu::finish_swap(plan.outputs, mint.keyset, reply, cashu::DleqPolicy::required).value();
  CHECK(cashu::total(proofs).value().value() == 13);
  for (const auto& proof : proofs) {
    CHECK(cashu::mint_verifies(proof.secret, proof.C, mint.secrets.at(proof.amount.value())));
    CHECK(cashu::verify_dleq(proof, mint.keyset.keys.at(proof.amount.value())));  // so that a refund can carry it
  }

  for (auto& signature : reply["signatures"]) signature.erase("dleq");
  CHECK(cashu::finish_swap(plan.outputs, mint.keyset, reply));
  CHECK(cashu::finish_swap(plan.outputs, mint.keyset, reply, cashu::DleqPolicy::required).error().code == "mint_reply_invalid");
  reply["signatures"][0]["dleq"] = {{"e", "00"}, {"s", "00"}};
  CHECK(cashu::finish_swap(plan.outputs, mint.keyset, reply).error().code == "mint_reply_invalid");
  for (const json& nonsense : {json(), json::array(), json{{"signatures", 5}}, json{{"signatures", json::array({1, 2, 3})}}})
    CHECK(cashu::finish_swap(plan.outputs, mint.keyset, nonsense).error().code == "mint_reply_invalid");
}

TEST_CASE("restore tells exactly which outputs were signed") {
  const SmallMint mint;
  const auto outputs = cashu::plan_swap({mint.proof(16, "s")}, cashu::Amount(13), mint.keyset, kSeed, 0).value().outputs;
  const auto finish = [&](const json& reply) {
    return cashu::finish_restore(outputs, mint.keyset, reply, cashu::DleqPolicy::required);
  };

  const auto none = finish(restore_reply(mint, {})).value();
  CHECK(none.coverage == cashu::Coverage::none);
  const auto all = finish(restore_reply(mint, outputs)).value();
  CHECK(all.coverage == cashu::Coverage::all);
  CHECK(cashu::total(all.proofs).value().value() == 13);
  // A mint may answer in another order; the proofs come in ours.
  CHECK(finish(restore_reply(mint, {outputs[2], outputs[0], outputs[1]})).value().proofs == all.proofs);
  const auto some = finish(restore_reply(mint, {outputs[1]})).value();
  CHECK(some.coverage == cashu::Coverage::some);
  CHECK(some.proofs == std::vector<cashu::Proof>{all.proofs[1]});
  // Hex in upper case is hex.
  json shouted = restore_reply(mint, outputs);
  for (auto& output : shouted["outputs"])
    for (char& c : output["B_"].get_ref<std::string&>()) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  CHECK(finish(shouted).value().proofs == all.proofs);
  CHECK(cashu::with_signed_amounts(outputs, shouted).size() == outputs.size());
}

TEST_CASE("a restore that does not fit is no evidence at all") {
  const SmallMint mint;
  const auto outputs = cashu::plan_swap({mint.proof(16, "s")}, cashu::Amount(13), mint.keyset, kSeed, 0).value().outputs;
  const auto foreign = cashu::plan_swap({mint.proof(16, "s")}, cashu::Amount(13), mint.keyset, kSeed, 100).value().outputs;
  const auto refused = [&](const json& reply) {
    const auto result = cashu::finish_restore(outputs, mint.keyset, reply);
    return !result && result.error().code == "mint_reply_invalid";
  };
  CHECK(refused(restore_reply(mint, foreign)));
  CHECK(refused(restore_reply(mint, {outputs[0], outputs[1], outputs[2], foreign[0]})));
  CHECK(refused(restore_reply(mint, {outputs[0], outputs[0]})));
  json reply = restore_reply(mint, outputs);
  reply["signatures"].erase(0);
  CHECK(refused(reply));
  reply = restore_reply(mint, outputs);
  std::swap(reply["signatures"][0], reply["signatures"][1]);
  CHECK(refused(reply));
  reply = restore_reply(mint, outputs);
  reply["signatures"][0]["amount"] = 128;
  CHECK(refused(reply));
  CHECK(refused(json::object()));
}

TEST_CASE("outputs come back from the journal as they went in, or not at all") {
  const SmallMint mint;
  const auto outputs = cashu::plan_swap({mint.proof(16, "s")}, cashu::Amount(5), mint.keyset, kSeed, 3).value().outputs;
  for (const auto& output : outputs) {
    const json stored = cashu::to_json(output);
    CHECK(cashu::to_json(cashu::parse_output(json::parse(stored.dump())).value()) == stored);
    for (const char* key : {"amount", "id", "counter", "secret", "r", "B_"}) {
      json broken = stored;
      broken.erase(key);
      CHECK_FALSE(cashu::parse_output(broken));
    }
    json mixed_up = stored;
    mixed_up["secret"] = "another";
    CHECK(cashu::parse_output(mixed_up).error().code == "output_malformed");
  }
}

TEST_CASE("random outputs differ and can be signed") {
  const SmallMint mint;
  crypto::SeededRandom random(3);
  const auto outputs = cashu::make_outputs({cashu::Amount(1), cashu::Amount(1)}, mint.keyset, random).value();
  CHECK(outputs[0].secret != outputs[1].secret);
  CHECK(outputs[0].secret.size() == 64);
  const json reply = {{"signatures", {mint.sign(outputs[0]), mint.sign(outputs[1])}}};
  CHECK(cashu::finish_swap(outputs, mint.keyset, reply, cashu::DleqPolicy::required));
}

TEST_CASE("a split gives away random secrets, keeps those of the seed, and shows the mint no order") {
  const SmallMint mint;
  crypto::SeededRandom random(9);
  const auto plan =
      cashu::plan_split({mint.proof(64, "s")}, cashu::Amount(21), cashu::Amount(42), mint.keyset, kSeed, 5, random).value();
  std::uint64_t given = 0, all = 0, last = 0;
  for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
    const cashu::Output& output = plan.outputs[i];
    const bool is_given = std::find(plan.given.begin(), plan.given.end(), i) != plan.given.end();
    all += output.amount.value();
    if (is_given) given += output.amount.value();
    CHECK(last <= output.amount.value());
    last = output.amount.value();
    const auto derived = cashu::derive(kSeed, mint.keyset.id, output.counter).value();
    CHECK((derived.secret == output.secret) == !is_given);
  }
  CHECK(given == 21);
  CHECK(all == 63);
  CHECK(plan.next_counter == 8);
  CHECK(json::parse(plan.body)["outputs"].size() == plan.outputs.size());

  const auto everything =
      cashu::plan_split({mint.proof(64, "s")}, cashu::Amount(63), cashu::Amount(0), mint.keyset, kSeed, 5, random).value();
  CHECK(everything.given.size() == everything.outputs.size());
  CHECK(everything.next_counter == 5);
  CHECK_FALSE(cashu::plan_split({mint.proof(64, "s")}, cashu::Amount(0), cashu::Amount(0), mint.keyset, kSeed, 5, random));
}

// A lying mint's replies to a swap, one part of an honest one changed at a time.
#include "cashu/signatures.h"

#include <functional>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cashu/dhke.h"
#include "cashu/dleq.h"
#include "cashu/swap.h"
#include "crypto/random.h"

using namespace paygress;
using nlohmann::json;

namespace {

// A mint with two keys, two outputs that were asked of it, and its honest reply.
struct Swap {
  std::map<std::uint64_t, crypto::Scalar> secret;
  cashu::Keyset keyset;
  std::vector<cashu::Output> outputs;
  json reply = {{"signatures", json::array()}};

  Swap() {
    crypto::SeededRandom random(11);
    for (const std::uint64_t amount : {1u, 2u}) {
      secret.emplace(amount, crypto::Scalar::generate(random));
      keyset.keys.emplace(amount, crypto::generator_mul(secret.at(amount)));
    }
    keyset.unit = "sat";
    keyset.id = cashu::derive_id_v1(keyset);
    outputs = cashu::make_outputs({cashu::Amount(1), cashu::Amount(2)}, keyset, random).value();
    for (const cashu::Output& output : outputs) {
      const crypto::Scalar& k = secret.at(output.amount.value());
      const crypto::Point C_ = cashu::sign_blinded(output.B_, k);
      const cashu::Dleq dleq = cashu::make_dleq(k, output.B_, C_);
      reply["signatures"].push_back({{"amount", output.amount.value()},
                                     {"id", keyset.id},
                                     {"C_", C_.hex()},
                                     {"dleq", {{"e", util::hex(dleq.e)}, {"s", util::hex(dleq.s)}}}});
    }
  }

  std::string outcome(const json& answer, cashu::DleqPolicy policy = cashu::DleqPolicy::required) const {
    const auto proofs = cashu::finish_swap(outputs, keyset, answer, policy);
    return proofs ? "taken" : proofs.error().code;
  }
  std::string with(const std::function<void(json&)>& change) const {
    json changed = reply;
    change(changed["signatures"]);
    return outcome(changed);
  }
  std::string with(const char* key, const json& value) const {
    return with([&](json& signatures) { signatures[0][key] = value; });
  }
};

const char* const kBad = "mint_reply_invalid";

}  // namespace

TEST_CASE("an honest reply is taken, with whatever else a mint says") {
  const Swap swap;
  CHECK(swap.outcome(swap.reply) == "taken");
  json more = swap.reply;
  more["later"] = true;
  more["signatures"][0]["later"] = nullptr;
  CHECK(swap.outcome(more) == "taken");
}

TEST_CASE("the signatures are those of the outputs, one for each, in their order") {
  const Swap swap;
  for (const json& answer : {json(nullptr), json::object(), json::array(), json("signatures"), json{{"signatures", nullptr}},
                             json{{"signatures", json::object()}}, json{{"signatures", json::array()}}, swap.reply["signatures"]})
    CHECK(swap.outcome(answer) == kBad);
  CHECK(swap.with([](json& list) { list.erase(1); }) == kBad);
  CHECK(swap.with([](json& list) { list.push_back(list[0]); }) == kBad);
  CHECK(swap.with([](json& list) { list[1] = list[0]; }) == kBad);
  CHECK(swap.with([](json& list) { std::swap(list[0], list[1]); }) == kBad);
  CHECK(swap.with([](json& list) { list[0] = nullptr; }) == kBad);
  CHECK(swap.with([](json& list) { list[0] = list[0].dump(); }) == kBad);
}

TEST_CASE("an amount and a keyset are the ones asked for, in the same words") {
  const Swap swap;
  for (const json& amount : {json(0), json(2), json(-1), json(1.0), json("1"), json(true), json(nullptr), json(UINT64_MAX)})
    CHECK(swap.with("amount", amount) == kBad);
  for (const json& id : {json(""), json(swap.keyset.id + "00"), json("00" + std::string(14, '0')), json(nullptr), json(0)})
    CHECK(swap.with("id", id) == kBad);
}

TEST_CASE("C_ is a point, and the DLEQ shows that it is the signature") {
  const Swap swap;
  const std::string x = std::string(swap.reply["signatures"][0]["C_"]).substr(2);
  for (const json& point : {json(x), json("04" + x), json("03" + x + "00"), json("02" + std::string(64, '0')), json("00"), json(""),
                            json(nullptr), json(5), swap.reply["signatures"][1]["C_"], json(swap.outputs[0].B_.hex())})
    CHECK(swap.with("C_", point) == kBad);
  const json dleq = swap.reply["signatures"][0]["dleq"];
  for (const json& other :
       {json::object(), json("dleq"), json::array({dleq["e"], dleq["s"]}), json{{"e", dleq["e"]}},
        json{{"e", dleq["s"]}, {"s", dleq["e"]}}, json{{"e", std::string(64, '0')}, {"s", std::string(64, '0')}},
        json{{"e", std::string(64, 'f')}, {"s", dleq["s"]}}, json{{"e", dleq["e"]}, {"s", std::string(62, '1')}},
        swap.reply["signatures"][1]["dleq"]}) {
    INFO(other.dump());
    CHECK(swap.with("dleq", other) == kBad);
  }
}

TEST_CASE("a signature without DLEQ is taken only from a mint that does not promise one") {
  const Swap swap;
  json without = swap.reply;
  without["signatures"][0]["dleq"] = nullptr;
  without["signatures"][1].erase("dleq");
  CHECK(swap.outcome(without) == kBad);
  CHECK(swap.outcome(without, cashu::DleqPolicy::if_present) == "taken");
  // One that is there must hold in any case.
  without["signatures"][1]["dleq"] = swap.reply["signatures"][0]["dleq"];
  CHECK(swap.outcome(without, cashu::DleqPolicy::if_present) == kBad);
}

#include "cashu/melt.h"

#include <doctest/doctest.h>

#include "cashu/dhke.h"
#include "cashu/small_mint_test_support.h"

using namespace paygress;
using cashu::Amount;
using cashu::test::restore_reply;
using cashu::test::SmallMint;
using nlohmann::json;

namespace {

const cashu::WalletSeed kSeed{std::array<std::uint8_t, 64>{9}};

cashu::MeltQuote quote_of(std::uint64_t amount, std::uint64_t reserve) {
  cashu::MeltQuote quote;
  quote.id = "q-1";
  quote.amount = Amount(amount);
  quote.fee_reserve = Amount(reserve);
  quote.unit = "sat";
  return quote;
}

// 100 is paid, at most 4 for Lightning, 1 for the inputs: of 128 up to 27 come back.
struct Melt {
  SmallMint mint;
  cashu::MeltPlan plan = cashu::plan_melt({mint.proof(128, "s")}, Amount(1), quote_of(100, 4), mint.keyset, kSeed, 5).value();

  // The change as mints give it: these amounts on the first blanks.
  json change(const std::vector<std::uint64_t>& amounts) const {
    json list = json::array();
    for (std::size_t i = 0; i < amounts.size(); ++i) list.push_back(mint.sign(of(i, amounts[i])));
    return list;
  }
  cashu::Output of(std::size_t blank, std::uint64_t amount) const {
    cashu::Output output = plan.blanks.at(blank);
    output.amount = Amount(amount);
    return output;
  }
  util::Result<std::vector<cashu::Proof>> finish(const json& change) const {
    return cashu::finish_change(plan.blanks, mint.keyset, change, plan.overpaid);
  }
  std::string refused(const json& change) const {
    const auto proofs = finish(change);
    return proofs ? "taken" : proofs.error().code;
  }
};

}  // namespace

TEST_CASE("there are as many blanks as any change up to the reserve needs") {
  // NUT-08's own example: 1000 sat take 10.
  const std::vector<std::pair<std::uint64_t, std::size_t>> table = {
      {0, 0}, {1, 1}, {2, 1}, {3, 2}, {4, 2}, {5, 3}, {8, 3}, {9, 4}, {1000, 10}, {1024, 10}, {1025, 11}, {UINT64_MAX, 64}};
  for (const auto& row : table) {
    CAPTURE(row.first);
    CHECK(cashu::blank_count(Amount(row.first)) == row.second);
  }
}

TEST_CASE("a melt takes amount, reserve and input fee, and not one less") {
  const SmallMint mint;
  const auto plan = [&](std::vector<std::uint64_t> amounts, std::uint64_t fee, const cashu::MeltQuote& quote) {
    std::vector<cashu::Proof> inputs;
    for (const auto amount : amounts) inputs.push_back(mint.proof(amount, "s" + std::to_string(inputs.size())));
    return cashu::plan_melt(inputs, Amount(fee), quote, mint.keyset, kSeed, 0);
  };
  CHECK(plan({64, 32, 8}, 0, quote_of(100, 4)));
  CHECK(plan({64, 32, 8}, 1, quote_of(100, 4)).error().code == "melt_inputs_insufficient");  // off by the input fee
  CHECK(plan({64, 32, 8, 1}, 1, quote_of(100, 4)));
  CHECK(plan({}, 0, quote_of(0, 0)).error().code == "melt_inputs_insufficient");
  CHECK(plan({1}, 0, quote_of(UINT64_MAX, 4)).error().code == "amount_overflow");
  CHECK(plan({1}, 1, quote_of(UINT64_MAX, 0)).error().code == "amount_overflow");
}

TEST_CASE("the plan of a melt is the same bytes each time, and its blanks come from the seed") {
  const Melt melt;
  CHECK(melt.plan.overpaid == Amount(27));
  CHECK(melt.plan.blanks.size() == 5);
  CHECK(melt.plan.next_counter == 10);
  CHECK(melt.plan.body == Melt().plan.body);
  const json body = json::parse(melt.plan.body);
  CHECK(body["quote"] == "q-1");
  CHECK(body["inputs"].size() == 1);
  CHECK(body["inputs"][0].size() == 4);
  CHECK(body["outputs"].size() == 5);
  for (const auto& output : body["outputs"]) CHECK(output.size() == 3);

  // With nothing to come back there are no outputs, and no counter is used.
  const auto exact = cashu::plan_melt({melt.mint.proof(64, "s")}, Amount(0), quote_of(64, 0), melt.mint.keyset, kSeed, 5).value();
  CHECK(exact.blanks.empty());
  CHECK(exact.next_counter == 5);
  CHECK_FALSE(json::parse(exact.body).contains("outputs"));
}

TEST_CASE("an input's DLEQ and blinded key stay at home") {
  const SmallMint mint;
  auto input = mint.proof(8, "s");
  input.dleq = cashu::Dleq{{1}, {2}, std::array<std::uint8_t, 32>{3}};
  input.p2pk_e = input.C;
  const auto plan = cashu::plan_melt({input}, Amount(0), quote_of(7, 1), mint.keyset, kSeed, 0).value();
  CHECK(json::parse(plan.body)["inputs"][0].size() == 4);
}

TEST_CASE("change becomes proofs that the mint takes back") {
  const Melt melt;
  const auto proofs = melt.finish(melt.change({16, 8, 2, 1})).value();
  CHECK(cashu::total(proofs).value() == Amount(27));
  for (const auto& proof : proofs) CHECK(cashu::mint_verifies(proof.secret, proof.C, melt.mint.secrets.at(proof.amount.value())));
  CHECK(melt.finish(melt.change({1})).value().size() == 1);
  CHECK(melt.finish(json::array()).value().empty());
  CHECK(melt.finish(json()).value().empty());
}

TEST_CASE("change that does not fit is not taken") {
  const Melt melt;
  CHECK(melt.refused(melt.change({16, 8, 4})) == "mint_reply_invalid");  // 28 of at most 27
  CHECK(melt.refused(json::object()) == "mint_reply_invalid");
  CHECK(melt.refused("all of it") == "mint_reply_invalid");
  CHECK(melt.refused(json::array({1, 2})) == "mint_reply_invalid");
  json change = melt.change({1, 1, 1, 1, 1});
  change.push_back(change[0]);
  CHECK(melt.refused(change) == "mint_reply_invalid");  // more than blanks
  change = melt.change({16, 8});
  std::swap(change[0], change[1]);
  CHECK(melt.refused(change) == "mint_reply_invalid");  // of another blank, as its DLEQ tells
  for (const json& amount : {json(3), json(0), json(-1), json("16"), json(), json(32)}) {
    change = melt.change({16});
    change[0]["amount"] = amount;
    CHECK(melt.refused(change) == "mint_reply_invalid");
  }
  change = melt.change({16});
  change[0]["id"] = "00ffffffffffffff";
  CHECK(melt.refused(change) == "mint_reply_invalid");
  change = melt.change({16});
  change[0].erase("dleq");
  CHECK(melt.refused(change) == "taken");
  CHECK_FALSE(cashu::finish_change(melt.plan.blanks, melt.mint.keyset, change, melt.plan.overpaid, cashu::DleqPolicy::required));
}

TEST_CASE("change whose reply was lost is restored from the blanks") {
  const Melt melt;
  const auto finish = [&](const json& reply) {
    return cashu::finish_change_restore(melt.plan.blanks, melt.mint.keyset, reply, melt.plan.overpaid);
  };
  json reply = restore_reply(melt.mint, {melt.of(0, 16), melt.of(1, 8), melt.of(2, 2), melt.of(3, 1)});
  CHECK(finish(reply).value() == melt.finish(melt.change({16, 8, 2, 1})).value());
  // The mint may echo the outputs with the amounts that we gave.
  for (auto& output : reply["outputs"]) output["amount"] = 1;
  CHECK(finish(reply).value().size() == 4);
  CHECK(finish(restore_reply(melt.mint, {})).value().empty());

  CHECK_FALSE(finish(restore_reply(melt.mint, {melt.of(0, 16), melt.of(1, 16)})));  // 32 of at most 27
  CHECK_FALSE(finish(restore_reply(melt.mint, {melt.of(0, 16), melt.of(0, 8)})));
  const auto foreign = cashu::plan_melt({melt.mint.proof(8, "t")}, Amount(0), quote_of(4, 1), melt.mint.keyset, kSeed, 100).value();
  CHECK_FALSE(finish(restore_reply(melt.mint, {foreign.blanks[0]})));
  reply = restore_reply(melt.mint, {melt.of(0, 16)});
  reply["signatures"] = json::array();
  CHECK_FALSE(finish(reply));
  CHECK_FALSE(finish(json::array()));
}

TEST_CASE("a melt quote is read in the forms that mints use, and nothing else is one") {
  const json full = json::parse(R"({"quote":"01980ab3-Ab_9","request":"lnbc1","amount":10,"fee_reserve":2,"unit":"sat",
    "state":"PAID","expiry":1701704757,"payment_preimage":"c5a1","change":[{"amount":1}],"method":"bolt11"})");
  const auto quote = cashu::read_melt_quote(full).value();
  CHECK(quote.id == "01980ab3-Ab_9");
  CHECK(quote.request == "lnbc1");
  CHECK(quote.amount == Amount(10));
  CHECK(quote.fee_reserve == Amount(2));
  CHECK(quote.state == cashu::MeltQuote::State::paid);
  CHECK(quote.expiry == 1701704757);
  CHECK(quote.preimage == "c5a1");
  CHECK(quote.change.size() == 1);

  const auto bare = cashu::read_melt_quote(
                        json::parse(R"({"quote":"q","amount":10,"fee_reserve":0,"state":"PENDING","expiry":null,"change":null})"))
                        .value();
  CHECK(bare.state == cashu::MeltQuote::State::pending);
  CHECK_FALSE(bare.expiry.has_value());
  CHECK(bare.change.is_null());
  for (const auto& [text, state] :
       std::vector<std::pair<const char*, cashu::MeltQuote::State>>{{"UNPAID", cashu::MeltQuote::State::unpaid},
                                                                    {"FAILED", cashu::MeltQuote::State::unpaid},
                                                                    {"UNKNOWN", cashu::MeltQuote::State::pending}}) {
    json other = full;
    other["state"] = text;
    CHECK(cashu::read_melt_quote(other).value().state == state);
  }
  const auto old = json::parse(R"({"quote":"q","amount":10,"fee_reserve":0,"paid":true})");
  CHECK(cashu::read_melt_quote(old).value().state == cashu::MeltQuote::State::paid);

  for (const char* key : {"quote", "amount", "fee_reserve", "state"}) {
    json broken = full;
    broken.erase(key);
    CHECK(cashu::read_melt_quote(broken).error().code == "mint_reply_invalid");
  }
  for (const auto& [key, value] : std::vector<std::pair<const char*, json>>{{"quote", "a/../b"},
                                                                            {"quote", ""},
                                                                            {"quote", 7},
                                                                            {"amount", -10},
                                                                            {"amount", "10"},
                                                                            {"amount", 1.5},
                                                                            {"fee_reserve", nullptr},
                                                                            {"state", "SETTLED"},
                                                                            {"state", true}}) {
    json broken = full;
    broken[key] = value;
    CHECK(cashu::read_melt_quote(broken).error().code == "mint_reply_invalid");
  }
  for (const json& nonsense : {json(), json::array(), json("PAID"), json(true)})
    CHECK(cashu::read_melt_quote(nonsense).error().code == "mint_reply_invalid");
}

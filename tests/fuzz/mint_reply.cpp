#include "cashu/melt.h"
#include "cashu/mint_client.h"
#include "cashu/mint_info.h"
#include "cashu/mint_replies.h"
#include "cashu/swap.h"
#include "crypto/random.h"
#include "tests/fuzz/target.h"
#include "util/json.h"

namespace paygress::test {
namespace {

constexpr char kGenerator[] = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

const cashu::Keyset& keyset() {
  static const cashu::Keyset made = [] {
    cashu::Keyset one;
    one.unit = "sat";
    for (std::uint64_t amount = 1; amount <= 64; amount *= 2) one.keys.emplace(amount, crypto::Point::from_hex(kGenerator).value());
    one.id = cashu::derive_id_v1(one);
    return one;
  }();
  return made;
}

// The mint's private key for every amount is 1, so each C_ is its B_: an honest reply is easily written.
const std::vector<cashu::Output>& outputs() {
  static const std::vector<cashu::Output> made = [] {
    crypto::SeededRandom random(13);
    return cashu::make_outputs(cashu::split_amount(cashu::Amount(13), keyset()).value(), keyset(), random).value();
  }();
  return made;
}

bool read(std::string_view input) {
  const auto reply = util::parse_json(input);
  if (!reply) return false;
  const bool is_info = !cashu::parse_mint_info(*reply).version.empty();
  const auto mint_quote = cashu::read_mint_quote(*reply);
  const auto keysets = cashu::read_keysets(*reply);
  if (keysets)
    for (const cashu::Keyset& entry : *keysets) static_cast<void>(cashu::read_keys(*reply, entry));
  const auto one = cashu::parse_keyset(*reply);
  if (one && !one->keys.empty()) must(cashu::verify_id(*one).has_value(), "a keyset whose id is not its keys'");
  const auto quote = cashu::read_melt_quote(*reply);
  if (quote)
    if (const auto change = cashu::finish_change(outputs(), keyset(), quote->change, cashu::Amount(13)))
      must(cashu::total(*change).value() <= cashu::Amount(13), "more change than there was money");

  std::vector<crypto::Point> Ys;
  for (const cashu::Output& output : outputs()) Ys.push_back(output.B_);
  const auto states = cashu::read_states(*reply, Ys);
  if (states) must(states->size() == Ys.size(), "a state is missing");

  const auto proofs = cashu::finish_swap(outputs(), keyset(), *reply);
  if (proofs) must(cashu::total(*proofs).value() == cashu::Amount(13), "a swap that gave another sum");
  if (const auto restored = cashu::finish_restore(outputs(), keyset(), *reply))
    must(restored->proofs.size() <= outputs().size(), "more restored than was asked for");
  must(cashu::with_signed_amounts(outputs(), *reply).size() <= outputs().size(), "more was signed than was asked for");
  return is_info || mint_quote || keysets || one || quote || states || proofs;
}

std::string swap_reply() {
  util::Json signatures = util::Json::array();
  for (const cashu::Output& output : outputs()) {
    util::Json one;
    one["amount"] = output.amount.value();
    one["id"] = keyset().id;
    one["C_"] = output.B_.hex();
    signatures.push_back(std::move(one));
  }
  util::Json reply;
  reply["signatures"] = std::move(signatures);
  reply["outputs"] = cashu::blinded_messages(outputs());
  return reply.dump();
}

std::string states_reply() {
  util::Json states = util::Json::array();
  for (const cashu::Output& output : outputs())
    states.push_back({{"Y", output.B_.hex()}, {"state", "UNSPENT"}, {"witness", nullptr}});
  return util::Json{{"states", std::move(states)}}.dump();
}

std::string keys_reply() {
  util::Json one = cashu::to_json(keyset());
  return util::Json{{"keysets", util::Json::array({std::move(one)})}}.dump();
}

}  // namespace

FuzzTarget mint_reply_target() {
  return {
      "mint_reply",
      {swap_reply(), states_reply(), keys_reply(), cashu::to_json(keyset()).dump(),
       R"({"keysets":[{"id":"00ad268c4d1f5826","unit":"sat","active":true,"input_fee_ppk":100,"final_expiry":1896187313}]})",
       R"({"name":"m","version":"Nutshell/0.20.3","nuts":{"4":{"methods":[{"method":"bolt11","unit":"sat"}],"disabled":false},"7":{"supported":true},"19":{"ttl":60,"cached_endpoints":[{"method":"POST","path":"/v1/swap"}]},"21":{"openid_discovery":"x"}}})",
       R"({"quote":"q1","amount":10,"fee_reserve":2,"unit":"sat","state":"PAID","expiry":1701704757,"payment_preimage":"00","change":[{"amount":2,"id":"00ad268c4d1f5826","C_":"02bc9097997d81afb2cc7346b5e4345a9346bd2a506eb7958598a72f0cf85163ea"}]})",
       R"({"quote":"q2","request":"lnbc1","amount":10,"unit":"sat","state":"UNPAID","expiry":null})"},
      read};
}

}  // namespace paygress::test

#include "cashu/output.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "cashu/dhke.h"
#include "crypto/random.h"
#include "util/json.h"

namespace paygress::cashu {
namespace {

// Takes from the largest downwards; what is left over cannot be had with these keys.
std::uint64_t take_greedily(std::uint64_t rest, const std::vector<std::uint64_t>& keys, std::vector<Amount>& out) {
  for (auto key = keys.rbegin(); key != keys.rend(); ++key)
    for (; rest >= *key && out.size() <= kMaxOutputs; rest -= *key) out.emplace_back(*key);
  return rest;
}

bool is_power_of_two(std::uint64_t value) { return (value & (value - 1)) == 0; }

util::Result<Output> make_output(Amount amount, const std::string& keyset_id, std::uint32_t counter, DerivedSecret made) {
  auto B_ = blind(hash_to_curve(made.secret), made.r);
  if (!B_) return util::Error{util::Errc::internal, "this counter gives no valid secret; take the next one", "counter_unusable"};
  return Output{amount, keyset_id, counter, std::move(made.secret), made.r, *B_};
}

util::Result<Output> make_output(Amount amount, const std::string& keyset_id, const WalletSeed& seed, std::uint32_t counter) {
  auto made = derive(seed, keyset_id, counter);
  if (!made) return made.error();
  return make_output(amount, keyset_id, counter, std::move(*made));
}

util::Error malformed(const char* what) {
  return {util::Errc::malformed, std::string("not a stored output: ") + what, "output_malformed"};
}

}  // namespace

util::Result<std::vector<Amount>> split_amount(Amount amount, const Keyset& keyset) {
  std::vector<std::uint64_t> all, powers;
  for (const auto& [value, key] : keyset.keys) {
    all.push_back(value);
    if (is_power_of_two(value)) powers.push_back(value);
  }
  // Powers of two first: each divides the next, so taking the largest is always right, and everybody's proofs look alike.
  for (const auto& keys : {powers, all}) {
    std::vector<Amount> amounts;
    if (take_greedily(amount.value(), keys, amounts) != 0 || amounts.size() > kMaxOutputs) continue;
    std::reverse(amounts.begin(), amounts.end());
    return amounts;
  }
  return util::Error{util::Errc::invalid, "keyset " + keyset.id + " cannot give the amount " + amount.text(),
                     "amount_not_representable"};
}

util::Result<std::vector<Output>> make_outputs(const std::vector<Amount>& amounts, const Keyset& keyset, const WalletSeed& seed,
                                               std::uint32_t first_counter) {
  std::vector<Output> outputs;
  for (std::uint32_t counter = first_counter; outputs.size() < amounts.size(); ++counter) {
    auto output = make_output(amounts[outputs.size()], keyset.id, seed, counter);
    if (!output && output.error().code == "counter_unusable") continue;
    if (!output) return output.error();
    outputs.push_back(std::move(*output));
  }
  return outputs;
}

util::Result<std::vector<Output>> make_outputs(const std::vector<Amount>& amounts, const Keyset& keyset, const WalletSeed& seed,
                                               std::uint32_t first_counter, const std::vector<std::uint32_t>& places) {
  std::vector<Output> outputs;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    auto output = make_output(amounts[i], keyset.id, seed, first_counter + places[i]);
    if (!output) return output.error();
    outputs.push_back(std::move(*output));
  }
  return outputs;
}

util::Result<std::vector<Output>> make_outputs(const std::vector<Amount>& amounts, const Keyset& keyset,
                                               crypto::RandomSource& random) {
  std::vector<Output> outputs;
  while (outputs.size() < amounts.size()) {
    DerivedSecret made{util::hex(crypto::random_bytes<32>(random)), crypto::Scalar::generate(random)};
    if (auto output = make_output(amounts[outputs.size()], keyset.id, 0, std::move(made))) outputs.push_back(std::move(*output));
  }
  return outputs;
}

nlohmann::json blinded_message(const Output& output) {
  return {{"amount", output.amount.value()}, {"id", output.keyset_id}, {"B_", output.B_.hex()}};
}

nlohmann::json blinded_messages(const std::vector<Output>& outputs) {
  auto messages = nlohmann::json::array();
  for (const Output& output : outputs) messages.push_back(blinded_message(output));
  return messages;
}

nlohmann::json to_json(const Output& output) {
  nlohmann::json json = blinded_message(output);
  json["counter"] = output.counter;
  json["secret"] = output.secret;
  json["r"] = output.r.hex();
  return json;
}

util::Result<Output> parse_output(const nlohmann::json& json) {
  const auto amount = util::unsigned_at(json, "amount"), counter = util::unsigned_at(json, "counter");
  const auto id = util::string_at(json, "id"), secret = util::string_at(json, "secret");
  if (!amount || !counter || *counter > kMaxCounter || !id || !secret || secret->empty()) return malformed("a field is missing");
  const auto r = crypto::Scalar::from_hex(util::string_at(json, "r").value_or(""));
  const auto B_ = crypto::Point::from_hex(util::string_at(json, "B_").value_or(""));
  if (!r || !B_) return malformed("r or B_ is not valid");
  // Asserted again after loading: a journal that does not fit together must not decide about money.
  auto again = blind(hash_to_curve(*secret), *r);
  if (!again || *again != *B_) return malformed("B_ is not what secret and r give");
  return Output{Amount(*amount), *id, static_cast<std::uint32_t>(*counter), *secret, *r, *B_};
}

}  // namespace paygress::cashu

#include "cashu/mint_replies.h"

#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "cashu/mint_client.h"
#include "util/json.h"

namespace paygress::cashu {
namespace {

// cashu-ts draws the line at the same number; a mint that rotates daily reaches it after 27 years.
constexpr std::size_t kMaxKeysets = 10'000;
constexpr std::size_t kMaxQuoteText = 4096;

const nlohmann::json* array_at(const nlohmann::json& reply, const char* key) {
  const auto* list = util::member(reply, key);
  return list != nullptr && list->is_array() ? list : nullptr;
}

std::optional<ProofState> state_of(const std::string& text) {
  if (text == "UNSPENT") return ProofState::unspent;
  if (text == "PENDING") return ProofState::pending;
  if (text == "SPENT") return ProofState::spent;
  return std::nullopt;
}

// Mints from before 2025 say `paid` instead of `state`.
std::optional<MintQuote::State> quote_state_of(const nlohmann::json& reply) {
  const auto state = util::string_at(reply, "state");
  if (state == "UNPAID") return MintQuote::State::unpaid;
  if (state == "PAID") return MintQuote::State::paid;
  if (state == "ISSUED") return MintQuote::State::issued;
  if (state) return std::nullopt;
  return util::bool_at(reply, "paid").value_or(false) ? MintQuote::State::paid : MintQuote::State::unpaid;
}

}  // namespace

util::Error bad_mint_reply(std::string why) {
  return {util::Errc::malformed, "the mint's reply makes no sense: " + std::move(why), "mint_reply_invalid"};
}

bool is_quote_id(std::string_view id) {
  const auto is_unreserved = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  };
  return !id.empty() && id.size() <= kMaxQuoteText && std::all_of(id.begin(), id.end(), is_unreserved);
}

util::Result<std::vector<Keyset>> read_keysets(const nlohmann::json& reply) {
  const auto* list = array_at(reply, "keysets");
  if (list == nullptr) return bad_mint_reply("no keysets");
  if (list->size() > kMaxKeysets) return bad_mint_reply("more than " + std::to_string(kMaxKeysets) + " keysets");
  std::vector<Keyset> keysets;
  std::set<std::string> ids;
  std::string unreadable;
  for (const auto& item : *list) {
    auto keyset = parse_keyset(item);
    if (!keyset) {
      if (keyset.error().code != "keyset_not_supported") unreadable = keyset.error().message;
      continue;
    }
    if (!ids.insert(keyset->id).second) return bad_mint_reply("keyset " + keyset->id + " twice");
    keysets.push_back(std::move(*keyset));
  }
  if (keysets.empty() && !unreadable.empty()) return bad_mint_reply(unreadable);
  return keysets;
}

util::Result<Keyset> read_keys(const nlohmann::json& reply, Keyset entry) {
  const auto* list = array_at(reply, "keysets");
  if (list == nullptr || list->size() != 1) return bad_mint_reply("not the one keyset that was asked for");
  nlohmann::json wanted = to_json(entry);
  const auto& answered = list->front();
  if (normal_keyset_id(util::string_at(answered, "id").value_or("")) != entry.id || util::string_at(answered, "unit") != entry.unit)
    return bad_mint_reply("another keyset than the one that was asked for");
  const auto* keys = util::member(answered, "keys");
  if (keys == nullptr) return bad_mint_reply("a keyset without keys");
  wanted["keys"] = *keys;
  if (keyset_version(entry.id) == KeysetVersion::v2) {
    if (const auto* fee = util::member(answered, "input_fee_ppk"); fee != nullptr && entry.input_fee_ppk == 0)
      wanted["input_fee_ppk"] = *fee;
    if (const auto* expiry = util::member(answered, "final_expiry"); expiry != nullptr && !entry.final_expiry)
      wanted["final_expiry"] = *expiry;
  }
  return parse_keyset(wanted);
}

std::string state_request(const std::vector<crypto::Point>& Ys) {
  auto list = nlohmann::json::array();
  for (const auto& Y : Ys) list.push_back(Y.hex());
  return nlohmann::json{{"Ys", std::move(list)}}.dump();
}

util::Result<std::vector<ProofState>> read_states(const nlohmann::json& reply, const std::vector<crypto::Point>& Ys) {
  const auto* list = array_at(reply, "states");
  if (list == nullptr || list->size() != Ys.size()) return bad_mint_reply("not one state for each proof");
  // Matched by Y, not by place: counting alone would take one proof's state for another's.
  std::map<std::string, ProofState> state_by_y;
  for (const auto& item : *list) {
    const auto Y = crypto::Point::from_hex(util::string_at(item, "Y").value_or(""));
    const auto state = state_of(util::string_at(item, "state").value_or(""));
    if (!Y || !state) return bad_mint_reply("a state that is none");
    if (!state_by_y.emplace(Y->hex(), *state).second) return bad_mint_reply("the state of one proof twice");
  }
  std::vector<ProofState> states;
  for (const auto& Y : Ys) {
    const auto found = state_by_y.find(Y.hex());
    if (found == state_by_y.end()) return bad_mint_reply("no state for one of the proofs");
    states.push_back(found->second);
  }
  return states;
}

util::Result<MintQuote> read_mint_quote(const nlohmann::json& reply) {
  const auto id = util::string_at(reply, "quote"), request = util::string_at(reply, "request");
  const auto state = quote_state_of(reply);
  if (!id || !is_quote_id(*id) || !request || request->size() > kMaxQuoteText || !state) return bad_mint_reply("not a mint quote");
  MintQuote quote;
  quote.id = *id;
  quote.request = *request;
  quote.amount = Amount(util::unsigned_at(reply, "amount").value_or(0));
  quote.unit = util::string_at(reply, "unit").value_or("");
  quote.state = *state;
  quote.expiry = util::integer_at(reply, "expiry");
  return quote;
}

}  // namespace paygress::cashu

#include "sandbox/spending_conditions.h"

#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "crypto/hash.h"
#include "crypto/keys.h"
#include "util/bytes.h"
#include "util/json.h"

namespace paygress::sandbox {
namespace {

struct Condition {
  std::string kind, data;
  std::map<std::string, std::vector<std::string>> tags;

  bool signs_all() const { return tags.contains("sigflag") && tags.at("sigflag") == std::vector<std::string>{"SIG_ALL"}; }
  const std::vector<std::string>& list(const std::string& name) const {
    static const std::vector<std::string> none;
    const auto found = tags.find(name);
    return found == tags.end() ? none : found->second;
  }
  std::int64_t number(const std::string& name, std::int64_t otherwise) const {
    const auto& values = list(name);
    std::int64_t value = 0;
    if (values.empty() || std::from_chars(values[0].data(), values[0].data() + values[0].size(), value).ec != std::errc())
      return otherwise;
    return value;
  }
};

// Nothing: an ordinary secret, which needs no witness.
std::optional<Condition> read_condition(const std::string& secret) {
  const auto json = util::parse_json(secret);
  if (!json || !json->is_array() || json->size() != 2 || !(*json)[0].is_string()) return std::nullopt;
  Condition condition;
  condition.kind = (*json)[0];
  if (condition.kind != "P2PK" && condition.kind != "HTLC") return std::nullopt;
  condition.data = util::string_at((*json)[1], "data").value_or("");
  if (const util::Json* tags = util::member((*json)[1], "tags"); tags != nullptr && tags->is_array()) {
    for (const util::Json& tag : *tags) {
      if (!tag.is_array() || tag.empty() || !tag[0].is_string()) continue;
      std::vector<std::string>& values = condition.tags[tag[0]];
      for (std::size_t i = 1; i < tag.size(); ++i) values.push_back(tag[i].is_string() ? tag[i].get<std::string>() : tag[i].dump());
    }
  }
  return condition;
}

// How many of the keys have signed, each counted once.
std::int64_t signers(const std::vector<std::string>& keys, const util::Json& signatures, const std::string& message) {
  const crypto::Hash256 hash = crypto::sha256(util::as_bytes(message));
  std::set<std::string> signed_by;
  for (const std::string& text : keys) {
    if (text.size() != 66) continue;
    const std::string x = text.substr(2);
    const auto key = crypto::PublicKey::from_hex(x);
    if (!key) continue;
    for (const util::Json& item : signatures) {
      if (!item.is_string()) continue;
      const auto signature = util::array_from_hex<64>(item.get<std::string>());
      if (signature && crypto::verify(*key, hash, *signature)) signed_by.insert(x);
    }
  }
  return static_cast<std::int64_t>(signed_by.size());
}

bool preimage_fits(const Condition& condition, const util::Json& witness) {
  const auto preimage = util::from_hex(util::string_at(witness, "preimage").value_or(""));
  return preimage && preimage->size() == 32 && util::hex(crypto::sha256(*preimage)) == condition.data;
}

bool met(const Condition& condition, const std::string& witness_text, const std::string& message, util::Time now) {
  const auto parsed = util::parse_json(witness_text.empty() ? "{}" : witness_text);
  if (!parsed) return false;
  const util::Json* found = util::member(*parsed, "signatures");
  const util::Json signatures = found != nullptr && found->is_array() ? *found : util::Json::array();

  std::vector<std::string> keys = condition.list("pubkeys");
  if (condition.kind == "P2PK") keys.insert(keys.begin(), condition.data);
  const bool unlocked = condition.kind == "P2PK" || preimage_fits(condition, *parsed);
  const std::int64_t needed = keys.empty() ? 0 : condition.number("n_sigs", 1);
  if (unlocked && signers(keys, signatures, message) >= needed) return true;

  const std::int64_t locktime = condition.number("locktime", 0);
  if (locktime == 0 || util::unix_seconds(now) <= locktime) return false;
  const std::vector<std::string>& refund = condition.list("refund");
  return refund.empty() || signers(refund, signatures, message) >= condition.number("n_sigs_refund", 1);
}

}  // namespace

bool conditions_met(const std::vector<cashu::Proof>& inputs, const std::string& outputs_text, util::Time now) {
  if (inputs.empty()) return true;
  const auto first = read_condition(inputs.front().secret);
  if (first && first->signs_all()) {
    std::string message;
    for (const cashu::Proof& proof : inputs) {
      const auto condition = read_condition(proof.secret);
      if (!condition || condition->data != first->data || condition->tags != first->tags) return false;
      message += proof.secret + proof.C.hex();
    }
    return met(*first, inputs.front().witness, message + outputs_text, now);
  }
  for (const cashu::Proof& proof : inputs) {
    const auto condition = read_condition(proof.secret);
    if (!condition) continue;
    if (condition->signs_all() || !met(*condition, proof.witness, proof.secret, now)) return false;
  }
  return true;
}

}  // namespace paygress::sandbox

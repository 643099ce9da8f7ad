#include "cashu/lock.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "cashu/output.h"
#include "cashu/spending_condition.h"
#include "crypto/hash.h"
#include "util/json.h"

namespace paygress::cashu {
namespace {

std::size_t count(const std::vector<crypto::PublicKey>& keys, const crypto::PublicKey* key) {
  return key == nullptr ? 0 : static_cast<std::size_t>(std::count(keys.begin(), keys.end(), *key));
}

bool alone_suffices(const SpendingCondition& condition, const crypto::PublicKey* own_key) {
  return condition.kind == SpendingCondition::Kind::p2pk && condition.n_sigs == 1 && count(condition.keys, own_key) == 1;
}

LockKind classify_p2pk(const SpendingCondition& condition, const crypto::PublicKey* own_key, util::Time now) {
  const bool expired = condition.locktime && util::unix_seconds(now) > *condition.locktime;
  if (expired && !condition.has_refund) return LockKind::anyone;
  if (alone_suffices(condition, own_key)) {
    // A refund path that is our own opens the door to nobody else.
    const bool others_later =
        condition.locktime && (!condition.has_refund || condition.refund_keys.size() != count(condition.refund_keys, own_key));
    if (!others_later) return LockKind::own_key;
    return expired ? LockKind::refund_open : LockKind::own_key_until_locktime;
  }
  return count(condition.keys, own_key) != 0 ? LockKind::multisig : LockKind::foreign_key;
}

util::Error locked(std::string_view how) {
  return {util::Errc::refused, "the token is locked " + std::string(how), "token_locked"};
}

// Nothing for the locks that we can open.
std::optional<util::Error> refusal(LockKind kind) {
  switch (kind) {
    case LockKind::none:
    case LockKind::own_key:
    case LockKind::own_key_until_locktime:
    case LockKind::refund_open:
    case LockKind::anyone: return std::nullopt;
    case LockKind::multisig: return locked("so that several keys must sign (multisig), which is not supported");
    case LockKind::foreign_key: return locked("to a key that is not ours (P2PK)");
    case LockKind::htlc: return locked("to a hash (HTLC), which is not supported");
    case LockKind::unknown_kind: return locked("in a way that is not known here");
    case LockKind::malformed: return locked("by a condition that is malformed, so that nobody can spend it");
  }
  return std::nullopt;
}

// What a mint does not spend by its own reading it refuses without a word that would be final, and the claim would wait for ever.
bool is_open_to_some_mints_only(LockKind kind, std::string_view secret, const crypto::PublicKey* own_key) {
  if (kind == LockKind::none) return may_pass_for_condition(secret);
  if (kind != LockKind::anyone) return false;
  // A locktime of zero is long over to NUT-11 and to cdk, and none at all to nutshell.
  const auto condition = read_condition(secret);
  return condition->locktime == 0 && !alone_suffices(*condition, own_key);
}

// NUT-11: if one input says SIG_ALL, all must be of one kind, with the same data and tags.
util::Result<bool> uses_sig_all(const std::vector<Proof>& inputs) {
  std::vector<std::optional<SpendingCondition>> conditions;
  for (const Proof& input : inputs) conditions.push_back(read_condition(input.secret));
  const auto is_sig_all = [](const auto& condition) { return condition && condition->sig_all; };
  if (std::none_of(conditions.begin(), conditions.end(), is_sig_all)) return false;
  for (const auto& condition : conditions)
    if (!condition || condition->fingerprint != conditions.front()->fingerprint)
      return locked("with SIG_ALL, but not all of it in the same way");
  return true;
}

std::string witness(const crypto::SecretKey& key, const std::vector<std::string>& messages) {
  auto signatures = nlohmann::json::array();
  for (const std::string& message : messages)
    signatures.push_back(util::hex(crypto::sign_deterministic(key, crypto::sha256(util::as_bytes(message)))));
  return nlohmann::json{{"signatures", signatures}}.dump();
}

// What SIG_ALL signed before nuts#302, and still signs in nutshell up to 0.20.
std::string old_sig_all_message(const std::vector<Proof>& inputs, const std::vector<Output>& outputs) {
  std::string message;
  for (const Proof& input : inputs) message += input.secret;
  for (const Output& output : outputs) message += output.B_.hex();
  return message;
}

}  // namespace

LockKind classify_lock(std::string_view secret, const crypto::PublicKey* own_key, util::Time now) {
  const auto condition = read_condition(secret);
  if (!condition) return LockKind::none;
  switch (condition->kind) {
    case SpendingCondition::Kind::p2pk: return classify_p2pk(*condition, own_key, now);
    case SpendingCondition::Kind::htlc: return LockKind::htlc;
    case SpendingCondition::Kind::unknown: return LockKind::unknown_kind;
    case SpendingCondition::Kind::malformed: return LockKind::malformed;
  }
  return LockKind::malformed;
}

util::Result<> check_locks(const std::vector<Proof>& proofs, const crypto::PublicKey* own_key, util::Time now) {
  for (const Proof& proof : proofs) {
    const LockKind kind = classify_lock(proof.secret, own_key, now);
    if (is_open_to_some_mints_only(kind, proof.secret, own_key))
      return locked("in a way that not all mints read alike; a mint that reads it otherwise would never spend it");
    if (kind == LockKind::foreign_key && proof.p2pk_e)
      return locked("to a blinded key (NUT-28, P2BK), which is not supported; lock it to the key of the offer as it is");
    if (auto error = refusal(kind)) return *error;
  }
  if (auto sig_all = uses_sig_all(proofs); !sig_all) return sig_all.error();
  return {};
}

util::Result<> sign_inputs(std::vector<Proof>& inputs, const std::vector<Output>& outputs, const crypto::SecretKey& own_key) {
  auto sig_all = uses_sig_all(inputs);
  if (!sig_all) return sig_all.error();
  // A mint counts the keys that have signed what it reads, so a signature of the other reading does no harm.
  std::vector<std::string> messages_for_all;
  if (*sig_all) messages_for_all = {sig_all_message(inputs, outputs), old_sig_all_message(inputs, outputs)};
  for (Proof& input : inputs) {
    input.witness.clear();
    const auto condition = read_condition(input.secret);
    if (!*sig_all && condition && alone_suffices(*condition, &own_key.public_key()))
      input.witness = witness(own_key, {input.secret});
  }
  // Also where the locktime has opened a lock that is not ours: nutshell looks for some witness before it looks at the time.
  if (*sig_all) inputs.front().witness = witness(own_key, messages_for_all);
  return {};
}

std::string sig_all_message(const std::vector<Proof>& inputs, const std::vector<Output>& outputs, std::string_view quote) {
  std::string message;
  for (const Proof& input : inputs) message += input.secret + input.C.hex();
  for (const Output& output : outputs) message += output.amount.text() + output.B_.hex();
  return message.append(quote);
}

}  // namespace paygress::cashu

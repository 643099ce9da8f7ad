// Spending conditions (NUT-10, NUT-11): money that only somebody's signature can move. A token locked to our key is safe
// even if the message it came in leaks; any other lock is refused by name before the mint hears of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cashu/proof.h"
#include "crypto/keys.h"
#include "util/result.h"
#include "util/time.h"

namespace paygress::cashu {

struct Output;

enum class LockKind {
  none,                    // an ordinary secret
  own_key,                 // our signature alone spends it
  own_key_until_locktime,  // so it does, but after the locktime others can, too
  refund_open,             // our signature spends it; the locktime is over, so the payer's refund key does too
  anyone,                  // the locktime is over and there is no refund key: no signature needed
  multisig,                // our key is one of several that must sign
  foreign_key,             // somebody else's
  htlc,                    // wants a preimage (NUT-14)
  unknown_kind,            // a NUT-10 secret of a kind we do not know
  malformed                // breaks a rule of NUT-11: no mint lets anybody spend it
};

// `own_key` may be null: then every lock to a key is foreign. Only the x coordinate counts (NUT-11).
LockKind classify_lock(std::string_view secret, const crypto::PublicKey* own_key, util::Time now);

// Can we spend all these together now, at whatever mint? If not: code `token_locked`, and the message names the lock.
util::Result<> check_locks(const std::vector<Proof>& proofs, const crypto::PublicKey* own_key, util::Time now);

// Replaces the witnesses: ours where our key alone is enough (one per proof for SIG_INPUTS; for SIG_ALL always one on the
// first input, over all inputs and outputs, signed both as NUT-11 says and as it said before nuts#302), none elsewhere. Deterministic, so that the same plan gives the same bytes.
// Code `token_locked` if SIG_ALL stands beside inputs with another lock.
util::Result<> sign_inputs(std::vector<Proof>& inputs, const std::vector<Output>& outputs, const crypto::SecretKey& own_key);

// What SIG_ALL signs in a swap: every secret and C, then every amount and B_ (for a melt, the quote's id follows).
std::string sig_all_message(const std::vector<Proof>& inputs, const std::vector<Output>& outputs, std::string_view quote = {});

}  // namespace paygress::cashu

// A secret that is a spending condition: ["kind", {nonce, data, tags}] (NUT-10), with the tags of NUT-11 read and checked.
// lock.h says what it means for us.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/keys.h"

namespace paygress::cashu {

struct SpendingCondition {
  enum class Kind { p2pk, htlc, unknown, malformed };
  Kind kind = Kind::malformed;
  std::vector<crypto::PublicKey> keys;  // `data` (of P2PK) and `pubkeys`, by x coordinate: the main path
  std::uint64_t n_sigs = 1;
  std::vector<crypto::PublicKey> refund_keys;
  bool has_refund = false;
  std::optional<std::int64_t> locktime;  // none, or not a time: locked for ever
  bool sig_all = false;
  std::string fingerprint;  // kind, data and tags as one text: what SIG_ALL wants equal
};

// Nothing when the secret is an ordinary one.
std::optional<SpendingCondition> read_condition(std::string_view secret);

// An ordinary secret by NUT-10 that the parser of some mint takes for a condition all the same: with literals that are not JSON, or
// as another shape of the same two. Such a mint wants a witness that nobody who takes it for money would think of.
bool may_pass_for_condition(std::string_view secret);

}  // namespace paygress::cashu

// Tokens, the text in which ecash travels (NUT-00, V3 "cashuA" and V4 "cashuB").
//
// Decoding is not payment: forged, spent and foreign tokens decode well. It is strict all the same, for a token that
// can be read in two ways is a token that somebody wrote to be read in two ways.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cashu/mint_url.h"
#include "cashu/proof.h"
#include "util/result.h"

namespace paygress::cashu {

// The most proofs in one token: what mints take in one swap (cdk and nutshell: 1000).
inline constexpr std::size_t kMaxTokenProofs = 1000;
// Longer texts are refused unread; a thousand V3 proofs with DLEQ and some witnesses fit.
inline constexpr std::size_t kMaxTokenText = 1 << 20;
// The longest secret that mints take. nutshell refuses a longer one with 11003, the code for an output that was signed before,
// which would send a claim after a fault of its own that is none.
inline constexpr std::size_t kMaxSecretBytes = 1024;

struct Token {
  MintUrl mint;
  std::string unit;  // empty when a V3 token does not say: the keysets decide (keysets.h)
  std::optional<std::string> memo;
  std::vector<Proof> proofs;  // at least one, every amount > 0, every secret once and of a length mints take, their sum fits

  friend bool operator==(const Token&, const Token&) = default;
};

// Reads a token as it stands in a message: surrounding white space and the prefixes `cashu:`, `cashu://`,
// `web+cashu://` (in any case: RFC 3986) are forgiven, as are padding and either base64 alphabet, but not both in one text.
// `error.code` is one of
//   token_malformed       not a token, or not whole, or not what NUT-00 describes
//   token_too_large       longer than kMaxTokenText
//   token_too_many_proofs more than kMaxTokenProofs
//   token_multi_mint      a V3 token of several mints (one claim is one mint)
//   token_mint_invalid    the mint's address is not an http(s) URL that we could call
//   token_amount_invalid  zero, negative, not a whole number, or the sum leaves uint64
//   token_secret_repeated the same secret twice
//   token_secret_too_long longer than kMaxSecretBytes
//   token_point_invalid   C is not a point of the curve
//   keyset_not_supported  a proof that cannot be read, of a keyset of another version, where it may have to look so
// No part of the token ever stands in the error.
util::Result<Token> decode_token(std::string_view text);

// The raw form `craw` + version + CBOR (NUT-00), for transports that carry bytes.
util::Result<Token> decode_raw_token(util::ByteView bytes);

enum class WithDleq { no, yes };

// V4, without padding. DLEQ is left out unless asked for: it makes a token twice as long.
std::string encode_token(const Token& token, WithDleq with_dleq = WithDleq::no);

}  // namespace paygress::cashu

// Money as it is handed over (NUT-00). A proof is bearer money: it goes into no log and no error text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cashu/amount.h"
#include "crypto/point.h"
#include "util/result.h"

namespace paygress::cashu {

// What shows that the mint signed with the key it published (NUT-12). Not scalars yet: a sender may write anything here,
// `verify_dleq` decides. `r` is the payer's blinding factor, absent in a mint's own reply.
struct Dleq {
  std::array<std::uint8_t, 32> e{};
  std::array<std::uint8_t, 32> s{};
  std::optional<std::array<std::uint8_t, 32>> r;

  friend bool operator==(const Dleq&, const Dleq&) = default;
};

struct Proof {
  Amount amount;
  std::string keyset_id;  // lower-case hex; in a token perhaps the short form (NUT-02)
  std::string secret;     // hashed and signed as this very text
  crypto::Point C;
  std::optional<Dleq> dleq;
  std::string witness;  // JSON text (NUT-11); empty: none
  std::optional<crypto::Point> p2pk_e;

  friend bool operator==(const Proof&, const Proof&) = default;
};

// `Y`, by which the mint knows the proof (NUT-07) and the books keep it unique.
crypto::Point proof_y(const Proof& proof);

// Code `amount_overflow` when the sum leaves uint64.
util::Result<Amount> total(const std::vector<Proof>& proofs);

// The JSON of NUT-00, as in a V3 token, a payment-request payload (NUT-18) or the journal. The codes are those of token.h.
util::Result<Proof> parse_proof(const nlohmann::json& json);
nlohmann::json to_json(const Proof& proof);

// The proof as an input of a swap or a melt. What would tell the mint which of its signatures this is, or whose key it was locked to,
// stays at home (NUT-12, NUT-28).
nlohmann::json mint_input(Proof proof);

}  // namespace paygress::cashu

// A mint's keysets (NUT-01, NUT-02): which key signs which amount, in which unit, for which fee.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cashu/proof.h"
#include "crypto/point.h"
#include "util/result.h"

namespace paygress::cashu {

struct Keyset {
  std::string id;  // full, lower-case hex: 16 characters (V1) or 66 (V2)
  std::string unit;
  bool active = true;
  std::uint64_t input_fee_ppk = 0;              // per thousand inputs, in the unit
  std::optional<std::int64_t> final_expiry;     // Unix seconds
  std::map<std::uint64_t, crypto::Point> keys;  // empty as long as only the list of keysets was read

  friend bool operator==(const Keyset&, const Keyset&) = default;
};

// Which derivation an id announces (its first byte). Only the first two are used here: `bls12_381` has other keys and
// no DLEQ, `legacy` ids (base64, before 0.15) commit to nothing.
enum class KeysetVersion { v1, v2, bls12_381, legacy, unknown };
KeysetVersion keyset_version(std::string_view id);
// Is it a version that we speak? Needs no mint. Code `keyset_not_supported`, and the message names the version.
util::Result<> check_keyset_version(std::string_view id);

// Has the text one of the forms an id ever had? 16 hex digits (V1, or a short V2), 66, or 12 characters of base64 (legacy).
bool is_keyset_id(std::string_view id);
// Lower case, except for legacy ids, whose case counts.
std::string normal_keyset_id(std::string_view id);

// An entry of GET /v1/keys or /v1/keysets, or of the journal; `keys` may be missing. Checks the form and, where there are
// keys, that the id is the one they give (`keyset_id_mismatch`). Other codes: `keyset_malformed`, `keyset_not_supported`.
util::Result<Keyset> parse_keyset(const nlohmann::json& json);
nlohmann::json to_json(const Keyset& keyset);

// The id of NUT-02 recomputed from the keys (for V2 also from unit, fee and expiry). `verify_id`: code `keyset_id_mismatch`.
std::string derive_id_v1(const Keyset& keyset);
std::string derive_id_v2(const Keyset& keyset);
util::Result<> verify_id(const Keyset& keyset);

// The full id meant by `id`, which may be a short one (NUT-02: the first 8 bytes of a V2 id). Codes: `keyset_unknown`,
// `keyset_ambiguous` (several match), `keyset_not_supported` (a version we do not know, named in the message).
util::Result<const Keyset*> find_keyset(const std::vector<Keyset>& keysets, std::string_view id);

// (sum of ppk + 999) / 1000 over all inputs (NUT-02). The ids must be full ones and known.
util::Result<Amount> input_fee(const std::vector<Proof>& proofs, const std::vector<Keyset>& keysets);
// The same for so many proofs of one keyset.
util::Result<Amount> input_fee(std::size_t proofs, const Keyset& keyset);

// A token's proofs as the mint wants them: full ids, one unit, each amount one that its keyset signs.
struct ResolvedProofs {
  std::vector<Proof> proofs;
  std::string unit;
  Amount face;
  Amount fee;
  Amount net;  // face less fee; zero when the fee eats all
};

// `unit` as the token says it, empty if it does not. Codes besides those of find_keyset: `token_unit_mismatch`,
// `token_units_mixed`, `token_amount_unknown` (no key for that amount; needs the keyset's keys), `amount_overflow`.
util::Result<ResolvedProofs> resolve_proofs(const std::vector<Proof>& proofs, std::string_view unit,
                                            const std::vector<Keyset>& keysets);

}  // namespace paygress::cashu

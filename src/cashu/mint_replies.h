// The bodies that MintClient sends and receives, without any I/O. Errors have the code `mint_reply_invalid`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cashu/evidence.h"
#include "cashu/keyset.h"
#include "crypto/point.h"
#include "util/result.h"

namespace paygress::cashu {

struct MintQuote;

util::Error bad_mint_reply(std::string why);

// A quote's id becomes part of a URL's path, so it must be no more than one segment.
bool is_quote_id(std::string_view id);

// GET /v1/keysets. Keysets of versions that we do not support, and entries that are none, are left out: what one unit's list entry
// lacks must not close the whole mint. One id twice is refused (NUT-02), and so is a list in which nothing can be read.
util::Result<std::vector<Keyset>> read_keysets(const nlohmann::json& reply);

// GET /v1/keys/{id}: `entry` with the keys the mint gave for it; also the codes of parse_keyset. A V2 id commits to fee and expiry,
// too: where the list had left them out, they are taken from here.
util::Result<Keyset> read_keys(const nlohmann::json& reply, Keyset entry);

// POST /v1/checkstate (NUT-07): one state per Y, in the order of `Ys`.
std::string state_request(const std::vector<crypto::Point>& Ys);
util::Result<std::vector<ProofState>> read_states(const nlohmann::json& reply, const std::vector<crypto::Point>& Ys);

// POST or GET /v1/mint/quote/bolt11 (NUT-23).
util::Result<MintQuote> read_mint_quote(const nlohmann::json& reply);

}  // namespace paygress::cashu

// A Lightning invoice (BOLT 11), read far enough to be sure what it asks for before a mint is told to pay it. The route,
// the features and everything else are between the payee and the mint's node.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/hash.h"
#include "util/result.h"
#include "util/time.h"

namespace paygress::cashu {

struct Invoice {
  std::string text;                          // lower case, without "lightning:"
  std::string network;                       // "bc", "tb" (testnet), "tbs" (signet), "bcrt" (regtest), "sb" (simnet)
  std::optional<std::uint64_t> amount_msat;  // none: the payer chooses, which we never do
  util::Time made_at, expires_at;
  crypto::Hash256 payment_hash;  // what names the payment: two invoices with the same hash are paid once
  std::optional<std::string> description;
  std::optional<crypto::Hash256> description_hash;
  std::string payee;  // the key of the node that is paid, in hex; its signature covers all of this
};

// The text may be in upper case and begin with "lightning:". Errors name what is wrong; their codes:
//   invoice_malformed        no invoice, or one whose parts do not fit together (checksum, fields, amount, signature)
//   invoice_network_unknown  of another chain
// An invoice that has expired is read all the same: only the caller knows the time.
util::Result<Invoice> parse_invoice(std::string_view text);

}  // namespace paygress::cashu

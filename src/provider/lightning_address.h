// Asking a Lightning address for an invoice (LNURL-pay: LUD-06, LUD-16). "me@wallet.example" means: ask
// https://wallet.example/.well-known/lnurlp/me what it takes, then ask the `callback` it names for an invoice of the amount.
//
// The operator chose the address; whoever answers there is not trusted further than that: the callback must be https at a public
// address, redirects are not followed, sizes are bounded, and the invoice must be exactly what was asked for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cashu/bolt11.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/task.h"
#include "util/result.h"

namespace paygress::provider {

class LightningAddress {
 public:
  // In any case, kept in lower case. Code `lightning_address_malformed`.
  static util::Result<LightningAddress> parse(std::string_view text);

  std::string text() const { return user_ + "@" + domain_; }
  // Where it is asked: https, but plain http on the loopback of this machine (a test's, or a node's own server).
  std::string url() const;
  bool is_local() const;

 private:
  LightningAddress(std::string user, std::string domain) : user_(std::move(user)), domain_(std::move(domain)) {}
  std::string user_, domain_;
};

// What the address says it takes (LUD-06).
struct PayTerms {
  std::string callback;
  std::uint64_t min_msat = 0, max_msat = 0;
  std::string metadata;  // the text as it came: an invoice may carry its hash
};

// Codes: `lnurl_refused` (it answered with an error), `lnurl_malformed`, `lnurl_callback_forbidden`.
util::Result<PayTerms> read_pay_terms(std::string_view body, bool is_local);
// The answer of the callback. Codes: the first two, those of parse_invoice, and `lnurl_invoice_wrong` (it is not for what was asked).
util::Result<cashu::Invoice> read_pay_invoice(std::string_view body, const PayTerms& terms, std::uint64_t msat, util::Time now);

// The two questions. Codes besides those: `lnurl_unreachable`, `lnurl_amount_out_of_range`.
net::Task<util::Result<PayTerms>> ask_terms(net::HttpClient& http, LightningAddress address);
// An invoice of exactly `msat`.
net::Task<util::Result<cashu::Invoice>> ask_invoice(net::HttpClient& http, net::Clock& clock, LightningAddress address,
                                                    PayTerms terms, std::uint64_t msat);

}  // namespace paygress::provider

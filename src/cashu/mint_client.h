#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cashu/evidence.h"
#include "cashu/keyset.h"
#include "cashu/melt.h"
#include "cashu/mint_fault.h"
#include "cashu/mint_info.h"
#include "cashu/mint_url.h"
#include "cashu/output.h"
#include "net/task.h"
#include "util/json.h"
#include "util/result.h"

namespace paygress::net {
class HttpClient;
struct HttpRequest;
struct HttpResponse;
}  // namespace paygress::net

namespace paygress::cashu {

// A quote for new money against a Lightning payment (NUT-04, NUT-23).
struct MintQuote {
  enum class State { unpaid, paid, issued };
  std::string id;
  std::string request;  // the invoice
  Amount amount;
  std::string unit;
  State state = State::unpaid;
  std::optional<std::int64_t> expiry;
};

// Speaks to one mint, over its HTTP API. Every reply is bounded and checked for form here; what it means for the money is
// decided by swap.h and evidence.h. A refusal comes as util::Error with a MintFault inside (mint_fault.h); a reply that
// is not what the NUT says has the code `mint_reply_invalid`, no answer at all `mint_unreachable` (which does not say that
// the request did not arrive).
class MintClient {
 public:
  MintClient(net::HttpClient& http, MintUrl url) : http_(http), url_(std::move(url)) {}

  const MintUrl& url() const { return url_; }

  net::Task<util::Result<MintInfo>> info();
  // All keysets, active or not, without their keys (NUT-02). Keysets of versions we do not support are left out.
  net::Task<util::Result<std::vector<Keyset>>> keysets();
  // The same keyset with its keys; `entry` comes from `keysets()`, and its id must be what the keys (for V2 also its unit, fee and
  // expiry) give.
  net::Task<util::Result<Keyset>> keys(Keyset entry);

  // POST /v1/swap with exactly these bytes; the reply goes to finish_swap.
  net::Task<util::Result<util::Json>> swap(std::string body);
  // One state for each Y, in their order; each was answered exactly once (NUT-07).
  net::Task<util::Result<std::vector<ProofState>>> check_state(std::vector<crypto::Point> Ys);
  // POST /v1/restore; the reply goes to finish_restore (NUT-09).
  net::Task<util::Result<util::Json>> restore(std::vector<Output> outputs);

  net::Task<util::Result<MintQuote>> mint_quote(Amount amount, std::string unit);
  net::Task<util::Result<MintQuote>> mint_quote_state(std::string quote_id);
  // POST /v1/mint/bolt11; the reply goes to finish_swap.
  net::Task<util::Result<util::Json>> mint(std::string quote_id, std::vector<Output> outputs);

  // What paying this invoice would cost (NUT-05, NUT-23); moves no money. See melt.h.
  net::Task<util::Result<MeltQuote>> melt_quote(std::string request, std::string unit);
  net::Task<util::Result<MeltQuote>> melt_quote_state(std::string quote_id);
  // POST /v1/melt/bolt11 with exactly these bytes. It may take as long as Lightning takes; an error says nothing about the payment.
  net::Task<util::Result<MeltQuote>> melt(std::string body);

  // How long the mint asked us to stay away (Retry-After), in its last answer.
  std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }

 private:
  static constexpr std::chrono::seconds kTimeout{30};

  net::Task<util::Result<util::Json>> get(std::string path);
  net::Task<util::Result<util::Json>> post(std::string path, std::string body, std::chrono::milliseconds timeout = kTimeout);
  net::Task<util::Result<util::Json>> exchange(net::HttpRequest request);
  util::Result<util::Json> read_reply(const net::HttpResponse& response);

  net::HttpClient& http_;
  MintUrl url_;
  std::optional<std::chrono::seconds> retry_after_;
};

}  // namespace paygress::cashu

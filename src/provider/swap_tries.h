// What became of the copies of a swap's request that were sent; only for the two halves of the swap desk.
#pragma once

#include <string>

#include "cashu/mint_fault.h"
#include "net/clock.h"
#include "provider/swap_desk.h"

namespace paygress::provider {

struct SwapDesk::Tries {
  net::SteadyTime began;
  net::SteadyTime unanswered_at;  // the last copy that got no answer was given up then
  bool refused = false;           // the last copy was sent back
  int refusals = 0;               // so many, with all inputs unspent and nothing of ours signed
  std::string why = {};           // for the customer: mint_unreachable, mint_slow, token_pending
};

// Without an answer, or with one of something on the way to the mint, the mint may still be at work.
inline bool may_be_on_its_way(const util::Error& said) {
  const auto fault = cashu::fault_of(said);
  if (!fault) return said.code != "mint_reply_invalid";
  return !fault->code && (fault->http_status >= 500 || fault->http_status == 408);
}

// Was the request looked at and sent back? "Later" (429) is no refusal.
inline bool is_refusal(const util::Error& said) {
  const auto fault = cashu::fault_of(said);
  return !may_be_on_its_way(said) && (!fault || fault->code || fault->http_status != 429);
}

}  // namespace paygress::provider

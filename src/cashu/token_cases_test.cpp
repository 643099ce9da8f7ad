// What a hostile payer can write into the JSON of a V3 token, one part of it changed at a time.
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cashu/dhke.h"
#include "cashu/token.h"
#include "util/bytes.h"

using namespace paygress;
using nlohmann::json;

namespace {

const std::string kX = "8618543ffb6b8695df4ad4babcde92a34a96bdcd97dcee0d7ccf98d472126792";
const std::string kProof = R"({"amount":1,"id":"00ad268c4d1f5826","secret":"a secret","C":"03)" + kX + R"("})";

std::string v3(const std::string& text) { return "cashuA" + util::base64url(util::as_bytes(text)); }

// One entry with one mint and these proofs; `more` are members of the token besides.
std::string token_of(const std::string& proofs, const std::string& more = R"(,"unit":"sat")",
                     const std::string& mint = "https://mint.example") {
  return R"({"token":[{"mint":")" + mint + R"(","proofs":[)" + proofs + "]}]" + more + "}";
}

std::string code_of(const std::string& text) {
  const auto token = cashu::decode_token(text);
  return token ? "accepted" : token.error().code;
}

// The usual proof with one member written otherwise, as raw JSON; nothing leaves it out.
std::string proof_with(const std::string& key, const std::string& value) {
  std::string text = "{";
  const json whole = json::parse(kProof);
  for (const auto& [name, usual] : whole.items())
    if (name != key) text += "\"" + name + "\":" + usual.dump() + ",";
  if (!value.empty()) return text + "\"" + key + "\":" + value + "}";
  text.back() = '}';
  return text;
}

struct Case {
  std::string written;
  std::string code;
};

const char* const kGood = "accepted";
const char* const kBad = "token_malformed";
const char* const kAmount = "token_amount_invalid";
const char* const kPoint = "token_point_invalid";

void decide_member(const std::string& key, const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    INFO(key, ": ", each.written);
    CHECK(code_of(v3(token_of(proof_with(key, each.written)))) == each.code);
  }
}

}  // namespace

TEST_CASE("V3: an amount is written as a positive whole number") {
  decide_member("amount", {{"1", kGood},
                           {"9223372036854775808", kGood},
                           {"18446744073709551615", kGood},
                           {"18446744073709551616", kAmount},
                           {"0", kAmount},
                           {"-0", kAmount},
                           {"-1", kAmount},
                           {"1.0", kAmount},
                           {"0.5", kAmount},
                           {"1e2", kAmount},
                           {"1E0", kAmount},
                           {"100e-2", kAmount},
                           {"\"1\"", kAmount},
                           {"true", kAmount},
                           {"[1]", kAmount},
                           {"{}", kAmount},
                           {"null", kBad},
                           {"", kBad},
                           {"01", kBad},
                           {"+1", kBad},
                           {"0x1", kBad},
                           {"1.", kBad},
                           {".5", kBad},
                           {"NaN", kBad},
                           {"Infinity", kBad},
                           {"1e400", kBad}});
}

TEST_CASE("V3: C and the DLEQ are hex of the right length; whether the DLEQ holds is another question") {
  const std::string uncompressed =
      "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb"
      "10d"
      "4b8";
  decide_member("C", {{"\"02" + kX + "\"", kGood},
                      {"\"" + kX + "\"", kPoint},
                      {"\"03" + kX + "00\"", kPoint},
                      {"\"03 " + kX + "\"", kPoint},
                      {"\"0x03" + kX + "\"", kPoint},
                      {"\"" + uncompressed + "\"", kPoint},
                      {"\"00\"", kPoint},
                      {"\"\"", kPoint},
                      {"\"02" + std::string(64, '0') + "\"", kPoint},
                      {"\"02" + std::string(64, 'f') + "\"", kPoint},
                      {"5", kBad},
                      {"null", kBad}});
  const std::string hash = "\"" + std::string(64, '1') + "\"", zero = "\"" + std::string(64, '0') + "\"";
  const std::string order = "\"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141\"";
  decide_member("dleq", {{R"({"e":)" + hash + R"(,"s":)" + hash + "}", kGood},
                         {R"({"e":)" + hash + R"(,"s":)" + hash + R"(,"r":null})", kGood},
                         {R"({"e":)" + zero + R"(,"s":)" + order + R"(,"r":)" + zero + "}", kGood},
                         {R"({"e":)" + hash + R"(,"s":)" + hash + R"(,"r":""})", kBad},
                         {R"({"e":)" + hash + R"(,"s":)" + hash + R"(,"r":5})", kBad},
                         {R"({"e":)" + hash + R"(,"s":null})", kBad},
                         {R"({"e":)" + hash + "}", kBad},
                         {R"({"e":1,"s":1})", kBad},
                         {"{}", kBad},
                         {"\"\"", kBad},
                         {"false", kBad},
                         {"null", kGood}});
}

TEST_CASE("V3: an id in each of the forms that an id ever had") {
  decide_member("id", {{"\"00AD268C4D1F5826\"", kGood},
                       {"\"01" + std::string(64, 'a') + "\"", kGood},
                       {"\"02" + std::string(64, 'a') + "\"", kGood},  // BLS12-381: for the keysets to refuse
                       {"\"yjzQhxghPdrr\"", kGood},                    // base64, before 0.15: the same
                       {"\"01" + std::string(62, 'a') + "\"", kBad},   // 32 bytes
                       {"\"01" + std::string(66, 'a') + "\"", kBad},   // 34 bytes
                       {"\"00ad268c4d1f582\"", kBad},
                       {"\"00ad268c4d1f58\"", kBad},
                       {"\"00ad268c4d1f582g\"", kBad},
                       {"\"yjzQhxgh-drr\"", kBad},
                       {"\"\"", kBad},
                       {"38", kBad},
                       {"null", kBad},
                       {"", kBad}});
}

TEST_CASE("V3: a proof of a keyset version that we do not speak is named as one, whatever else is in it") {
  const auto code = [](const std::string& id, const std::string& more) {
    return code_of(v3(token_of(R"({"id":")" + id + R"(","secret":"s",)" + more + "}")));
  };
  const std::string bls = "02" + std::string(64, 'a'), bls_point = R"("amount":1,"C":")" + std::string(96, '8') + "\"";
  CHECK(code(bls, bls_point) == "keyset_not_supported");
  CHECK(code(bls.substr(0, 16), bls_point) == "keyset_not_supported");
  CHECK(code("yjzQhxghPdrr", bls_point) == "keyset_not_supported");
  CHECK(code("00ad268c4d1f5826", bls_point) == kPoint);
  CHECK(code(bls.substr(0, 64), bls_point) == kBad);
}

TEST_CASE("V3: a secret and a witness are texts, and nothing is made of what they say") {
  decide_member("secret", {{R"("\"")", kGood},
                           {R"("\u0000")", kGood},
                           {R"("\ud83e\udd5c")", kGood},
                           {"\"" + std::string(1024, 's') + "\"", kGood},
                           {"\"" + std::string(1025, 's') + "\"", "token_secret_too_long"},
                           {R"("\ud83e")", kBad},        // half of a pair
                           {R"("\udd5c\ud83e")", kBad},  // both halves, the wrong way round
                           {R"("\x41")", kBad},
                           {"\"a\nb\"", kBad},
                           {"\"\xff\"", kBad},
                           {"\"\xed\xa0\x80\"", kBad},
                           {"\"\"", kBad},
                           {R"(["P2PK",{}])", kBad},
                           {"5", kBad},
                           {"null", kBad}});
  decide_member("witness", {{"null", kGood},
                            {R"("")", kGood},
                            {R"("not JSON")", kGood},
                            {R"({"signatures":[]})", kGood},  // NUT-11 allows it
                            {"[]", kBad},
                            {"5", kBad},
                            {"true", kBad}});
}

TEST_CASE("a secret is hashed and signed as it was meant, however its JSON was written") {
  const std::string meant = "[\"P2PK\", {\"data\":\"\xc3\xa9\"}]";
  for (const char* written : {R"("[\"P2PK\", {\"data\":\"é\"}]")", R"("[\u0022P2PK\u0022, {\"data\":\"\u00e9\"}]")",
                              R"("\u005b\"P2PK\",\u0020{\"data\":\"é\"}]")"}) {
    const auto token = cashu::decode_token(v3(token_of(proof_with("secret", written))));
    REQUIRE(token);
    CHECK(token->proofs[0].secret == meant);
    CHECK(cashu::proof_y(token->proofs[0]) == cashu::hash_to_curve(meant));
    // Through our own writers and back: V4, and the JSON of the journal and of a swap.
    CHECK(cashu::decode_token(cashu::encode_token(*token))->proofs[0].secret == meant);
    CHECK(cashu::parse_proof(json::parse(cashu::to_json(token->proofs[0]).dump()))->secret == meant);
  }
}

TEST_CASE("V3: the JSON is JSON, whole and by itself") {
  const std::string good = token_of(kProof);
  const std::vector<Case> cases = {
      {good, kGood},
      {" \n" + good + "\t ", kGood},
      {token_of(kProof, R"(,"unit":"sat","memo":null,"later":[{}])"), kGood},
      {"\xef\xbb\xbf" + good, kBad},  // a byte order mark
      {good + "x", kBad},
      {good + good, kBad},
      {good + std::string(1, '\0'), kBad},
      {"[" + good + "]", kBad},
      {"\"" + std::string("text") + "\"", kBad},
      {"", kBad},
      {"// why\n" + good, kBad},
      {"/**/" + good, kBad},
      {token_of(kProof, R"(,"unit":"sat",)"), kBad},
      {token_of(kProof + ","), kBad},
      {token_of(kProof, R"(,'unit':'sat')"), kBad},
      {token_of(kProof, R"(,"unit":"sat","unit":"sat")"), kBad},
      {token_of(kProof, R"(,"unit":"sat","\u0075nit":"usd")"), kBad},  // the same key, written otherwise
      {token_of(proof_with("x", "1,\"x\":1")), kBad},
      {token_of(proof_with("x", std::string(40, '[') + std::string(40, ']'))), kBad},
      {token_of(kProof, R"(,"memo":5)"), kBad},
      {token_of(kProof, R"(,"memo":")" + std::string(500'000, 'm') + "\""), kGood},
      {token_of(kProof, R"(,"unit":"sat","memo":")" + std::string(900'000, 'm') + "\""), "token_too_large"},
      {R"({"token":{"mint":"https://mint.example","proofs":[]}})", kBad},
      {R"({"token":[[]]})", kBad},
      {R"({"token":[null]})", kBad},
      {R"({"token":[{"mint":"https://mint.example","proofs":{}}]})", kBad},
      {R"({"token":[{"proofs":[)" + kProof + "]}]}", kBad},
      {token_of("null"), kBad},
      {token_of("\"proof\""), kBad},
      {token_of(kProof + "," + kProof), "token_secret_repeated"},
  };
  for (const Case& each : cases) {
    INFO(each.written.substr(0, 200));
    CHECK(code_of(v3(each.written)) == each.code);
  }
}

TEST_CASE("V3: several entries are one token only if they are of one mint") {
  const auto entry = [](const std::string& mint, const std::string& proofs) {
    return R"({"mint":")" + mint + R"(","proofs":[)" + proofs + "]}";
  };
  const auto entries = [&](const std::string& first, const std::string& second, const std::string& proofs) {
    return code_of(v3(R"({"token":[)" + entry(first, kProof) + "," + entry(second, proofs) + "]}"));
  };
  const std::string other = proof_with("secret", "\"another\"");
  CHECK(entries("https://mint.example", "https://mint.example", other) == kGood);
  CHECK(entries("https://mint.example", "HTTPS://Mint.Example:443/", other) == kGood);
  CHECK(entries("https://mint.example", "https://mint.example", kProof) == "token_secret_repeated");
  CHECK(entries("https://mint.example", "https://other.example", other) == "token_multi_mint");
  CHECK(entries("https://mint.example", "http://mint.example", other) == "token_multi_mint");
  CHECK(entries("https://mint.example", "https://mint.example/Bitcoin", other) == "token_multi_mint");
  CHECK(entries("https://mint.example", "https://other.example", "") == "token_multi_mint");
  CHECK(entries("https://mint.example", "nowhere", other) == "token_mint_invalid");
}

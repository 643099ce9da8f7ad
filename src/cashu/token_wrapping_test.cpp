// What stands around the proofs of a token, or around the token: units, addresses, schemes and base64 that could mean two things.
#include <string>

#include <doctest/doctest.h>

#include "cashu/token.h"
#include "util/bytes.h"

using namespace paygress;

namespace {

const char* const kGood = "accepted";
const char* const kBad = "token_malformed";

std::string v3(const std::string& text) { return "cashuA" + util::base64url(util::as_bytes(text)); }

// One proof; `more` are members of the token besides.
std::string token_of(const std::string& more, const std::string& mint = "https://mint.example") {
  return R"({"token":[{"mint":")" + mint + R"(","proofs":[{"amount":1,"id":"00ad268c4d1f5826","secret":"a secret",)" +
         R"("C":"038618543ffb6b8695df4ad4babcde92a34a96bdcd97dcee0d7ccf98d472126792"}]}])" + more + "}";
}

std::string code_of(const std::string& text) {
  const auto token = cashu::decode_token(text);
  return token ? "accepted" : token.error().code;
}

}  // namespace

TEST_CASE("a unit is a short word; which words are priced is decided elsewhere") {
  const auto unit = [](const std::string& written) { return code_of(v3(token_of(R"(,"unit":)" + written))); };
  for (const char* good : {"\"sat\"", "\"msat\"", "\"usd\"", "\"SAT\"", "\"auth\"", "\"\xc2\xa3\"", "null"})
    CHECK(unit(good) == kGood);
  CHECK(unit("\"" + std::string(64, 'u') + "\"") == kGood);
  for (const char* bad : {"\"\"", "\" \"", "\"sat \"", "\"s at\"", R"("sat\u0000")", R"("sat\n")", "5", "[\"sat\"]", "true"})
    CHECK(unit(bad) == kBad);
  CHECK(unit("\"" + std::string(65, 'u') + "\"") == kBad);
}

TEST_CASE("two spellings of one mint are one, and what is no plain address is none") {
  const auto mint = [](const std::string& written) {
    const auto token = cashu::decode_token(v3(token_of("", written)));
    return token ? token->mint.text() : token.error().code;
  };
  for (const char* same : {"https://mint.example", "https://mint.example/", "https://MINT.example", "HTTPS://mint.example:443",
                           "https://mint.example:443/", "https://mint.example//"})
    CHECK(mint(same) == "https://mint.example");
  for (const char* other :
       {"http://mint.example", "https://mint.example:8443", "https://mint.example/Bitcoin", "https://mint.example/bitcoin",
        "https://mint.example.", "https://www.mint.example", "https://xn--mnt-yla.example", "https://127.0.0.1", "https://[::1]"})
    CHECK(mint(other) == other);
  for (const char* bad : {"",
                          " https://mint.example",
                          "mint.example",
                          "//mint.example",
                          "https:mint.example",
                          "https:/mint.example",
                          "https:///x",
                          "https://user@mint.example",
                          "https://user:pass@mint.example",
                          "https://mint.example@evil.example",
                          "https://mint.example?x",
                          "https://mint.example/?",
                          "https://mint.example#",
                          "https://mint.example/#x",
                          "https://mint.example:0",
                          "https://mint.example:65536",
                          "https://mint.example:4x3",
                          "https://mint.example:-1",
                          "https://m\xc3\xafnt.example",
                          "https://mint%2eexample",
                          "https://mint.example/./x",
                          "https://mint.example/..",
                          "https://mint.example/%2e%2e/x",
                          "https://mint.example/a%2fb",
                          "https://[::1",
                          "https://[]",
                          "file:///etc/passwd",
                          "unix:/run/x",
                          "ws://mint.example",
                          "onion://x.onion",
                          R"(https://mint.example\\x)",
                          R"(https://mint.example\nHost: x)",
                          R"(https://mint.example\u0000)"})
    CHECK(mint(bad) == "token_mint_invalid");
  CHECK(mint("https://mint.example/" + std::string(2100, 'p')) == "token_mint_invalid");
}

TEST_CASE("what stands around the base64 is forgiven; what stands in it is not") {
  const std::string token = v3(token_of("") + std::string(2, ' '));
  const std::string body = token.substr(6);
  for (const char* scheme : {"", "cashu:", "cashu://", "web+cashu://", "Cashu:", "CASHU://", "Web+Cashu://", "\n\n cashu:"})
    CHECK(code_of(scheme + token) == kGood);
  for (const char* wrong :
       {"cashu:/", "cashu: ", "cashu:cashu:", "web+cashu:", "cashu//", "bitcoin:", "cashu?token=", "creqA", "c"})
    CHECK(code_of(wrong + token) == kBad);
  for (const char* version : {"cashua", "CashuA", "CASHUA", "cashuC", "cashu", "cashu A", "cashuAA", "creqA", "crawB"})
    CHECK(code_of(version + body) == kBad);
  for (const char* within : {" ", "\n", "\r\n", "\t", "=", ".", "%3D", "\xe2\x80\x8b", "-_+/"})
    CHECK(code_of(token.substr(0, 50) + within + token.substr(50)) == kBad);
  for (const char* after : {"=", "==", "===", " x", ",", ".", "\"", "%3D%3D", "A", "AAAA"})
    if (std::string(after).find_first_not_of('=') != std::string::npos || (body.size() + std::string(after).size()) % 4 != 0)
      CHECK(code_of(token + after) == kBad);
}

TEST_CASE("either alphabet of base64, not both") {
  // Bytes whose base64 has the last two digits of the alphabet, in each spelling.
  const std::string text = token_of(R"(,"memo":"~~~???>>>")");
  std::string url_safe = v3(text);
  REQUIRE(url_safe.find('-') != std::string::npos);
  REQUIRE(url_safe.find('_') != std::string::npos);
  std::string standard = url_safe, mixed = url_safe;
  for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
  for (char& c : mixed) c = c == '-' ? '+' : c;
  CHECK(code_of(url_safe) == kGood);
  CHECK(code_of(standard) == kGood);
  CHECK(code_of(mixed) == kBad);
}

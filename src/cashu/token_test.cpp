#include "cashu/token.h"

#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cashu/cbor.h"
#include "cashu/dhke.h"
#include "util/bytes.h"

using namespace paygress;
using nlohmann::json;

namespace {

const std::string kC = "038618543ffb6b8695df4ad4babcde92a34a96bdcd97dcee0d7ccf98d472126792";
const std::string kId = "00ad268c4d1f5826";

json proof_json(std::uint64_t amount = 1, const std::string& secret = "a secret") {
  return {{"amount", amount}, {"id", kId}, {"secret", secret}, {"C", kC}};
}

json token_json(json proofs) {
  return {{"token", json::array({{{"mint", "https://mint.example"}, {"proofs", std::move(proofs)}}})}, {"unit", "sat"}};
}

std::string v3(const std::string& text) { return "cashuA" + util::base64url(util::as_bytes(text)); }
std::string v3(const char* text) { return v3(std::string(text)); }
std::string v3(const json& value) { return v3(value.dump()); }

std::string code_of(const std::string& text) {
  const auto token = cashu::decode_token(text);
  return token ? "accepted" : token.error().code;
}

cashu::Token sample() { return cashu::decode_token(v3(token_json({proof_json(1, "one"), proof_json(2, "two")}))).value(); }

// A V4 token around the given bytes of one proof.
std::string v4_with_proof(const util::Bytes& proof) {
  cashu::CborWriter head;
  head.map(3);
  head.text("m");
  head.text("https://mint.example");
  head.text("u");
  head.text("sat");
  head.text("t");
  head.array(1);
  head.map(2);
  head.text("i");
  head.byte_string(util::from_hex(kId).value());
  head.text("p");
  head.array(1);
  util::Bytes all = head.bytes();
  all.insert(all.end(), proof.begin(), proof.end());
  return "cashuB" + util::base64url(all);
}

}  // namespace

TEST_CASE("a token survives being written and read, with and without its DLEQ") {
  cashu::Token token = sample();
  token.memo = "for a pod \xf0\x9f\xa5\x9c";
  token.proofs[1].dleq = cashu::Dleq{{1}, {2}, std::array<std::uint8_t, 32>{3}};
  token.proofs[1].witness = R"({"signatures":[]})";
  token.proofs[0].p2pk_e = token.proofs[0].C;
  token.proofs[1].keyset_id = "015ba18a8adcd02e715a58358eb618da4a4b3791151a4bee5e968bb88406ccf76a";
  CHECK(cashu::decode_token(cashu::encode_token(token, cashu::WithDleq::yes)).value() == token);
  const auto plain = cashu::decode_token(cashu::encode_token(token)).value();
  CHECK_FALSE(plain.proofs[1].dleq);
  CHECK(plain.proofs[1].witness == token.proofs[1].witness);
}

TEST_CASE("whatever wraps a token in a message is taken off") {
  const std::string text = cashu::encode_token(sample());
  for (const std::string& wrapped : {text, "cashu:" + text, "cashu://" + text, "web+cashu://" + text, " \r\n\t" + text + "\n"})
    CHECK(code_of(wrapped) == "accepted");
  CHECK(code_of("cashu:cashu:" + text) == "token_malformed");
  CHECK(code_of("lightning:" + text) == "token_malformed");
  CHECK(code_of(text + " and more") == "token_malformed");
  CHECK(code_of(text + text) == "token_malformed");
  CHECK(code_of("") == "token_malformed");
}

TEST_CASE("base64 has one spelling: stray bits, lone characters and wrong padding are refused") {
  const std::string text = v3(json(token_json({proof_json(1, "s")})).dump());
  const std::string unpadded = text.substr(0, text.find('='));
  const std::size_t left = (unpadded.size() - 6) % 4;
  CHECK(code_of(unpadded + std::string(left == 0 ? 0 : 4 - left, '=')) == "accepted");
  CHECK(code_of(unpadded + std::string(5 - left, '=')) == "token_malformed");
  CHECK(code_of(unpadded + std::string(8 - left, '=')) == "token_malformed");
  for (std::string more = "A"; more.size() < 9; more += 'A') CHECK(code_of(unpadded + more) == "token_malformed");
  CHECK(code_of("cashuA" + unpadded.substr(6, 8) + "=" + unpadded.substr(14)) == "token_malformed");

  std::string spare = "cashuA" + util::base64url(util::as_bytes(token_json({proof_json(1, "ss")}).dump() + std::string(1, ' ')));
  while ((spare.size() - 6) % 4 == 0)
    spare = "cashuA" + util::base64url(util::as_bytes(token_json({proof_json(1, "ss")}).dump() + "  "));
  CHECK(code_of(spare) == "accepted");
  spare.back() = static_cast<char>(spare.back() + 1);
  CHECK(code_of(spare) == "token_malformed");
}

TEST_CASE("amounts are positive whole numbers whose sum fits") {
  CHECK(code_of(v3(token_json({proof_json(0)}))) == "token_amount_invalid");
  for (const char* amount : {"-1", "1.0", "\"1\"", "1e3", "18446744073709551616", "true", "[1]"}) {
    const std::string text = R"({"token":[{"mint":"https://m.example","proofs":[{"amount":)" + std::string(amount) + R"(,"id":")" +
                             kId + R"(","secret":"s","C":")" + kC + R"("}]}]})";
    INFO(amount);
    CHECK(code_of(v3(text)) == "token_amount_invalid");
  }
  CHECK(code_of(v3(token_json({proof_json(UINT64_MAX, "a")}))) == "accepted");
  CHECK(code_of(v3(token_json({proof_json(UINT64_MAX, "a"), proof_json(1, "b")}))) == "token_amount_invalid");
}

TEST_CASE("a proof is whole, or the token is refused") {
  for (const char* key : {"amount", "id", "secret", "C"}) {
    json proof = proof_json();
    proof.erase(key);
    CHECK(code_of(v3(token_json({proof}))) == "token_malformed");
  }
  const auto with = [](const char* key, json value) {
    json proof = proof_json();
    proof[key] = std::move(value);
    return code_of(v3(token_json({proof})));
  };
  CHECK(with("secret", "") == "token_malformed");
  CHECK(with("secret", 5) == "token_malformed");
  CHECK(with("C", kC.substr(2)) == "token_point_invalid");
  CHECK(with("C", "04" + kC.substr(2)) == "token_point_invalid");
  CHECK(with("C", "020000000000000000000000000000000000000000000000000000000000000000") == "token_point_invalid");
  CHECK(with("id", kId + "0") == "token_malformed");
  CHECK(with("id", "zz" + kId.substr(2)) == "token_malformed");
  CHECK(with("dleq", nullptr) == "accepted");
  CHECK(with("dleq", 7) == "token_malformed");
  CHECK(with("dleq", {{"e", std::string(64, '1')}}) == "token_malformed");
  CHECK(with("dleq", {{"e", std::string(64, '1')}, {"s", std::string(62, '1')}}) == "token_malformed");
  CHECK(with("dleq", {{"e", std::string(64, 'A')}, {"s", std::string(64, '1')}}) == "accepted");
  CHECK(with("anything", json::array({1, 2})) == "accepted");
}

TEST_CASE("nothing can be said twice") {
  CHECK(code_of(v3(token_json({proof_json(1, "same"), proof_json(2, "same")}))) == "token_secret_repeated");
  CHECK(code_of(v3(R"({"token":[],"token":[{"mint":"https://m.example","proofs":[]}]})")) == "token_malformed");

  json two = token_json({proof_json(1, "a")});
  two["token"].push_back({{"mint", "https://MINT.example:443/"}, {"proofs", json::array({proof_json(2, "b")})}});
  CHECK(cashu::decode_token(v3(two)).value().proofs.size() == 2);  // two entries, one mint
  two["token"][1]["mint"] = "https://mint.example/Bitcoin";
  CHECK(code_of(v3(two)) == "token_multi_mint");
}

TEST_CASE("a mint is something we could call, and nothing cleverer") {
  for (const char* bad :
       {"", "mint.example", "ftp://mint.example", "wss://mint.example", "https://user@mint.example", "https://mint.example/?q",
        "https://mint.example#f", "https://mint.example/../x", "https://", "https://mint example", "javascript:alert(1)"}) {
    json value = token_json({proof_json()});
    value["token"][0]["mint"] = bad;
    INFO(bad);
    CHECK(code_of(v3(value)) == "token_mint_invalid");
  }
}

TEST_CASE("more proofs than a mint takes in one swap are refused") {
  json many = json::array();
  for (std::size_t i = 0; i < cashu::kMaxTokenProofs; ++i) many.push_back(proof_json(1, "secret " + std::to_string(i)));
  const auto full = cashu::decode_token(v3(token_json(many)));
  REQUIRE(full);
  many.push_back(proof_json(1, "one too many"));
  CHECK(code_of(v3(token_json(many))) == "token_too_many_proofs");

  cashu::Token token = *full;
  CHECK(code_of(cashu::encode_token(token)) == "accepted");
  token.proofs.push_back(token.proofs.front());
  CHECK(code_of(cashu::encode_token(token)) == "token_too_many_proofs");
  CHECK(code_of("cashuB" + std::string(cashu::kMaxTokenText, 'A')) == "token_too_large");
}

TEST_CASE("V4 takes any well-formed CBOR and nothing else") {
  const auto proof = [](std::string_view more = {}, std::size_t members = 3) {
    cashu::CborWriter cbor;
    cbor.map(members);
    cbor.text("a");
    cbor.unsigned_integer(1);
    cbor.text("s");
    cbor.text("secret");
    cbor.text("c");
    cbor.byte_string(util::from_hex(kC).value());
    util::Bytes bytes = cbor.bytes();
    const auto extra = util::from_hex(more).value();
    bytes.insert(bytes.end(), extra.begin(), extra.end());
    return v4_with_proof(bytes);
  };
  CHECK(code_of(proof()) == "accepted");
  CHECK(code_of(proof("6178c249010000000000000000", 4)) == "accepted");          // unknown key: a bignum
  CHECK(code_of(proof("6178f90000", 4)) == "accepted");                          // a half float
  CHECK(code_of(proof("6178f818", 4)) == "token_malformed");                     // a simple value in two bytes that has one
  CHECK(code_of(proof("61789f01ff", 4)) == "accepted");                          // an array of unknown length
  CHECK(code_of(proof("6178ff", 4)) == "token_malformed");                       // a break out of nowhere
  CHECK(code_of(proof("01f6", 4)) == "token_malformed");                         // a key that is a number
  CHECK(code_of(proof("61777f61616162ff", 4)) == "accepted");                    // a witness in two chunks
  CHECK(code_of(proof("61777f7f6161ffff", 4)) == "token_malformed");             // chunks in chunks
  CHECK(code_of(proof("617741ff", 4)) == "token_malformed");                     // a witness of bytes
  CHECK(code_of(proof("6161fb3ff0000000000000", 4)) == "token_malformed");       // the amount again, as a float
  CHECK(code_of(proof("6164a0", 4)) == "token_malformed");                       // a DLEQ without anything
  CHECK(code_of(proof("617081", 4)) == "token_malformed");                       // it ends too early
  CHECK(code_of(proof("6178" + std::string(40, '8'), 4)) == "token_malformed");  // nested without end
  CHECK(code_of("cashuB" + util::base64url(util::from_hex("a0").value())) == "token_malformed");
  CHECK(code_of("cashuB" + util::base64url(util::from_hex("80").value())) == "token_malformed");
}

TEST_CASE("no error shows any part of the token") {
  json value = token_json({proof_json(1, "s3cr3t-of-the-payer")});
  value["token"][0]["proofs"][0]["C"] = "02" + std::string(64, 'f');
  for (const std::string& text : {v3(value), v3(value.dump() + "s3cr3t-of-the-payer"), v3(R"(["s3cr3t-of-the-payer")")}) {
    const auto token = cashu::decode_token(text);
    REQUIRE_FALSE(token);
    CHECK(token.error().message.find("s3cr3t") == std::string::npos);
    CHECK(token.error().message.find("ffff") == std::string::npos);
  }
}

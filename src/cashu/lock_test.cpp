#include "cashu/lock.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cashu/output.h"
#include "crypto/hash.h"

using namespace paygress;
using cashu::LockKind;
using nlohmann::json;

namespace {

const crypto::SecretKey kOwn = crypto::SecretKey::from_hex(std::string(64, '1')).value();
const crypto::SecretKey kOther = crypto::SecretKey::from_hex(std::string(64, '2')).value();
const std::string kOwnHex = "02" + kOwn.public_key().hex();
const std::string kOtherHex = "02" + kOther.public_key().hex();
const util::Time kNow = util::from_unix(2'000'000'000);

using Tags = std::vector<std::vector<std::string>>;

std::string secret(const std::string& kind, const std::string& data, const Tags& tags, const std::string& nonce = "ab") {
  json body;
  body["nonce"] = nonce;
  body["data"] = data;
  body["tags"] = tags;
  return json::array({kind, body}).dump();
}

LockKind kind(const std::string& text) { return cashu::classify_lock(text, &kOwn.public_key(), kNow); }

cashu::Proof proof(const std::string& text) {
  return {cashu::Amount(1), "009a1f293253e41e", text, crypto::Point::from_hex(kOwnHex).value(), {}, {}, {}};
}

util::Result<> check(const std::vector<std::string>& secrets) {
  std::vector<cashu::Proof> proofs;
  for (const auto& text : secrets) proofs.push_back(proof(text));
  return cashu::check_locks(proofs, &kOwn.public_key(), kNow);
}

bool signed_by_us(const cashu::Proof& input, const std::string& message, std::size_t which = 0) {
  const std::string text = json::parse(input.witness)["signatures"].at(which);
  return crypto::verify(kOwn.public_key(), crypto::sha256(util::as_bytes(message)), util::array_from_hex<64>(text).value());
}

}  // namespace

TEST_CASE("what we can spend passes, what we cannot is refused by name") {
  CHECK(check({"plain", secret("P2PK", kOwnHex, Tags{}), secret("P2PK", kOtherHex, {{"locktime", "1"}})}));
  const auto message = [](const std::string& text) {
    const auto result = check({"plain", text});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "token_locked");
    return result.error().message;
  };
  CHECK(message(secret("P2PK", kOtherHex, Tags{})).find("not ours") != std::string::npos);
  CHECK(message(secret("HTLC", std::string(64, 'a'), Tags{})).find("HTLC") != std::string::npos);
  CHECK(message(secret("P2PK", kOwnHex, {{"pubkeys", kOtherHex}, {"n_sigs", "2"}})).find("multisig") != std::string::npos);
  CHECK(message(secret("P2XX", "x", Tags{})).find("not known") != std::string::npos);
  CHECK(message(secret("P2PK", "x", Tags{})).find("malformed") != std::string::npos);
}

TEST_CASE("without a key of our own every P2PK lock is somebody else's") {
  CHECK(cashu::classify_lock(secret("P2PK", kOwnHex, Tags{}), nullptr, kNow) == LockKind::foreign_key);
  CHECK(cashu::classify_lock(secret("P2PK", kOwnHex, {{"locktime", "1"}}), nullptr, kNow) == LockKind::anyone);
}

TEST_CASE("the locktime decides who else may spend") {
  CHECK(kind(secret("P2PK", kOwnHex, {{"locktime", "2000000000"}})) ==
        LockKind::own_key_until_locktime);  // not over yet: "greater than"
  CHECK(kind(secret("P2PK", kOwnHex, {{"locktime", "1999999999"}})) == LockKind::anyone);
  for (const char* never : {"not a time", "-1", "1.5", "99999999999999999999"}) {
    CHECK(kind(secret("P2PK", kOwnHex, {{"locktime", never}})) == LockKind::own_key);  // permanent
    CHECK(kind(secret("P2PK", kOtherHex, {{"locktime", never}})) == LockKind::foreign_key);
  }
  CHECK(kind(secret("P2PK", kOwnHex, {{"locktime", "0"}})) == LockKind::anyone);
  CHECK(kind(secret("P2PK", kOwnHex, {{"locktime", "1"}, {"refund", kOtherHex}})) == LockKind::refund_open);
  CHECK(kind(secret("P2PK", kOwnHex, {{"locktime", "3000000000"}, {"refund", kOtherHex}})) == LockKind::own_key_until_locktime);
  CHECK(kind(secret("P2PK", kOwnHex, {{"locktime", "1"}, {"refund", kOwnHex}})) == LockKind::own_key);
  CHECK(kind(secret("P2PK", kOtherHex, {{"locktime", "1"}, {"refund", kOtherHex}})) == LockKind::foreign_key);
  CHECK(kind(secret("P2PK", kOtherHex, {{"pubkeys", kOwnHex}})) == LockKind::own_key);  // one of two is enough
}

TEST_CASE("a condition that a mint may read in two ways is malformed") {
  CHECK(kind(R"(["P2PK",{"nonce":"a","data":")" + kOwnHex + R"(","data":")" + kOtherHex + R"("}])") == LockKind::malformed);
  CHECK(kind(R"(["P2PK",{"data":")" + kOwnHex + R"("}])") == LockKind::malformed);
  CHECK(kind(R"(["P2PK",{"nonce":"a"}])") == LockKind::malformed);
  CHECK(kind(R"(["P2PK",{"nonce":"a","data":")" + kOwnHex + R"("}])") == LockKind::own_key);  // tags are optional
  CHECK(kind(R"(["P2PK",{"nonce":"a","data":")" + kOwnHex + R"(","tags":"x"}])") == LockKind::malformed);
  CHECK(kind(R"( [ "P2PK" , {"nonce":"a","data":")" + kOwnHex + R"("} ] )") == LockKind::own_key);
  CHECK(kind(R"(["P2PK",{},3])") == LockKind::none);
  CHECK(kind(R"(["P2PK"])") == LockKind::none);
  CHECK(kind(R"(["P2PK",)") == LockKind::none);
  for (const char* count : {"", "0", "-1", "+1", "1.0", " 1", "1 ", "99999999999999999999"})
    CHECK(kind(secret("P2PK", kOwnHex, {{"n_sigs", count}})) == LockKind::malformed);
  CHECK(kind(secret("P2PK", kOwnHex, Tags{{"n_sigs"}})) == LockKind::malformed);
  CHECK(kind(secret("P2PK", kOwnHex, {{"n_sigs_refund", "1"}})) == LockKind::malformed);
  CHECK(kind(secret("P2PK", kOwnHex, {{"refund", kOtherHex, "03" + kOtherHex.substr(2)}})) == LockKind::malformed);
}

TEST_CASE("what a mint's parser might take for a lock does not pass for an ordinary secret") {
  const std::string body = R"({"nonce":"a","data":")" + kOtherHex + R"("})";
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  const std::vector<std::pair<std::string, LockKind>> cases = {
      {R"(["P2PK",)" + body + "]", LockKind::foreign_key},
      {"\t[\"P2PK\"\n,\r" + body + " ]", LockKind::foreign_key},
      {R"(["\u00502PK",)" + body + "]", LockKind::foreign_key},
      {"\xef\xbb\xbf[\"P2PK\"," + body + "]", LockKind::malformed},
      {R"(["P2PK",{"nonce":"a","data":")" + kOtherHex + R"(","x":)" + deep + "}]", LockKind::malformed},
      {R"(["p2pk",)" + body + "]", LockKind::unknown_kind},
      {R"(["P2PK ",)" + body + "]", LockKind::unknown_kind},
      {R"(["",{}])", LockKind::unknown_kind},
      {R"(["HTLC",{"nonce":"a","data":")" + std::string(64, 'A') + R"("}])", LockKind::htlc},
      {R"(["HTLC",{"nonce":"a","data":")" + std::string(64, 'g') + R"("}])", LockKind::malformed},
      {R"(["HTLC",{"nonce":"a","data":")" + std::string(62, 'a') + R"("}])", LockKind::malformed},
      // These are not the two of NUT-10.
      {R"(["P2PK",)" + body + "] x", LockKind::none},
      {R"(["P2PK",)" + body + ",]", LockKind::none},
      {R"(["P2PK",)" + body + ",1]", LockKind::none},
      {R"(["P2PK",[)" + body + "]]", LockKind::none},
      {R"([5,)" + body + "]", LockKind::none},
      {R"({"0":"P2PK","1":)" + body + "}", LockKind::none},
      {R"("P2PK")", LockKind::none},
      {"\"[\\\"P2PK\\\",{}]\"", LockKind::none},
  };
  for (const auto& each : cases) {
    INFO(each.first);
    CHECK(kind(each.first) == each.second);
  }
}

TEST_CASE("what only some mints open is not taken for money") {
  const std::string data = R"("data":")" + kOtherHex + "\"", body = R"({"nonce":"a",)" + data + "}";
  const auto with = [&](const std::string& more) { return R"(["P2PK",{"nonce":"a",)" + data + R"(,"x":)" + more + "}]"; };
  const std::vector<std::string> doubtful = {
      // Not JSON, but Python, in which nutshell is written, reads them.
      with("NaN"), with("[-Infinity, Infinity]"), with(R"("\ud800")"), with(R"("\uDFFF\ud800")"), with("1e999"), with("-1E+999 "),
      // Not a text and an object, but serde, with which cdk reads, takes these forms, too.
      R"([{"P2PK":null},)" + body + "]", R"(["P2PK",["a",")" + kOtherHex + R"(",null]])", R"([{"HTLC":null},["a","b",[]]])",
      // Long over to cdk, never to nutshell.
      secret("P2PK", kOtherHex, {{"locktime", "0"}}),
      secret("P2PK", kOwnHex, {{"locktime", "0"}, {"n_sigs", "2"}, {"pubkeys", kOtherHex}})};
  for (const std::string& text : doubtful) {
    INFO(text);
    const auto refused = check({"plain", text});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "token_locked");
  }
  // Ordinary secrets to everybody, and what our own key opens in either reading.
  for (const std::string& text :
       {std::string("[1,2]"), std::string("[]"), std::string("["), std::string("[NaN]"), std::string(R"(["P2PK"])"),
        R"(["P2PK",)" + body + ",3]", R"(["P2PK",)" + body, R"({"P2PK":)" + body + "}", std::string(R"("[\"P2PK\",{}]")"),
        secret("P2PK", kOwnHex, {{"locktime", "0"}}), secret("P2PK", kOwnHex, {{"locktime", "0"}, {"refund", kOtherHex}})}) {
    INFO(text);
    CHECK(check({text}));
  }
}

TEST_CASE("a lock to a blinded key is named as one") {
  std::vector<cashu::Proof> proofs = {proof(secret("P2PK", kOtherHex, Tags{}))};
  proofs[0].p2pk_e = crypto::Point::from_hex(kOtherHex).value();
  const auto refused = cashu::check_locks(proofs, &kOwn.public_key(), kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "token_locked");
  CHECK(refused.error().message.find("P2BK") != std::string::npos);
  proofs[0].secret = secret("P2PK", kOwnHex, Tags{});  // a `p2pk_e` that nothing needs is nobody's trouble
  CHECK(cashu::check_locks(proofs, &kOwn.public_key(), kNow));
}

TEST_CASE("each input is signed by itself, and a payer's own witness is dropped") {
  std::vector<cashu::Proof> inputs = {proof("plain"), proof(secret("P2PK", kOwnHex, Tags{}, "1")),
                                      proof(secret("P2PK", kOwnHex, Tags{}, "2")),
                                      proof(secret("P2PK", kOtherHex, {{"locktime", "1"}}))};
  for (auto& input : inputs) input.witness = "junk";
  REQUIRE(cashu::sign_inputs(inputs, {}, kOwn));
  CHECK(inputs[0].witness.empty());
  CHECK(signed_by_us(inputs[1], inputs[1].secret));
  CHECK(signed_by_us(inputs[2], inputs[2].secret));
  CHECK(inputs[3].witness.empty());
}

TEST_CASE("SIG_ALL: one signature over everything, or a refusal when the locks differ") {
  const Tags sig_all = {{"sigflag", "SIG_ALL"}};
  const std::vector<cashu::Output> outputs = {{cashu::Amount(2), "009a1f293253e41e", 0, "s",
                                               crypto::Scalar::from_hex(std::string(64, '3')).value(),
                                               crypto::Point::from_hex(kOtherHex).value()}};
  std::vector<cashu::Proof> inputs = {proof(secret("P2PK", kOwnHex, sig_all, "1")), proof(secret("P2PK", kOwnHex, sig_all, "2"))};
  REQUIRE(cashu::sign_inputs(inputs, outputs, kOwn));
  CHECK(signed_by_us(inputs[0], inputs[0].secret + inputs[0].C.hex() + inputs[1].secret + inputs[1].C.hex() + "2" + kOtherHex));
  CHECK(signed_by_us(inputs[0], inputs[0].secret + inputs[1].secret + kOtherHex, 1));  // as nutshell 0.20 reads it
  CHECK(inputs[1].witness.empty());

  // Opened by time, a stranger's: some mints want to see a witness all the same.
  std::vector<cashu::Proof> opened = {proof(secret("P2PK", kOtherHex, {{"sigflag", "SIG_ALL"}, {"locktime", "1"}}))};
  REQUIRE(cashu::sign_inputs(opened, outputs, kOwn));
  CHECK(signed_by_us(opened[0], opened[0].secret + opened[0].C.hex() + "2" + kOtherHex));

  for (const std::string& odd :
       {std::string("plain"), secret("P2PK", kOwnHex, Tags{}), secret("P2PK", "03" + kOwnHex.substr(2), sig_all)}) {
    CHECK(check({secret("P2PK", kOwnHex, sig_all), odd}).error().code == "token_locked");
    CHECK(check({odd, secret("P2PK", kOwnHex, sig_all)}).error().code == "token_locked");
    std::vector<cashu::Proof> mixed = {proof(odd), proof(secret("P2PK", kOwnHex, sig_all))};
    CHECK(cashu::sign_inputs(mixed, outputs, kOwn).error().code == "token_locked");
  }
}

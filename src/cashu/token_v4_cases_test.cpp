// What a hostile payer can write into the CBOR of a V4 token, one part of it changed at a time. Values are CBOR in hex.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cashu/token.h"
#include "util/bytes.h"

using namespace paygress;

namespace {

const std::string kX = "8618543ffb6b8695df4ad4babcde92a34a96bdcd97dcee0d7ccf98d472126792";  // of a point of the curve
const std::string kZeros(64, '0');
const std::string kHash = "5820" + std::string(64, '1');  // 32 bytes

std::string text(const std::string& content) {
  std::string head = content.size() < 24    ? util::hex(util::Bytes{static_cast<std::uint8_t>(0x60 + content.size())})
                     : content.size() < 256 ? "78" + util::hex(util::Bytes{static_cast<std::uint8_t>(content.size())})
                                            : "79" + util::hex(util::Bytes{static_cast<std::uint8_t>(content.size() >> 8),
                                                                           static_cast<std::uint8_t>(content.size() & 255)});
  return head + util::hex(util::as_bytes(content));
}

// The parts of a token with one proof. `more` stands for whole members, key and value, `count` of them.
struct Parts {
  std::string amount = "01";
  std::string secret = text("a secret");
  std::string point = "582103" + kX;
  std::string id = "4800ad268c4d1f5826";
  std::string mint = text("https://mint.example");
  std::string unit = text("sat");
  std::string more_of_proof = {}, more_of_group = {}, more_of_token = {};
  std::string proof = {}, proofs = {}, groups = {}, token = {};  // instead of the whole
  std::string after = {};
};

std::string map(std::size_t members, const std::string& more) {
  return util::hex(util::Bytes{static_cast<std::uint8_t>(0xa0 + members + (more.empty() ? 0 : 1))});
}

std::string or_else(const std::string& given, const std::string& usual) { return given.empty() ? usual : given; }

std::string code_of(const Parts& p) {
  const std::string proof =
      or_else(p.proof, map(3, p.more_of_proof) + "6161" + p.amount + "6173" + p.secret + "6163" + p.point + p.more_of_proof);
  const std::string group = map(2, p.more_of_group) + "6169" + p.id + "6170" + or_else(p.proofs, "81" + proof) + p.more_of_group;
  const std::string cbor = or_else(p.token, map(3, p.more_of_token) + "616d" + p.mint + "6175" + p.unit + "6174" +
                                                or_else(p.groups, "81" + group) + p.more_of_token);
  const util::Bytes bytes = util::from_hex(cbor + p.after).value();
  const auto token = cashu::decode_token("cashuB" + util::base64url(bytes));
  // The raw form of the same bytes is decided the same.
  util::Bytes raw = {'c', 'r', 'a', 'w', 'B'};
  raw.insert(raw.end(), bytes.begin(), bytes.end());
  const auto same = cashu::decode_raw_token(raw);
  CHECK(same.has_value() == token.has_value());
  return token ? "accepted" : token.error().code;
}

struct Case {
  const char* what;
  Parts parts;
  std::string code;
};

void decide(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    INFO(each.what);
    CHECK(code_of(each.parts) == each.code);
  }
}

// "6178" is the key "x", which no version of the format has.
std::string unknown(const std::string& value) { return "6178" + value; }
std::string repeat(const std::string& what, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += what;
  return all;
}

const char* const kGood = "accepted";
const char* const kBad = "token_malformed";
const char* const kAmount = "token_amount_invalid";
const char* const kPoint = "token_point_invalid";

}  // namespace

TEST_CASE("V4: an amount is a positive whole number, in any of its well-formed lengths") {
  decide({
      {"as usual", {}, kGood},
      {"one in two bytes", {.amount = "1801"}, kGood},  // RFC 8949, 3: well-formed, if not preferred
      {"one in nine bytes", {.amount = "1b0000000000000001"}, kGood},
      {"2^63", {.amount = "1b8000000000000000"}, kGood},
      {"2^64 - 1", {.amount = "1bffffffffffffffff"}, kGood},
      {"zero", {.amount = "00"}, kAmount},
      {"zero in nine bytes", {.amount = "1b0000000000000000"}, kAmount},
      {"-1", {.amount = "20"}, kAmount},
      {"-2^64", {.amount = "3bffffffffffffffff"}, kAmount},
      {"the half float 1.0", {.amount = "f93c00"}, kAmount},
      {"the half float -0.0", {.amount = "f98000"}, kAmount},
      {"the float 1.0", {.amount = "fa3f800000"}, kAmount},
      {"the double 1.0", {.amount = "fb3ff0000000000000"}, kAmount},
      {"not a number", {.amount = "f97e00"}, kAmount},
      {"infinity", {.amount = "f97c00"}, kAmount},
      {"the bignum 1", {.amount = "c24101"}, kAmount},
      {"the bignum 2^64", {.amount = "c249010000000000000000"}, kAmount},
      {"the decimal fraction 1e2", {.amount = "c4820201"}, kAmount},
      {"a tagged 1", {.amount = "c101"}, kAmount},
      {"the text 1", {.amount = "6131"}, kAmount},
      {"the byte 1", {.amount = "4101"}, kAmount},
      {"true", {.amount = "f5"}, kAmount},
      {"null", {.amount = "f6"}, kAmount},
      {"undefined", {.amount = "f7"}, kAmount},
      {"a list", {.amount = "8101"}, kAmount},
      {"a number of reserved length", {.amount = "1c01"}, kBad},
      {"a number of unknown length", {.amount = "1f01"}, kBad},
  });
}

TEST_CASE("V4: C is 33 bytes that are a point") {
  const std::string generator_y = "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
  const std::string generator_x = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  decide({
      {"its negative", {.point = "582102" + kX}, kGood},
      {"in two chunks", {.point = "5f41035820" + kX + "ff"}, kGood},
      {"32 bytes, the x alone", {.point = "5820" + kX}, kPoint},
      {"34 bytes", {.point = "582203" + kX + "00"}, kPoint},
      {"no bytes", {.point = "40"}, kPoint},
      {"uncompressed", {.point = "584104" + generator_x + generator_y}, kPoint},
      {"hybrid", {.point = "584106" + generator_x + generator_y}, kPoint},
      {"infinity, as one zero byte", {.point = "4100"}, kPoint},
      {"infinity, as 33 zero bytes", {.point = "582100" + kZeros}, kPoint},
      {"a first byte of 04", {.point = "582104" + kX}, kPoint},
      {"x = 0", {.point = "582102" + kZeros}, kPoint},
      {"x = 5, which is on the twist", {.point = "582102" + kZeros.substr(1) + "5"}, kPoint},
      {"x = p + 1", {.point = "582102fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30"}, kPoint},
      {"a text of hex digits", {.point = text("03" + kX)}, kBad},
      {"null", {.point = "f6"}, kBad},
      {"p2pk_e is a point", {.more_of_proof = "627065582103" + kX}, kGood},
      {"p2pk_e is null", {.more_of_proof = "627065f6"}, kGood},
      {"p2pk_e is none", {.more_of_proof = "6270655820" + kX}, kPoint},
  });
}

TEST_CASE("V4: a secret is a text of 1 to 1024 bytes in UTF-8, whatever is in it") {
  decide({
      {"empty", {.secret = "60"}, kBad},
      {"1024 bytes", {.secret = text(std::string(1024, 's'))}, kGood},
      {"1025 bytes", {.secret = text(std::string(1025, 's'))}, "token_secret_too_long"},
      {"1025 bytes that are 513 characters", {.secret = text("x" + repeat("\xc3\xa9", 512))}, "token_secret_too_long"},
      {"bytes", {.secret = "4161"}, kBad},
      {"null", {.secret = "f6"}, kBad},
      {"a NUL", {.secret = "63610062"}, kGood},
      {"a line break and a quote", {.secret = "626122"}, kGood},
      {"a nut", {.secret = "64f09fa59c"}, kGood},
      {"a lone continuation", {.secret = "6180"}, kBad},
      {"an overlong slash", {.secret = "62c0af"}, kBad},
      {"a surrogate", {.secret = "63eda080"}, kBad},
      {"beyond U+10FFFF", {.secret = "64f4908080"}, kBad},
      {"a character cut in two by chunks", {.secret = "7f61c361a9ff"}, kBad},  // RFC 8949, 3.2.3
      {"in chunks", {.secret = "7f61616162ff"}, kGood},
      {"chunks of bytes in it", {.secret = "7f4161ff"}, kBad},
      {"longer than the token", {.secret = "7bffffffffffffffff"}, kBad},
      {"2^63 bytes long", {.secret = "7b8000000000000000"}, kBad},
  });
}

TEST_CASE("V4: a keyset id is 8 or 33 bytes") {
  decide({
      {"a whole V2 id", {.id = "582101" + kZeros}, kGood},
      {"a short one", {.id = "4801" + kZeros.substr(0, 14)}, kGood},
      {"BLS12-381: that its version is not supported is for the keysets to say", {.id = "582102" + kZeros}, kGood},
      {"7 bytes", {.id = "4700ad268c4d1f58"}, kBad},
      {"9 bytes, which a base64 id decodes to", {.id = "492360" + kZeros.substr(0, 14)}, kBad},
      {"32 bytes", {.id = "5820" + kZeros}, kBad},
      {"34 bytes", {.id = "582201" + kZeros + "00"}, kBad},
      {"no bytes", {.id = "40"}, kBad},
      {"a text", {.id = text("00ad268c4d1f5826")}, kBad},
      {"a number", {.id = "1b00ad268c4d1f5826"}, kBad},
      {"null", {.id = "f6"}, kBad},
  });
}

TEST_CASE("V4: a group of a keyset version that we do not speak is named as one, whatever its proofs look like") {
  const std::string bls = "582102" + kZeros, bls_point = "5830" + std::string(96, '8');  // G1, compressed
  const std::string proof = "a36161016173" + text("s") + "6163" + bls_point;
  const char* const kKeyset = "keyset_not_supported";
  decide({
      {"BLS12-381", {.point = bls_point, .id = bls}, kKeyset},
      {"its short id", {.point = bls_point, .id = "4802" + kZeros.substr(0, 14)}, kKeyset},
      {"the id behind the proofs", {.groups = "81a2617081" + proof + "6169" + bls}, kKeyset},
      {"beside a group that we could read",
       {.groups = "82a26169" + Parts().id + "617081a36161016173" + text("a") + "6163" + Parts().point + "a26169" + bls + "617081" +
                  proof},
       kKeyset},
      {"a secret of bytes", {.secret = "582103" + kX, .id = bls}, kKeyset},
      {"a version to come", {.amount = "fb3ff0000000000000", .id = "4803" + kZeros.substr(0, 14)}, kKeyset},
      {"its point in a keyset of ours", {.point = bls_point}, kPoint},
      {"an id of no length that there is", {.point = bls_point, .id = "4702" + kZeros.substr(0, 12)}, kBad},
      {"not whole", {.token = "a1617481a26169" + bls + "617081a16163582102"}, kBad},
  });
}

TEST_CASE("V4: what may be left out may be null, and what may not may not") {
  decide({
      {"no memo", {.more_of_token = "6164f6"}, kGood},
      {"an undefined memo", {.more_of_token = "6164f7"}, kGood},
      {"an empty memo", {.more_of_token = "616460"}, kGood},
      {"a memo that says false", {.more_of_token = "6164f4"}, kBad},
      {"no DLEQ", {.more_of_proof = "6164f6"}, kGood},
      {"an undefined DLEQ", {.more_of_proof = "6164f7"}, kGood},
      {"a DLEQ without r", {.more_of_proof = "6164a26165" + kHash + "6173" + kHash}, kGood},
      {"a DLEQ whose r is null", {.more_of_proof = "6164a36165" + kHash + "6173" + kHash + "6172f6"}, kGood},
      {"a DLEQ whose s is null", {.more_of_proof = "6164a26165" + kHash + "6173f6"}, kBad},
      {"a DLEQ with more", {.more_of_proof = "6164a46165" + kHash + "6173" + kHash + "6172" + kHash + unknown("01")}, kGood},
      {"a DLEQ with e twice", {.more_of_proof = "6164a36165" + kHash + "6173" + kHash + "6165" + kHash}, kBad},
      {"a DLEQ of zeros: form is all that is looked at here",
       {.more_of_proof = "6164a261655820" + kZeros + "61735820" + kZeros},
       kGood},
      {"a DLEQ with an e of 33 bytes", {.more_of_proof = "6164a26165582111" + kHash.substr(4) + "6173" + kHash}, kBad},
      {"a DLEQ in hex", {.more_of_proof = "6164a26165" + text(std::string(64, '1')) + "6173" + text(std::string(64, '1'))}, kBad},
      {"a DLEQ that is a list", {.more_of_proof = "616482" + kHash + kHash}, kBad},
      {"no witness", {.more_of_proof = "6177f7"}, kGood},
      {"a witness that is no JSON", {.more_of_proof = "6177" + text("{")}, kGood},  // never sent on: ours replaces it
      {"a witness that is a map", {.more_of_proof = "6177a0"}, kBad},
      {"no mint", {.mint = "f6"}, kBad},
      {"no unit", {.unit = "f6"}, kBad},
      {"no groups", {.groups = "f6"}, kBad},
      {"no proofs", {.proofs = "f6"}, kBad},
  });
}

TEST_CASE("V4: unknown members hold anything that is well-formed, and nothing else") {
  decide({
      {"a tag", {.more_of_proof = unknown("c1fb3ff0000000000000")}, kGood},
      {"a list in a map in a list of unknown lengths", {.more_of_group = unknown("9fbf61619fffffff")}, kGood},
      {"a map whose keys are numbers, as COSE writes them", {.more_of_token = unknown("a201022003")}, kGood},
      {"keys of every type", {.more_of_proof = unknown("a64101016101f5f602800381008220a0f93c0005")}, kGood},
      {"a key that is a number twice", {.more_of_token = unknown("a201020103")}, kBad},
      {"a break where a key's value should be", {.more_of_token = unknown("bf01ff")}, kBad},
      {"17 maps that are each other's keys", {.more_of_token = unknown(repeat("a1", 17) + repeat("01", 18))}, kBad},
      {"a map with the same key twice", {.more_of_token = unknown("a2616101616102")}, kBad},
      {"a map of unknown length with a key and no value", {.more_of_token = unknown("bf6161ff")}, kBad},
      {"a simple value that nobody assigned", {.more_of_token = unknown("f8ff")}, kGood},
      {"a simple value in two bytes that has one", {.more_of_token = unknown("f814")}, kBad},
      {"16 lists in each other", {.more_of_token = unknown(repeat("81", 14) + "80")}, kGood},
      {"17 lists in each other", {.more_of_token = unknown(repeat("81", 16) + "80")}, kBad},
      {"17 tags in each other", {.more_of_token = unknown(repeat("c1", 17) + "01")}, kBad},
      {"a list of 2^64 - 1", {.more_of_token = unknown("9bffffffffffffffff")}, kBad},
      {"a map of 2^63", {.more_of_token = unknown("bb8000000000000000")}, kBad},
  });
}

TEST_CASE("V4: one value, and each of its members once") {
  const std::string mint = "616d" + Parts().mint, unit = "6175" + Parts().unit;
  const std::string one = "a36161016173" + text("one") + "6163" + Parts().point;
  const std::string two = "a36163" + Parts().point + "6173" + text("two") + "616102";
  const std::string group = "a2617081" + one + "6169" + Parts().id;  // the id after the proofs that it names
  decide({
      {"another order of keys", {.token = "a3617481" + group + unit + mint}, kGood},
      {"lengths unknown until the end",
       {.token = "bf61749fbf61709f" + one + two + "ff6169" + Parts().id + "ffff" + unit + mint + "ff"},
       kGood},
      {"the mint twice", {.more_of_token = mint}, kBad},
      {"the unit twice, once in chunks", {.more_of_token = "7f6175ff" + Parts().unit}, kBad},
      {"the amount twice", {.more_of_proof = "616102"}, kBad},
      {"the id twice", {.more_of_group = "6169" + Parts().id}, kBad},
      {"an unknown key twice",
       {.proof = "a56161016173" + text("s") + "6163" + Parts().point + unknown("01") + unknown("01")},
       kBad},
      {"a key of bytes", {.more_of_token = "416d" + Parts().mint}, kBad},
      {"a key that is a number", {.more_of_token = "00" + Parts().mint}, kBad},
      {"a byte after it", {.after = "00"}, kBad},
      {"a break after it", {.after = "ff"}, kBad},
      {"another token after it", {.after = "a0"}, kBad},
      {"self-described CBOR", {.token = "d9d9f7a3" + mint + unit + "617481" + group}, kBad},  // NUT-00 knows no tag
      {"a list of the three", {.token = "83" + Parts().mint + Parts().unit + "81" + group}, kBad},
      {"the same secret in two groups", {.groups = "82" + group + group}, "token_secret_repeated"},
      {"a group without proofs beside one with some", {.groups = "82" + group + "a26169" + Parts().id + "617080"}, kGood},
      {"no group", {.groups = "80"}, kBad},
      {"a group without proofs", {.proofs = "80"}, kBad},
      {"an amount that adds up to 2^64",
       {.proofs = "82" + one + "a361611bffffffffffffffff6173" + text("two") + "6163" + Parts().point},
       kAmount},
      {"it ends in an amount", {.token = "a3" + mint + unit + "617481a26169" + Parts().id + "617081a361611b0000"}, kBad},
      {"it ends before an amount", {.token = "a3" + mint + unit + "617481a26169" + Parts().id + "617081a36161"}, kBad},
  });
}

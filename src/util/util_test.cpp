#include <doctest/doctest.h>

#include "util/bech32.h"
#include "util/bytes.h"
#include "util/json.h"
#include "util/log.h"
#include "util/time.h"
#include "util/url.h"

using namespace paygress::util;

TEST_CASE("hex is lower case and of even length") {
  CHECK(hex(from_hex("00ff10").value()) == "00ff10");
  CHECK(from_hex("").value().empty());
  for (const char* bad : {"0", "0G", "FF", "0x00", " 00"}) CHECK_FALSE(from_hex(bad));
  CHECK_FALSE(array_from_hex<2>("00"));
}

TEST_CASE("base64 has one spelling per value, base64url is read as wallets write it") {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    CHECK(to_text(ByteView(from_base64(base64(as_bytes(text))).value())) == text);
    CHECK(to_text(ByteView(from_base64url(base64url(as_bytes(text))).value())) == text);
  }
  CHECK(base64(as_bytes("fo")) == "Zm8=");
  for (const char* bad : {"Zm8", "Zm9=x", "Zm8 ", "Z===", "Zm8=\n", "====", "-_=="}) CHECK_FALSE(from_base64(bad));
  CHECK_FALSE(from_base64("Zm9="));  // the last two bits are not zero
  CHECK(from_base64url("-_8=").value() == from_base64url("+/8").value());
  CHECK_FALSE(from_base64url("Zm8==="));
}

TEST_CASE("UTF-8 without surrogates, overlong forms or stray bytes") {
  CHECK(is_utf8("plain and \xf0\x9f\x9a\x80 and \xe2\x82\xac"));
  for (const char* bad : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xe2\x82", "12345678\xff"})
    CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("times are read as programs write them and written in one form") {
  CHECK(rfc3339(from_unix(1758641400)) == "2025-09-23T15:30:00Z");
  for (const char* same : {"2025-09-23T15:30:00Z", "2025-09-23T17:30:00+02:00", "2025-09-23T15:30:00.000000000+00:00"})
    CHECK(unix_seconds(parse_rfc3339(same).value()) == 1758641400);
  for (const char* bad :
       {"", "2025-13-01T00:00:00Z", "2025-02-30T00:00:00Z", "2025-09-23 15:30:00Z", "2025-09-23T15:30:00", "2025-09-23T15:30:00Zx"})
    CHECK_FALSE(parse_rfc3339(bad));
}

TEST_CASE("two spellings of one address are equal, another path or host is another address") {
  const auto text = [](const char* url) { return Url::parse(url).value().text(); };
  CHECK(text("HTTPS://Mint.Example:443/") == "https://mint.example");
  CHECK(text("https://mint.example/Bitcoin/") == "https://mint.example/Bitcoin");
  CHECK(text("ws://[::1]:8080") == "ws://[::1]:8080");
  CHECK(Url::parse("https://mint.example.evil.tld").value() != Url::parse("https://mint.example").value());
  for (const char* bad :
       {"mint.example", "ftp://a", "https://", "https://u@a", "https://a/?x", "https://a#f", "https://a:0", "https://a:65536",
        "https://a b", "https://a/../b", "https://a/%2e%2e/b", "https://[::1", "https://a:1x", "https://\xc3\xa4"})
    CHECK_MESSAGE(!Url::parse(bad), bad);
}

TEST_CASE("JSON from outside is bounded in size and depth and its keys are unique") {
  CHECK(parse_json(R"({"a":[1,2,{"b":null}]})"));
  CHECK(parse_json(std::string(32, '[') + std::string(32, ']')));
  CHECK_FALSE(parse_json(std::string(33, '[') + std::string(33, ']')));
  CHECK_FALSE(parse_json(R"({"a":1,"a":2})"));
  CHECK(parse_json(R"({"a":{"a":1},"b":{"a":2}})"));
  CHECK_FALSE(parse_json("\"" + std::string(100, 'x') + "\"", {.max_bytes = 50}));
  for (const char* bad : {"", "{", "[1,]", "nul", "1 2", "\"\xff\"", "\"\\ud800\""}) CHECK_MESSAGE(!parse_json(bad), bad);
  CHECK_FALSE(parse_json(std::string("{}\0{\"b\":1}", 9)));
  CHECK(parse_json("[tokensecret]").error().message.find("tokensecret") == std::string::npos);
  const Json json = parse_json(R"({"n":-1,"u":18446744073709551615,"s":"x","z":null,"f":1.0})").value();
  CHECK(integer_at(json, "n") == -1);
  CHECK_FALSE(unsigned_at(json, "n"));
  CHECK_FALSE(integer_at(json, "u"));
  CHECK_FALSE(unsigned_at(json, "f"));
  CHECK_FALSE(string_at(json, "z"));
}

TEST_CASE("no value can forge a log line") {
  const std::string line = format_log_line(Level::info, "a thing happened", {{"PAYGRESS_RELAY", "wss://a\n<3>fake \"x\""}});
  CHECK(line == "<6>a thing happened relay=\"wss://a\\x0a<3>fake \\x22x\\x22\"");
}

TEST_CASE("bech32 in bytes and in digits are one text, and digits need not fill bytes") {
  const Bytes bytes = {0xff, 0x00, 0x81, 0x42, 0x7e};
  const std::string text = bech32::encode("x", bytes);
  const auto digits = bech32::decode_digits(text).value();
  CHECK(digits.prefix == "x");
  CHECK(digits.digits == std::vector<std::uint8_t>{31, 28, 0, 8, 2, 16, 19, 30});
  CHECK(bech32::encode_digits("x", digits.digits) == text);
  CHECK(bech32::decode(text).value().data == bytes);

  const std::string odd = bech32::encode_digits("x", {1, 2, 3});
  CHECK(bech32::decode_digits(odd).value().digits == std::vector<std::uint8_t>{1, 2, 3});
  CHECK_FALSE(bech32::decode(odd));

  for (const char* valid : {"A12UEL5L", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "?1ezyfcl"})  // BIP-173
    CHECK(bech32::decode_digits(valid));
  for (const char* wrong : {"A12uEL5L", "10a06t8", "1qzzfhee", "A1G7SGD8", "pzry9x0s0muk", "li1dgmt3", "x1b4n0q5v",
                            "\x80"
                            "1eym55h"})
    CHECK(bech32::decode_digits(wrong).error().code == "bech32_invalid");
}

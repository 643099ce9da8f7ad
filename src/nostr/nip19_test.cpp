#include "nostr/nip19.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <algorithm>

#include "tests/support/vectors.h"
#include "util/bech32.h"
#include "util/bytes.h"

using namespace paygress;
using namespace paygress::nostr;
using nlohmann::json;

namespace {

constexpr const char* kNpub = "npub180cvv07tjdrrgpa0j7j7tmnyl2yr6yr7l8j4s3evf6u64th6gkwsyjh6w6";
constexpr const char* kHex = "3bf0c63fcb93463407af97a5e5ee64fa883d107ef9e558472c4eb9aaaefa459d";

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

// Any form of NIP-19, decoded to the members that the vector file uses; null if refused.
json decoded(const std::string& hrp, const std::string& text) {
  if (hrp == "npub") {
    const auto key = decode_npub(text);
    return key ? json{{"hex", key->hex()}} : json();
  }
  if (hrp == "nsec") {
    const auto key = decode_nsec(text);
    return key ? json{{"hex", util::hex(key->bytes())}} : json();
  }
  if (hrp == "note") {
    const auto id = decode_note(text);
    return id ? json{{"hex", util::hex(*id)}} : json();
  }
  if (hrp == "nprofile") {
    const auto profile = decode_nprofile(text);
    return profile ? json{{"pubkey", profile->pubkey.hex()}, {"relays", profile->relays}} : json();
  }
  if (hrp == "nevent") {
    const auto event = decode_nevent(text);
    if (!event) return {};
    return {{"id", util::hex(event->id)}, {"relays", event->relays}, {"author", event->author->hex()}, {"kind", *event->kind}};
  }
  const auto address = decode_naddr(text);
  if (!address) return {};
  return {
      {"identifier", address->identifier}, {"relays", address->relays}, {"author", address->author.hex()}, {"kind", address->kind}};
}

std::string encoded(const std::string& hrp, const std::string& text) {
  if (hrp == "npub") return encode_npub(decode_npub(text).value());
  if (hrp == "nsec") return encode_nsec(decode_nsec(text).value()).reveal();
  if (hrp == "note") return encode_note(decode_note(text).value());
  if (hrp == "nprofile") return encode_nprofile(decode_nprofile(text).value());
  if (hrp == "nevent") return encode_nevent(decode_nevent(text).value());
  return encode_naddr(decode_naddr(text).value());
}

}  // namespace

TEST_CASE("NIP-19: every form decodes to what is printed and encodes to something that means the same") {
  const auto vectors = test::vector_json("nostr/nip19.json");
  if (!vectors) return;
  for (const char* part : {"nip_text", "made"})
    for (const json& row : (*vectors)[part]) {
      const std::string text = row["bech32"], hrp = row["hrp"];
      CAPTURE(text);
      const json result = decoded(hrp, text);
      REQUIRE_FALSE(result.is_null());
      for (const auto& [name, value] : result.items()) CHECK(value == row[name]);
      CHECK(decoded(hrp, encoded(hrp, text)) == result);
      if (hrp == "npub" || hrp == "nsec" || hrp == "note") CHECK((encoded(hrp, text) == text || upper(encoded(hrp, text)) == text));
    }
}

TEST_CASE("NIP-19: broken texts are refused in every role") {
  const auto vectors = test::vector_json("nostr/nip19.json");
  if (!vectors) return;
  for (const json& row : (*vectors)["invalid"]) {
    const std::string text = row["bech32"];
    CAPTURE(row["why"].get<std::string>());
    for (const char* hrp : {"npub", "nsec", "note", "nprofile", "nevent", "naddr"}) CHECK(decoded(hrp, text).is_null());
    CHECK_FALSE(parse_public_key(text));
    CHECK_FALSE(parse_secret_key(text));
  }
}

TEST_CASE("a person's way to write a public key is understood") {
  const auto key = crypto::PublicKey::from_hex(kHex).value();
  const std::string nprofile = encode_nprofile({key, {"wss://relay.example"}});
  for (const std::string& text :
       {std::string(kHex), upper(kHex), std::string(kNpub), upper(kNpub), nprofile, "nostr:" + std::string(kNpub),
        "NOSTR:" + upper(kNpub), "  \"" + std::string(kNpub) + "\"\r\n", "'nostr:" + nprofile + "'"}) {
    CAPTURE(text);
    const auto parsed = parse_public_key(text);
    REQUIRE(parsed);
    CHECK(*parsed == key);
  }
  for (const std::string text :
       {"", "nostr:", "\"\"", "npub1", "npub", "3bf0c63f", "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"})
    CHECK(parse_public_key(text).error().code == "public_key_invalid");
}

TEST_CASE("a secret key is read from hex or nsec and never shown in the error") {
  const std::string nsec = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5";
  CHECK(encode_nsec(parse_secret_key(nsec).value()).reveal() == nsec);
  CHECK(encode_nsec(parse_secret_key("67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa\n").value()).reveal() ==
        nsec);
  std::string mistyped = nsec;
  mistyped[20] = mistyped[20] == 'q' ? 'p' : 'q';
  const auto parsed = parse_secret_key(mistyped);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().message.find(mistyped.substr(5, 10)) == std::string::npos);
  CHECK_FALSE(parse_secret_key(kNpub));
}

TEST_CASE("each single wrong character of an npub is noticed") {
  const std::string npub = kNpub;
  for (std::size_t i = 5; i < npub.size(); ++i) {
    std::string wrong = npub;
    wrong[i] = wrong[i] == 'q' ? 'p' : 'q';
    CHECK_FALSE(decode_npub(wrong));
  }
}

TEST_CASE("the known weakness of bech32, a q slipped in before a final p, does not make a second spelling") {
  crypto::SeededRandom random(10);
  int tried = 0;
  for (int i = 0; i < 200000 && tried < 3; ++i) {
    std::string text = util::bech32::encode("x", crypto::random_bytes<5>(random));
    // Five bytes end with a whole digit, so the slipped-in text has a digit of zero left over: only that may give it away.
    if (text.back() != 'p' || text[text.size() - 6] != 'q') continue;
    ++tried;
    CHECK(util::bech32::decode(text));
    text.insert(text.size() - 1, "q");
    CHECK_FALSE(util::bech32::decode(text));
  }
  CHECK(tried == 3);
}

TEST_CASE("a flood of relay hints in an nprofile is cut, a huge text refused") {
  const auto key = crypto::PublicKey::from_hex(kHex).value();
  const auto many = decode_nprofile(encode_nprofile({key, std::vector<std::string>(100, "wss://r.example")}));
  REQUIRE(many);
  CHECK(many->relays.size() == 20);
  CHECK_FALSE(decode_nprofile(encode_nprofile({key, std::vector<std::string>(1000, "wss://relay.example")})));
}

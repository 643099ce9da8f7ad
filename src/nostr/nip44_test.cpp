#include "nostr/nip44.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nostr/conversation_keys.h"
#include "tests/support/vectors.h"
#include "util/bytes.h"

using namespace paygress;
using namespace paygress::nostr;
using nip44::ConversationKey;
using nlohmann::json;

namespace {

template <std::size_t N = 32>
std::array<std::uint8_t, N> bytes_of(const json& hex) {
  return util::array_from_hex<N>(hex.get<std::string>()).value();
}
ConversationKey key_of(const json& hex) { return ConversationKey(bytes_of(hex)); }
std::string sha256_hex(std::string_view text) { return util::hex(crypto::sha256(util::as_bytes(text))); }

std::string repeated(const std::string& pattern, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += pattern;
  return text;
}

}  // namespace

TEST_CASE("NIP-44: the official valid vectors") {
  const auto vectors = test::vector_json("nostr/nip44.vectors.json");
  if (!vectors) return;
  const json& valid = (*vectors)["v2"]["valid"];
  for (const json& row : valid["get_conversation_key"]) {
    const auto own = crypto::SecretKey::from_hex(row["sec1"].get<std::string>()).value();
    const auto peer = crypto::PublicKey::from_hex(row["pub2"].get<std::string>()).value();
    CHECK(util::hex(ConversationKey(own, peer).bytes()) == row["conversation_key"]);
  }
  const ConversationKey conversation = key_of(valid["get_message_keys"]["conversation_key"]);
  for (const json& row : valid["get_message_keys"]["keys"]) {
    const nip44::MessageKeys keys(conversation, bytes_of(row["nonce"]));
    CHECK(util::hex(keys.chacha_key) == row["chacha_key"]);
    CHECK(util::hex(keys.chacha_nonce) == row["chacha_nonce"]);
    CHECK(util::hex(keys.hmac_key) == row["hmac_key"]);
  }
  for (const json& row : valid["calc_padded_len"])
    CHECK(nip44::padded_length(row[0].get<std::uint64_t>()) == row[1].get<std::uint64_t>());
  for (const json& row : valid["encrypt_decrypt"]) {
    const auto one = crypto::SecretKey::from_hex(row["sec1"].get<std::string>()).value();
    const auto two = crypto::SecretKey::from_hex(row["sec2"].get<std::string>()).value();
    const ConversationKey key(one, two.public_key());
    CHECK(util::hex(key.bytes()) == row["conversation_key"]);
    CHECK(nip44::encrypt(row["plaintext"].get<std::string>(), key, bytes_of(row["nonce"])) == row["payload"]);
    const auto opened = nip44::decrypt(row["payload"].get<std::string>(), ConversationKey(two, one.public_key()));
    REQUIRE(opened);
    CHECK(*opened == row["plaintext"]);
  }
  for (const json& row : valid["encrypt_decrypt_long_msg"]) {
    const std::string plaintext = repeated(row["pattern"], row["repeat"]);
    CHECK(sha256_hex(plaintext) == row["plaintext_sha256"]);
    const std::string payload = nip44::encrypt(plaintext, key_of(row["conversation_key"]), bytes_of(row["nonce"]));
    CHECK(sha256_hex(payload) == row["payload_sha256"]);
    CHECK(nip44::decrypt(payload, key_of(row["conversation_key"])).value() == plaintext);
  }
}

TEST_CASE("NIP-44: the official invalid vectors") {
  const auto vectors = test::vector_json("nostr/nip44.vectors.json");
  if (!vectors) return;
  const json& invalid = (*vectors)["v2"]["invalid"];
  for (const json& row : invalid["decrypt"]) {
    CAPTURE(row["note"].get<std::string>());
    CHECK_FALSE(nip44::decrypt(row["payload"].get<std::string>(), key_of(row["conversation_key"])));
  }
  for (const json& row : invalid["get_conversation_key"]) {
    CAPTURE(row["note"].get<std::string>());
    const auto own = crypto::SecretKey::from_hex(row["sec1"].get<std::string>());
    const auto peer = crypto::PublicKey::from_hex(row["pub2"].get<std::string>());
    CHECK_FALSE((own && peer));
  }
  // Lengths from 65536 on have become valid since (nips 733a0471); nothing is still no message.
  CHECK_THROWS(nip44::encrypt("", ConversationKey(crypto::Hash256{}), {}));
}

TEST_CASE("NIP-44: the longer length prefix of 2026") {
  const auto vectors = test::vector_json("nostr/nip44-extended-and-hostile.json");
  if (!vectors) return;
  const json& extended = (*vectors)["extended"];
  const ConversationKey key = key_of(extended["conversation_key"]);
  for (const json& row : extended["vectors"]) {
    const std::string plaintext(row["plaintext_len"].get<std::size_t>(), 'a');
    CHECK(sha256_hex(plaintext) == row["plaintext_sha256"]);
    CHECK(nip44::padded_length(plaintext.size()) == row["padded_len"].get<std::uint64_t>());
    const std::string payload = nip44::encrypt(plaintext, key, bytes_of(extended["nonce"]));
    CHECK(sha256_hex(payload) == row["payload_sha256"]);
    CHECK(nip44::decrypt(payload, key).value() == plaintext);
  }
}

TEST_CASE("NIP-44: payloads with a right MAC and broken insides, and broken outside") {
  const auto vectors = test::vector_json("nostr/nip44-extended-and-hostile.json");
  if (!vectors) return;
  const json& hostile = (*vectors)["hostile"];
  const ConversationKey key = key_of(hostile["conversation_key"]);
  for (const json& row : hostile["must_fail"]) {
    CAPTURE(row["name"].get<std::string>());
    CHECK_FALSE(nip44::decrypt(row["payload"].get<std::string>(), key));
  }
  for (const json& row : hostile["must_pass"]) {
    CAPTURE(row["name"].get<std::string>());
    const auto opened = nip44::decrypt(row["payload"].get<std::string>(), key);
    REQUIRE(opened);
    CHECK(*opened == row["plaintext"]);
  }
}

TEST_CASE("a payload names what is wrong with it") {
  crypto::SeededRandom random(3);
  const ConversationKey key(crypto::random_bytes<32>(random)), other(crypto::random_bytes<32>(random));
  const std::string payload = nip44::encrypt("hello", key, crypto::random_bytes<32>(random));
  CHECK(nip44::decrypt(payload, other).error().code == "nip44_bad_mac");
  CHECK(nip44::decrypt("#" + payload, key).error().code == "nip44_unsupported_version");
  CHECK(nip44::decrypt(payload.substr(0, 128), key).error().code == "nip44_malformed");
  CHECK(nip44::decrypt(std::string(nip44::kMaxPayload + 4, 'A'), key).error().code == "nip44_malformed");
  // Every single changed character is noticed.
  for (std::size_t i = 0; i < payload.size(); ++i) {
    std::string changed = payload;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(nip44::decrypt(changed, key));
  }
}

TEST_CASE("the table of conversation keys stays small and drops whom it has not seen for longest") {
  crypto::SeededRandom random(4);
  const auto own = crypto::SecretKey::generate(random);
  std::vector<crypto::PublicKey> peers;
  for (int i = 0; i < 4; ++i) peers.push_back(crypto::SecretKey::generate(random).public_key());
  ConversationKeys keys(3);
  for (int i = 0; i < 3; ++i) keys.remember(peers[i], ConversationKey(own, peers[i]));
  CHECK(keys.find(peers[0]) != nullptr);
  keys.remember(peers[3], ConversationKey(own, peers[3]));
  CHECK(keys.size() == 3);
  CHECK(keys.find(peers[1]) == nullptr);
  for (const int kept : {0, 2, 3}) {
    REQUIRE(keys.find(peers[kept]) != nullptr);
    CHECK(keys.find(peers[kept])->bytes() == ConversationKey(own, peers[kept]).bytes());
  }
}

#include "nostr/nip04.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/vectors.h"
#include "util/bytes.h"

using namespace paygress;
using namespace paygress::nostr;
using nlohmann::json;

namespace {

crypto::SecretKey secret(const json& hex) { return crypto::SecretKey::from_hex(hex.get<std::string>()).value(); }

}  // namespace

TEST_CASE("NIP-04: both sides read the valid contents; broken ones all fail alike") {
  const auto vectors = test::vector_json("nostr/nip04.json");
  if (!vectors) return;
  const auto one = secret((*vectors)["sec1"]), two = secret((*vectors)["sec2"]);
  CHECK(util::hex(crypto::ecdh_x(one, two.public_key())) == (*vectors)["shared_x"]);
  for (const json& row : (*vectors)["valid"]) {
    CHECK(nip04::decrypt(row["content"].get<std::string>(), one, two.public_key()).value() == row["plaintext"]);
    CHECK(nip04::decrypt(row["content"].get<std::string>(), two, one.public_key()).value() == row["plaintext"]);
  }
  for (const json& row : (*vectors)["invalid"]) {
    CAPTURE(row["name"].get<std::string>());
    const auto opened = nip04::decrypt(row["content"].get<std::string>(), one, two.public_key());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == "nip04_undecryptable");
    CHECK(opened.error().message == "the NIP-04 message cannot be decrypted");
  }
  const json& malleable = (*vectors)["malleable"];
  CHECK(nip04::decrypt(malleable["content_original"].get<std::string>(), one, two.public_key()).value() ==
        malleable["plaintext_original"]);
}

TEST_CASE("NIP-04: contents made by client libraries open to the request") {
  const auto vectors = test::vector_json("nostr/interop-made-by-clients.json");
  if (!vectors) return;
  const auto service = secret((*vectors)["service_secret"]);
  const auto customer = secret((*vectors)["customer_secret"]).public_key();
  for (const json& row : (*vectors)["nip04"]) {
    CAPTURE(row["by"].get<std::string>());
    CHECK(nip04::decrypt(row["content"].get<std::string>(), service, customer).value() == (*vectors)["request"]);
  }
}

TEST_CASE("NIP-04: what we write the other side reads, and never twice the same") {
  crypto::SeededRandom random(6);
  const auto one = crypto::SecretKey::generate(random), two = crypto::SecretKey::generate(random);
  for (const std::string text : {"", "a", "exactly 16 bytes", "\xf0\x9f\x9a\x80 and more than one block of text"}) {
    const std::string content = nip04::encrypt(text, one, two.public_key(), random);
    CHECK(nip04::decrypt(content, two, one.public_key()).value() == text);
    CHECK(nip04::encrypt(text, one, two.public_key(), random) != content);
  }
}

TEST_CASE("NIP-04: hostile forms cost nothing") {
  crypto::SeededRandom random(7);
  const auto own = crypto::SecretKey::generate(random);
  const std::string iv = "?iv=AAECAwQFBgcICQoLDA0ODw==";
  for (const std::string& content : {std::string(), iv, iv + iv, std::string(4000000, 'A') + iv, std::string("AAAA") + iv,
                                     std::string("!!!!!!!!!!!!!!!!!!!!!!==") + iv})
    CHECK_FALSE(nip04::decrypt(content, own, own.public_key()));
}

TEST_CASE("NIP-04: an IV of 17 or 18 bytes has the right length as text and is refused all the same") {
  crypto::SeededRandom random(8);
  const auto one = crypto::SecretKey::generate(random), two = crypto::SecretKey::generate(random);
  const std::string content = nip04::encrypt("hello", one, two.public_key(), random);
  REQUIRE(nip04::decrypt(content, two, one.public_key()));
  std::string longer = content;
  longer.replace(longer.size() - 2, 2, "A=");
  CHECK_FALSE(nip04::decrypt(longer, two, one.public_key()));
  longer.replace(longer.size() - 2, 2, "AA");
  CHECK_FALSE(nip04::decrypt(longer, two, one.public_key()));
}

#include "crypto/keys.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>
#include <unordered_set>
#include <vector>

#include "tests/support/vectors.h"

using namespace paygress;
using namespace paygress::crypto;

namespace {

const std::string kOne = std::string(63, '0') + "1";
const std::string kOrder = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::vector<std::string> columns(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string column; std::getline(in, column, ',');) out.push_back(column);
  out.resize(std::max<std::size_t>(out.size(), 7));
  return out;
}

// Random bytes that a vector prescribes.
class FixedRandom final : public RandomSource {
 public:
  explicit FixedRandom(util::Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override {
    REQUIRE(out.size() == bytes_.size());
    std::copy(bytes_.begin(), bytes_.end(), out.begin());
  }

 private:
  util::Bytes bytes_;
};

}  // namespace

TEST_CASE("BIP-340: every row verifies as printed, and signing gives the printed signature") {
  const auto text = test::vector_text("nostr/bip340-test-vectors.csv");
  if (!text) return;
  std::istringstream lines(*text);
  std::string line;
  std::getline(lines, line);
  std::size_t verified = 0, signed_rows = 0;
  while (std::getline(lines, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const auto row = columns(line);
    CAPTURE(row[0]);
    const auto message = util::from_hex(lower(row[4])).value();
    const auto signature = util::array_from_hex<64>(lower(row[5])).value();
    const auto key = PublicKey::from_hex(lower(row[2]));
    CHECK((key && verify(*key, message, signature)) == (row[6] == "TRUE"));
    ++verified;
    if (row[1].empty()) continue;
    const auto secret = SecretKey::from_hex(row[1]).value();
    CHECK(secret.public_key() == key.value());
    if (message.size() != 32) continue;
    Hash256 hash;
    std::copy(message.begin(), message.end(), hash.begin());
    FixedRandom aux(util::from_hex(lower(row[3])).value());
    CHECK(util::hex(sign(secret, hash, aux)) == lower(row[5]));
    ++signed_rows;
  }
  CHECK(verified > 0);
  CHECK(signed_rows > 0);
}

TEST_CASE("a secret key is a number from 1 to n-1, written with 64 hex digits of either case") {
  CHECK(SecretKey::from_hex(kOne));
  CHECK(SecretKey::from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"));
  CHECK(SecretKey::from_hex("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364140"));
  for (const std::string& bad :
       {std::string(64, '0'), kOrder, std::string(64, 'f'), kOne.substr(1), kOne + "0", std::string(64, 'g')}) {
    const auto key = SecretKey::from_hex(bad);
    REQUIRE_FALSE(key);
    CHECK(key.error().code == "secret_key_invalid");
    CHECK(key.error().message.find(bad) == std::string::npos);  // what looked like a key is not repeated
  }
}

TEST_CASE("a public key lies on the curve and is written in lower case") {
  const std::string generator = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  const auto key = PublicKey::from_hex(generator);
  REQUIRE(key);
  CHECK(key->hex() == generator);
  CHECK(*key == SecretKey::from_hex(kOne)->public_key());
  for (const std::string& bad : {std::string(64, 'f'), std::string(64, '0'), generator.substr(2), generator + "00",
                                 std::string("79BE") + generator.substr(4)})
    CHECK_FALSE(PublicKey::from_hex(bad));
}

TEST_CASE("both sides of a conversation find the same shared x") {
  SeededRandom random(1);
  for (int i = 0; i < 20; ++i) {
    const auto a = SecretKey::generate(random), b = SecretKey::generate(random);
    CHECK(ecdh_x(a, b.public_key()) == ecdh_x(b, a.public_key()));
  }
}

TEST_CASE("a signature is good for its message and key alone") {
  SeededRandom random(2);
  const auto key = SecretKey::generate(random), other = SecretKey::generate(random);
  const Hash256 message = sha256(util::as_bytes("basic 1h please"));
  Signature signature = sign(key, message, random);
  CHECK(verify(key.public_key(), message, signature));
  CHECK_FALSE(verify(other.public_key(), message, signature));
  CHECK_FALSE(verify(key.public_key(), sha256(util::as_bytes("premium 1h please")), signature));
  CHECK(sign(key, message, random) != signature);
  CHECK(sign_deterministic(key, message) == sign_deterministic(key, message));
  signature[40] ^= 1;
  CHECK_FALSE(verify(key.public_key(), message, signature));
}

TEST_CASE("public keys can be sorted and kept in tables") {
  SeededRandom random(3);
  std::set<PublicKey> sorted;
  std::unordered_set<PublicKey> hashed;
  const auto key = SecretKey::generate(random);
  for (int i = 0; i < 2; ++i) {
    sorted.insert(key.public_key());
    hashed.insert(key.public_key());
    sorted.insert(SecretKey::generate(random).public_key());
  }
  CHECK(sorted.size() == 3);
  CHECK(hashed.contains(key.public_key()));
}

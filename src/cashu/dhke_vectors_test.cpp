#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cashu/dhke.h"
#include "cashu/dleq.h"
#include "tests/support/vectors.h"
#include "util/bytes.h"

using namespace paygress;
using crypto::Point;
using crypto::Scalar;
using nlohmann::json;

namespace {

Point point(const json& text) { return Point::from_hex(text.get<std::string>()).value(); }
Scalar scalar(const json& text) { return Scalar::from_hex(text.get<std::string>()).value(); }
std::string bytes(const json& hex) { return util::to_text(util::ByteView(util::from_hex(hex.get<std::string>()).value())); }
cashu::Dleq dleq(const json& json) {
  return {util::array_from_hex<32>(json["e"].get<std::string>()).value(),
          util::array_from_hex<32>(json["s"].get<std::string>()).value(), std::nullopt};
}

}  // namespace

TEST_CASE("NUT-00: secrets become points, and signatures survive blinding") {
  const auto vectors = test::vector_json("cashu/nut00_crypto.json");
  if (!vectors) return;
  for (const auto& item : (*vectors)["hash_to_curve"])
    CHECK(cashu::hash_to_curve(bytes(item["message_hex"])) == point(item["point_hex"]));
  for (const auto& item : (*vectors)["blinded_messages"])
    CHECK(cashu::blind(cashu::hash_to_curve(bytes(item["x_hex"])), scalar(item["r_hex"])).value() == point(item["B__hex"]));
  for (const auto& item : (*vectors)["blinded_signatures"])
    CHECK(cashu::sign_blinded(point(item["B__hex"]), scalar(item["mint_private_key_hex"])) == point(item["C__hex"]));

  const auto& constructed = (*vectors)["constructed"];
  for (const auto& item : constructed["hash_to_curve_of_utf8_text"])
    CHECK(cashu::hash_to_curve(item["secret_utf8"].get<std::string>()) == point(item["point_hex"]));
  for (const auto& item : constructed["round_trips"]) {
    const std::string secret = item["secret_utf8"];
    const Scalar r = scalar(item["r_hex"]), k = scalar(item["k_hex"]);
    const Point B_ = cashu::blind(cashu::hash_to_curve(secret), r).value();
    CHECK(B_ == point(item["B__hex"]));
    const Point C_ = cashu::sign_blinded(B_, k);
    CHECK(C_ == point(item["C__hex"]));
    const Point C = cashu::unblind(C_, r, point(item["K_hex"])).value();
    CHECK(C == point(item["C_hex"]));
    CHECK(cashu::mint_verifies(secret, C, k));
    CHECK_FALSE(cashu::mint_verifies(secret + "x", C, k));
  }
}

TEST_CASE("NUT-12: DLEQs are made and checked as the specification says") {
  const auto vectors = test::vector_json("cashu/nut12_dleq.json");
  if (!vectors) return;
  const auto& hash = (*vectors)["hash_e"];
  const auto& in = hash["inputs"];
  CHECK(util::hex(cashu::dleq_hash(point(in[0]), point(in[1]), point(in[2]), point(in[3]))) == hash["hash"].get<std::string>());

  const auto& made = (*vectors)["deterministic_nonce"];
  CHECK(cashu::make_dleq(scalar(made["a"]), point(made["B_"]), point(made["C_"])) == dleq(made));

  const auto& signature = (*vectors)["blind_signature_valid"];
  const auto& signed_ = signature["signature"];
  CHECK(cashu::verify_dleq(dleq(signed_["dleq"]), point(signature["A"]), point(signature["B_"]), point(signed_["C_"])));
  CHECK_FALSE(cashu::verify_dleq(dleq(signed_["dleq"]), point(made["A"]), point(signature["B_"]), point(signed_["C_"])));

  const auto& valid = (*vectors)["proof_valid"];
  const auto proof = cashu::parse_proof(valid["proof"]);
  REQUIRE(proof);
  CHECK(cashu::verify_dleq(*proof, point(valid["A"])));
  for (const auto& item : (*vectors)["constructed_invalid"]) {
    INFO(item["why"].get<std::string>());
    const auto refused = cashu::parse_proof(item["proof"]);  // for its form, or for what it says
    CHECK_FALSE((refused && cashu::verify_dleq(*refused, point(item["A"]))));
  }
}

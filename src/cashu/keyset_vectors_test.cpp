#include <charconv>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cashu/keyset.h"
#include "tests/support/vectors.h"

using namespace paygress;
using nlohmann::json;

namespace {

// The keys of the file under the id that they give, as far as they are keys.
json keyset_of(const json& keys) {
  cashu::Keyset keyset;
  for (const auto& [amount, key] : keys.items()) {
    const auto point = crypto::Point::from_hex(key.is_string() ? key.get<std::string>() : "");
    std::uint64_t value = 0;
    const bool is_number = std::from_chars(amount.data(), amount.data() + amount.size(), value).ec == std::errc();
    if (point && is_number) keyset.keys.emplace(value, *point);
  }
  return {{"id", cashu::derive_id_v1(keyset)}, {"unit", "sat"}, {"active", true}, {"keys", keys}};
}

}  // namespace

TEST_CASE("NUT-01: maps of keys are taken or refused as the specification says") {
  const auto vectors = test::vector_json("cashu/nut01_keysets.json");
  if (!vectors) return;
  for (const auto& item : (*vectors)["valid"]) {
    const auto keyset = cashu::parse_keyset(keyset_of(item["keys"]));
    REQUIRE(keyset);
    CHECK(keyset->keys.size() == item["keys"].size());
    CHECK(cashu::parse_keyset(cashu::to_json(*keyset)).value() == *keyset);
  }
  for (const auto& item : (*vectors)["invalid"]) {
    INFO(item["why"].get<std::string>());
    const auto keyset = cashu::parse_keyset(keyset_of(item["keys"]));
    REQUIRE_FALSE(keyset);
    CHECK(keyset.error().code == "keyset_malformed");
  }
}

TEST_CASE("NUT-02: ids of both versions come out of the keys, and only out of these") {
  const auto vectors = test::vector_json("cashu/nut02_keyset_ids.json");
  if (!vectors) return;
  for (const auto& item : (*vectors)["v1"]) {
    json keyset = {{"id", item["id"]}, {"unit", "sat"}, {"keys", item["keys"]}};
    CHECK(cashu::parse_keyset(keyset));
    keyset["keys"].erase(keyset["keys"].begin());
    CHECK(cashu::parse_keyset(keyset).error().code == "keyset_id_mismatch");
  }
  std::vector<cashu::Keyset> all;
  for (const auto& item : (*vectors)["v2"]) {
    json keyset = item;
    const auto read = cashu::parse_keyset(keyset);
    REQUIRE(read);
    CHECK(cashu::derive_id_v2(*read) == item["id"].get<std::string>());
    all.push_back(*read);
    keyset["input_fee_ppk"] = 77u;  // V2 commits to the fee, the unit and the expiry
    CHECK(cashu::parse_keyset(keyset).error().code == "keyset_id_mismatch");
    keyset = item;
    keyset["unit"] = item["unit"] == "msat" ? "sat" : "msat";
    CHECK(cashu::parse_keyset(keyset).error().code == "keyset_id_mismatch");
    keyset = item;
    keyset["final_expiry"] = 1u;
    CHECK(cashu::parse_keyset(keyset).error().code == "keyset_id_mismatch");
  }
  for (const auto& item : (*vectors)["v2"]) {
    const auto found = cashu::find_keyset(all, item["short_id"].get<std::string>());
    REQUIRE(found);
    CHECK((*found)->id == item["id"].get<std::string>());
  }
}

TEST_CASE("NUT-02: the fee of a transaction is rounded up once, over all its inputs") {
  const auto vectors = test::vector_json("cashu/nut02_keyset_ids.json");
  if (!vectors) return;
  const cashu::Proof proof{cashu::Amount(1),
                           {},
                           "s",
                           crypto::Point::from_hex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798").value(),
                           {},
                           {},
                           {}};
  const auto fee_of = [&](const std::vector<std::uint64_t>& ppk) {
    std::vector<cashu::Keyset> keysets;
    std::vector<cashu::Proof> proofs;
    for (std::size_t i = 0; i < ppk.size(); ++i) {
      keysets.emplace_back();
      keysets.back().id = "00" + std::string(10, 'a') + std::to_string(1000 + i);
      keysets.back().input_fee_ppk = ppk[i];
      proofs.push_back(proof);
      proofs.back().keyset_id = keysets.back().id;
    }
    return cashu::input_fee(proofs, keysets).value().value();
  };
  const auto& fees = (*vectors)["constructed"];
  for (const auto& item : fees["mixed"]) CHECK(fee_of(item["ppk"]) == item["fee"].get<std::uint64_t>());
  for (const auto& item : fees["fees"])
    CHECK(fee_of(std::vector<std::uint64_t>(item["inputs"].get<std::size_t>(), item["ppk_per_input"])) ==
          item["fee"].get<std::uint64_t>());
}

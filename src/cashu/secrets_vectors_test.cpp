#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cashu/dhke.h"
#include "cashu/secrets.h"
#include "crypto/mnemonic.h"
#include "tests/support/vectors.h"

using namespace paygress;

TEST_CASE("NUT-13: the words of a wallet give the same secrets as in every other wallet") {
  const auto vectors = test::vector_json("cashu/nut13_derivation.json");
  if (!vectors) return;
  const auto words = crypto::Mnemonic::parse((*vectors)["mnemonic"].get<std::string>());
  REQUIRE(words);
  const cashu::WalletSeed seed(words->seed().bytes());
  CHECK(util::hex(seed.bytes()) == (*vectors)["seed_hex"].get<std::string>());

  for (const char* version : {"v1", "v2"}) {
    const auto& expected = (*vectors)[version];
    for (std::size_t i = 0; i < expected["secrets"].size(); ++i) {
      const auto derived = cashu::derive(seed, expected["keyset_id"].get<std::string>(), static_cast<std::uint32_t>(i));
      REQUIRE(derived);
      CHECK(derived->secret == expected["secrets"][i].get<std::string>());
      CHECK(derived->r.hex() == expected["r"][i].get<std::string>());
    }
    for (std::size_t i = 0; i < expected["outputs_constructed"].size(); ++i) {
      const auto derived = cashu::derive(seed, expected["keyset_id"].get<std::string>(), static_cast<std::uint32_t>(i)).value();
      const auto& output = expected["outputs_constructed"][i];
      CHECK(cashu::hash_to_curve(derived.secret).hex() == output["Y"].get<std::string>());
      CHECK(cashu::blind(cashu::hash_to_curve(derived.secret), derived.r).value().hex() == output["B_"].get<std::string>());
    }
  }
}

TEST_CASE("no secrets come out of keysets or counters that are not ours to use") {
  const cashu::WalletSeed seed{std::array<std::uint8_t, 64>{1}};
  const std::string v1 = "009a1f293253e41e", v2 = "01" + std::string(64, 'a');
  CHECK(cashu::derive(seed, v1, cashu::kMaxCounter));
  CHECK(cashu::derive(seed, v1, cashu::kMaxCounter + 1).error().code == "counter_exhausted");
  for (const std::string& id : {"02" + std::string(64, 'a'), v2.substr(0, 16), v1 + "00", std::string("I2yN+iRYfkzT"),
                                std::string("zz9a1f293253e41e"), std::string()})
    CHECK(cashu::derive(seed, id, 0).error().code == "keyset_not_supported");
  CHECK(cashu::derive(seed, v2, 0).value().secret != cashu::derive(seed, v2, 1).value().secret);
}

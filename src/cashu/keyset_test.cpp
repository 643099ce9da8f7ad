#include "cashu/keyset.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace paygress;
using nlohmann::json;

namespace {

const crypto::Point kKey = crypto::Point::from_hex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798").value();

cashu::Keyset keyset(const std::string& id, const std::string& unit = "sat", std::uint64_t fee = 0) {
  cashu::Keyset made;
  made.id = id;
  made.unit = unit;
  made.input_fee_ppk = fee;
  for (int bit = 0; bit < 8; ++bit) made.keys.emplace(1u << bit, kKey);
  return made;
}

cashu::Proof proof(std::uint64_t amount, const std::string& id) { return {cashu::Amount(amount), id, "s", kKey, {}, {}, {}}; }

const std::string kV2 = "01" + std::string(14, 'a') + std::string(50, '1');
const std::string kV2Twin = "01" + std::string(14, 'a') + std::string(50, '2');
const std::string kV1 = "00" + std::string(14, 'b');

std::string code(const util::Result<cashu::ResolvedProofs>& result) { return result ? "ok" : result.error().code; }

}  // namespace

TEST_CASE("a short id stands for the one keyset that begins so") {
  CHECK((*cashu::find_keyset({keyset(kV2), keyset(kV1)}, kV2.substr(0, 16)))->id == kV2);
  CHECK((*cashu::find_keyset({keyset(kV2), keyset(kV2Twin)}, kV2Twin))->id == kV2Twin);
  CHECK(cashu::find_keyset({keyset(kV2), keyset(kV2Twin)}, kV2.substr(0, 16)).error().code == "keyset_ambiguous");
  CHECK(cashu::find_keyset({keyset(kV2)}, kV1).error().code == "keyset_unknown");
  CHECK(cashu::find_keyset({keyset(kV2)}, kV2.substr(0, 14) + "00").error().code == "keyset_unknown");
}

TEST_CASE("versions that we do not speak are named and refused") {
  for (const std::string& id :
       {"02" + std::string(64, 'a'), "02" + std::string(14, 'a'), std::string("I2yN+iRYfkzT"), "ff" + std::string(14, 'a')}) {
    CHECK(cashu::find_keyset({keyset(kV1)}, id).error().code == "keyset_not_supported");
    CHECK(cashu::check_keyset_version(id).error().code == "keyset_not_supported");
    CHECK(cashu::parse_keyset({{"id", id}, {"unit", "sat"}}).error().code == "keyset_not_supported");
  }
  CHECK(cashu::find_keyset({}, "02" + std::string(64, 'a')).error().message.find("BLS12-381") != std::string::npos);
  for (const std::string& id : {kV1, kV2, kV2.substr(0, 16)}) CHECK(cashu::check_keyset_version(id));
}

TEST_CASE("a mint's keyset is read within bounds") {
  const json good = {{"id", kV1}, {"unit", "sat"}, {"active", false}, {"input_fee_ppk", nullptr}, {"final_expiry", nullptr}};
  CHECK_FALSE(cashu::parse_keyset(good).value().active);
  const auto with = [&](const char* key, json value) {
    json changed = good;
    changed[key] = std::move(value);
    const auto read = cashu::parse_keyset(changed);
    return read ? "ok" : read.error().code;
  };
  CHECK(with("unit", "") == "keyset_malformed");
  CHECK(with("unit", 5) == "keyset_malformed");
  CHECK(with("active", "yes") == "keyset_malformed");
  CHECK(with("input_fee_ppk", -1) == "keyset_malformed");
  CHECK(with("input_fee_ppk", 1.5) == "keyset_malformed");
  CHECK(with("input_fee_ppk", UINT64_MAX) == "keyset_malformed");
  CHECK(with("final_expiry", UINT64_MAX) == "keyset_malformed");
  CHECK(with("id", kV1 + "00") == "keyset_malformed");
  CHECK(with("id", kV2.substr(0, 16)) == "keyset_malformed");
  CHECK(with("keys", json::object()) == "keyset_malformed");
  CHECK(with("keys", {{"01", kKey.hex()}}) == "keyset_malformed");
  CHECK(with("keys", {{"-1", kKey.hex()}}) == "keyset_malformed");
  CHECK(with("keys", {{"0", kKey.hex()}}) == "keyset_malformed");
  CHECK(with("keys", {{"1", kKey.hex()}}) == "keyset_id_mismatch");
}

TEST_CASE("NUT-01: a map of keys is amounts in plain decimal and compressed points, or it is refused") {
  const auto id_of = [](const std::string& keys) {
    cashu::Keyset made;
    const json read = json::parse(keys);
    for (const auto& [amount, key] : read.items())
      if (const auto point = crypto::Point::from_hex(key.is_string() ? key.get<std::string>() : ""))
        made.keys.emplace(std::strtoull(amount.c_str(), nullptr, 10), *point);
    return cashu::derive_id_v1(made);
  };
  const auto read = [&](const std::string& keys) {
    const auto keyset = cashu::parse_keyset({{"id", id_of(keys)}, {"unit", "sat"}, {"keys", json::parse(keys)}});
    return keyset ? "ok" : keyset.error().code;
  };
  const std::string key = kKey.hex(), x = key.substr(2);
  const auto with_amount = [&](const std::string& amount) { return read("{\"" + amount + "\":\"" + key + "\"}"); };
  for (const char* good : {"1", "3", "9223372036854775808", "18446744073709551615"}) CHECK(with_amount(good) == "ok");
  for (const char* bad : {"", "0", "00", "01", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "one", "18446744073709551616"}) {
    INFO(bad);
    CHECK(with_amount(bad) == "keyset_malformed");
  }
  CHECK(read(R"({"1":"03)" + x + R"("})") == "ok");
  std::string upper = key;
  for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  CHECK(read(R"({"1":")" + upper + R"("})") == "ok");
  for (const std::string& bad : {x, "04" + x, "05" + x, "02" + x + "00", "0x02" + x, "02" + std::string(64, '0'),
                                 "02" + std::string(64, 'f'), std::string("00"), std::string()})
    CHECK(read(R"({"1":")" + bad + R"("})") == "keyset_malformed");
  for (const char* bad : {R"({"1":null})", R"({"1":5})", R"({"1":["02"]})", "{}", "[]", R"("keys")"}) {
    INFO(bad);
    const auto keyset = cashu::parse_keyset({{"id", kV1}, {"unit", "sat"}, {"keys", json::parse(bad)}});
    REQUIRE_FALSE(keyset);
    CHECK(keyset.error().code == "keyset_malformed");
  }
}

TEST_CASE("NUT-02: an id of version 2 commits to unit, fee and expiry, whatever the case of the unit; one of version 1 to keys") {
  cashu::Keyset made = keyset("", "SAT", 100);
  made.final_expiry = 4'000'000'000;
  json entry = json::parse(cashu::to_json(made).dump());
  entry["id"] = cashu::derive_id_v2(made);
  const auto with = [&](const char* key, const json& value) {
    json changed = entry;
    changed[key] = value;
    const auto read = cashu::parse_keyset(changed);
    return read ? "ok" : read.error().code;
  };
  CHECK(cashu::parse_keyset(entry));
  CHECK(with("unit", "sat") == "ok");
  CHECK(with("unit", "msat") == "keyset_id_mismatch");
  CHECK(with("input_fee_ppk", 99u) == "keyset_id_mismatch");
  CHECK(with("input_fee_ppk", nullptr) == "keyset_id_mismatch");
  CHECK(with("final_expiry", nullptr) == "keyset_id_mismatch");
  CHECK(with("final_expiry", 4'000'000'001u) == "keyset_id_mismatch");
  CHECK(with("active", false) == "ok");
  entry["id"] = cashu::derive_id_v1(made);
  CHECK(with("unit", "msat") == "ok");
  CHECK(with("input_fee_ppk", 99u) == "ok");
  CHECK(with("id", "00" + std::string(14, '0')) == "keyset_id_mismatch");
}

TEST_CASE("proofs are resolved to full ids, one unit, and what is left after the fee") {
  const std::vector<cashu::Keyset> keysets = {keyset(kV2, "sat", 100), keyset(kV1, "sat", 1000),
                                              keyset("00" + std::string(14, 'c'), "usd")};
  const auto resolved = cashu::resolve_proofs({proof(8, kV2.substr(0, 16)), proof(2, kV1)}, "sat", keysets);
  REQUIRE(resolved);
  CHECK(resolved->proofs[0].keyset_id == kV2);
  CHECK(resolved->unit == "sat");
  CHECK(resolved->face.value() == 10);
  CHECK(resolved->fee.value() == 2);
  CHECK(resolved->net.value() == 8);

  CHECK(cashu::resolve_proofs({proof(1, kV1)}, "", keysets).value().unit == "sat");
  CHECK(cashu::resolve_proofs({proof(1, kV1)}, "", keysets).value().net.is_zero());
  CHECK(code(cashu::resolve_proofs({proof(1, kV1)}, "SAT", keysets)) == "token_unit_mismatch");
  CHECK(code(cashu::resolve_proofs({proof(1, kV1)}, "msat", keysets)) == "token_unit_mismatch");
  CHECK(code(cashu::resolve_proofs({proof(1, kV1), proof(1, "00" + std::string(14, 'c'))}, "", keysets)) == "token_units_mixed");
  CHECK(code(cashu::resolve_proofs({proof(3, kV1)}, "sat", keysets)) == "token_amount_unknown");
  CHECK(code(cashu::resolve_proofs({proof(256, kV1)}, "sat", keysets)) == "token_amount_unknown");
  CHECK(code(cashu::resolve_proofs({proof(1, "00" + std::string(14, 'd'))}, "sat", keysets)) == "keyset_unknown");
}

#include "cashu/keyset.h"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "crypto/hash.h"
#include "util/json.h"

namespace paygress::cashu {
namespace {

constexpr std::size_t kLegacyIdLength = 12;
constexpr std::size_t kShortIdLength = 16;  // also that of a whole V1 id
constexpr std::size_t kFullIdLength = 66;

// Mints have one key for each power of two, 64 at most; the rest is margin.
constexpr std::size_t kMaxKeys = 256;
constexpr std::size_t kMaxUnitLength = 64;
// A fee of a million units for one input: nobody means that, and the sum over a token stays far from overflowing.
constexpr std::uint64_t kMaxFeePpk = 1'000'000'000;

util::Error malformed(std::string what) { return {util::Errc::malformed, "not a keyset: " + std::move(what), "keyset_malformed"}; }

util::Error not_supported(std::string_view id) {
  const char* what = "of an unknown version";
  switch (keyset_version(id)) {
    case KeysetVersion::bls12_381: what = "of version 02 (BLS12-381), which is not supported"; break;
    case KeysetVersion::legacy: what = "with an id from before Cashu 0.15, which is not supported"; break;
    case KeysetVersion::v1:
    case KeysetVersion::v2:
    case KeysetVersion::unknown: break;
  }
  return {util::Errc::invalid, std::string("a keyset ") + what, "keyset_not_supported"};
}

bool is_supported(std::string_view id) {
  const KeysetVersion version = keyset_version(id);
  return version == KeysetVersion::v1 || version == KeysetVersion::v2;
}

bool is_full(std::string_view id) {
  return id.size() == (keyset_version(id) == KeysetVersion::v1 ? kShortIdLength : kFullIdLength);
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// Decimal as NUT-01 writes amounts: no sign, no leading zero, so that two texts are never one amount.
std::optional<std::uint64_t> amount_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size() || text.front() == '0') return std::nullopt;
  return value;
}

util::Result<std::map<std::uint64_t, crypto::Point>> parse_keys(const nlohmann::json& json) {
  if (!json.is_object() || json.empty()) return malformed("`keys` is not a map of amounts");
  if (json.size() > kMaxKeys) return malformed("more than " + std::to_string(kMaxKeys) + " keys");
  std::map<std::uint64_t, crypto::Point> keys;
  for (const auto& [text, key] : json.items()) {
    const auto amount = text.empty() ? std::nullopt : amount_of(text);
    if (!amount) return malformed("an amount that is not a positive whole number");
    if (!key.is_string()) return malformed("the key of amount " + std::to_string(*amount) + " is not a text");
    auto point = crypto::Point::from_hex(key.get_ref<const std::string&>());
    if (!point) return malformed("the key of amount " + std::to_string(*amount) + ": " + point.error().message);
    keys.emplace(*amount, *point);
  }
  return keys;
}

// A whole number that may be missing or null; anything else there is a fault.
util::Result<std::optional<std::uint64_t>> optional_number(const nlohmann::json& json, const char* key) {
  if (util::member(json, key) == nullptr) return std::optional<std::uint64_t>();
  const auto number = util::unsigned_at(json, key);
  if (!number) return malformed("`" + std::string(key) + "` is not a whole number");
  return number;
}

}  // namespace

KeysetVersion keyset_version(std::string_view id) {
  if (id.size() == kLegacyIdLength) return KeysetVersion::legacy;
  if (id.substr(0, 2) == "00") return KeysetVersion::v1;
  if (id.substr(0, 2) == "01") return KeysetVersion::v2;
  if (id.substr(0, 2) == "02") return KeysetVersion::bls12_381;
  return KeysetVersion::unknown;
}

util::Result<> check_keyset_version(std::string_view id) {
  if (is_supported(id)) return {};
  return not_supported(id);
}

bool is_keyset_id(std::string_view id) {
  if (id.size() == kShortIdLength || id.size() == kFullIdLength) return is_hex(id);
  return id.size() == kLegacyIdLength && util::from_base64(id).has_value();
}

std::string normal_keyset_id(std::string_view id) { return id.size() == kLegacyIdLength ? std::string(id) : lower(id); }

util::Result<Keyset> parse_keyset(const nlohmann::json& json) {
  const auto id = util::string_at(json, "id");
  if (!id || !is_keyset_id(*id)) return malformed("no id, or not in one of its forms");
  Keyset keyset;
  keyset.id = normal_keyset_id(*id);
  if (!is_supported(keyset.id)) return not_supported(keyset.id);
  if (!is_full(keyset.id)) return malformed("its id is not whole");

  const auto unit = util::string_at(json, "unit");
  if (!unit || unit->empty() || unit->size() > kMaxUnitLength) return malformed("no unit");
  keyset.unit = *unit;
  if (util::member(json, "active") != nullptr) {
    const auto active = util::bool_at(json, "active");
    if (!active) return malformed("`active` is not a truth value");
    keyset.active = *active;
  }
  auto fee = optional_number(json, "input_fee_ppk");
  if (!fee) return fee.error();
  if (fee->value_or(0) > kMaxFeePpk) return malformed("an input fee beyond reason");
  keyset.input_fee_ppk = fee->value_or(0);
  auto expiry = optional_number(json, "final_expiry");
  if (!expiry) return expiry.error();
  if (expiry->value_or(0) > INT64_MAX) return malformed("a final expiry beyond time");
  if (expiry->value_or(0) != 0) keyset.final_expiry = static_cast<std::int64_t>(**expiry);

  if (const auto* keys = util::member(json, "keys")) {
    auto read = parse_keys(*keys);
    if (!read) return read.error();
    keyset.keys = std::move(*read);
    if (auto ok = verify_id(keyset); !ok) return ok.error();
  }
  return keyset;
}

nlohmann::json to_json(const Keyset& keyset) {
  nlohmann::json json = {
      {"id", keyset.id}, {"unit", keyset.unit}, {"active", keyset.active}, {"input_fee_ppk", keyset.input_fee_ppk}};
  if (keyset.final_expiry) json["final_expiry"] = *keyset.final_expiry;
  if (keyset.keys.empty()) return json;
  auto& keys = json["keys"] = nlohmann::json::object();
  for (const auto& [amount, key] : keyset.keys) keys[std::to_string(amount)] = key.hex();
  return json;
}

std::string derive_id_v1(const Keyset& keyset) {
  crypto::Sha256 hash;
  for (const auto& [amount, key] : keyset.keys) hash.update(key.bytes());
  return "00" + util::hex(hash.finish()).substr(0, 14);
}

std::string derive_id_v2(const Keyset& keyset) {
  std::string preimage;
  for (const auto& [amount, key] : keyset.keys) {
    if (!preimage.empty()) preimage += ',';
    preimage += std::to_string(amount) + ":" + key.hex();
  }
  preimage += "|unit:" + lower(keyset.unit);
  if (keyset.input_fee_ppk != 0) preimage += "|input_fee_ppk:" + std::to_string(keyset.input_fee_ppk);
  if (keyset.final_expiry) preimage += "|final_expiry:" + std::to_string(*keyset.final_expiry);
  return "01" + util::hex(crypto::sha256(util::as_bytes(preimage)));
}

util::Result<> verify_id(const Keyset& keyset) {
  if (!is_supported(keyset.id)) return not_supported(keyset.id);
  const bool is_v1 = keyset_version(keyset.id) == KeysetVersion::v1;
  const std::string derived = is_v1 ? derive_id_v1(keyset) : derive_id_v2(keyset);
  if (derived == keyset.id) return {};
  return util::Error{util::Errc::invalid, "keyset " + keyset.id + " has keys that give the id " + derived, "keyset_id_mismatch"};
}

util::Result<const Keyset*> find_keyset(const std::vector<Keyset>& keysets, std::string_view id) {
  if (!is_supported(id)) return not_supported(id);
  const Keyset* found = nullptr;
  for (const Keyset& keyset : keysets) {
    const bool is_short = !is_full(id) && std::string_view(keyset.id).substr(0, kShortIdLength) == id;
    if (keyset.id != id && !is_short) continue;
    if (found != nullptr && found->id != keyset.id)
      return util::Error{util::Errc::invalid, "the short keyset id " + std::string(id) + " means more than one keyset of the mint",
                         "keyset_ambiguous"};
    found = &keyset;
  }
  if (found == nullptr) return util::Error{util::Errc::not_found, "the mint has no keyset " + std::string(id), "keyset_unknown"};
  return found;
}

}  // namespace paygress::cashu

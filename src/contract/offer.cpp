#include "contract/offer.h"

#include <algorithm>

#include "contract/fields.h"
#include "contract/offer_json.h"
#include "util/json.h"

namespace paygress::contract {
namespace {

using util::Json;
using OrderedJson = nlohmann::ordered_json;

// An offer comes from a stranger: what is beyond these is not read.
constexpr std::size_t kMaxOfferBytes = 128 * 1024;
constexpr std::size_t kMaxListed = 256;
constexpr std::size_t kMaxTextBytes = 2048;
constexpr std::uint64_t kMaxMinimumSeconds = 366 * 86400;

std::string text_or_empty(const Json& object, const char* key) {
  auto text = util::string_at(object, key).value_or("");
  return text.size() <= kMaxTextBytes ? text : std::string();
}

const Json& array_at(const Json& object, const char* key) {
  static const Json empty = Json::array();
  const Json* value = util::member(object, key);
  return value && value->is_array() && value->size() <= kMaxListed ? *value : empty;
}

std::vector<std::string> texts_at(const Json& object, const char* key) {
  std::vector<std::string> texts;
  for (const auto& item : array_at(object, key))
    if (item.is_string() && item.get_ref<const std::string&>().size() <= kMaxTextBytes) texts.push_back(item.get<std::string>());
  return texts;
}

std::uint32_t small_number_at(const Json& object, const char* key) {
  const auto number = util::unsigned_at(object, key).value_or(0);
  return number <= UINT32_MAX ? static_cast<std::uint32_t>(number) : 0;
}

OrderedJson spec_json(const OfferedSpec& offered) {
  OrderedJson json;
  json[field::id] = offered.spec.id;
  json[field::name] = offered.spec.name;
  json[field::description] = offered.spec.description;
  json[field::cpu_millicores] = offered.spec.cpu_millicores;
  json[field::memory_mb] = offered.spec.memory_mb;
  json[field::rate_msats_per_sec] = offered.spec.rate_msats_per_sec;
  json[field::available] = offered.available;
  return json;
}

OrderedJson mint_json(const OfferMint& mint) {
  OrderedJson json;
  json[field::url] = mint.url;
  json[field::unit] = mint.unit;
  if (mint.input_fee_ppk) json[field::input_fee_ppk] = *mint.input_fee_ppk;
  if (mint.msat_per_unit) json[field::msat_per_unit] = *mint.msat_per_unit;
  return json;
}

}  // namespace

OrderedJson offer_json(const Offer& offer) {
  OrderedJson json;
  json[field::minimum_duration_seconds] = offer.minimum_duration_seconds;
  json[field::whitelisted_mints] = offer.whitelisted_mints;
  json[field::pod_specs] = OrderedJson::array();
  for (const auto& spec : offer.pod_specs) json[field::pod_specs].push_back(spec_json(spec));
  json[field::version] = offer.version;
  json[field::mints] = OrderedJson::array();
  for (const auto& mint : offer.mints) json[field::mints].push_back(mint_json(mint));
  json[field::images] = offer.images;
  if (offer.cashu_pubkey) json[field::cashu_pubkey] = *offer.cashu_pubkey;
  json[field::ssh_host] = offer.ssh_host;
  json[field::accepts] = offer.accepts;
  return json;
}

util::Result<Offer> offer_from_json(const Json& json) {
  if (!json.is_object() || !util::member(json, field::pod_specs))
    return util::Error{util::Errc::malformed, "an offer is a JSON object with pod_specs"};
  Offer offer;
  offer.minimum_duration_seconds =
      std::min(util::unsigned_at(json, field::minimum_duration_seconds).value_or(0), kMaxMinimumSeconds);
  offer.whitelisted_mints = texts_at(json, field::whitelisted_mints);
  for (const auto& item : array_at(json, field::pod_specs)) {
    OfferedSpec offered;
    auto& spec = offered.spec;
    spec.id = text_or_empty(item, field::id);
    spec.name = text_or_empty(item, field::name);
    spec.description = text_or_empty(item, field::description);
    spec.cpu_millicores = small_number_at(item, field::cpu_millicores);
    spec.memory_mb = small_number_at(item, field::memory_mb);
    spec.rate_msats_per_sec = util::unsigned_at(item, field::rate_msats_per_sec).value_or(0);
    offered.available = util::bool_at(item, field::available).value_or(true);
    const bool has_price = spec.rate_msats_per_sec > 0 && spec.rate_msats_per_sec <= kMaxRateMsatsPerSec;
    if (!spec.id.empty() && has_price) offer.pod_specs.push_back(std::move(offered));
  }
  offer.version = text_or_empty(json, field::version);
  for (const auto& item : array_at(json, field::mints)) {
    OfferMint mint{text_or_empty(item, field::url), text_or_empty(item, field::unit), util::unsigned_at(item, field::input_fee_ppk),
                   util::unsigned_at(item, field::msat_per_unit)};
    if (!mint.url.empty()) offer.mints.push_back(std::move(mint));
  }
  offer.images = texts_at(json, field::images);
  if (auto key = text_or_empty(json, field::cashu_pubkey); !key.empty()) offer.cashu_pubkey = std::move(key);
  offer.ssh_host = text_or_empty(json, field::ssh_host);
  offer.accepts = texts_at(json, field::accepts);
  return offer;
}

std::string print(const Offer& offer) { return offer_json(offer).dump(-1, ' ', false, OrderedJson::error_handler_t::replace); }

util::Result<Offer> parse_offer(std::string_view text) {
  auto json = util::parse_json(text, {.max_bytes = kMaxOfferBytes, .max_depth = 8});
  if (!json) return json.error();
  return offer_from_json(*json);
}

}  // namespace paygress::contract

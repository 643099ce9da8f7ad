#include "cashu/mint_info.h"

#include <nlohmann/json.hpp>

#include "util/json.h"

namespace paygress::cashu {
namespace {

constexpr std::size_t kMaxText = 100;
constexpr std::size_t kMaxEndpoints = 100;

std::string bounded_text(const nlohmann::json& json, const char* key) {
  return util::string_at(json, key).value_or("").substr(0, kMaxText);
}

bool supported(const nlohmann::json& nuts, const char* number) {
  const auto* nut = util::member(nuts, number);
  return nut != nullptr && util::bool_at(*nut, "supported").value_or(false);
}

// These settings have no `supported`: being there is enough, unless they say no in one of the ways that mints have for it: false,
// nothing in them, or an empty list of what is protected.
bool protects_endpoints(const nlohmann::json& nuts, const char* number) {
  const auto* nut = util::member(nuts, number);
  if (nut == nullptr || !nut->is_object() || nut->empty() || util::bool_at(*nut, "supported") == false) return false;
  const auto* list = util::member(*nut, "protected_endpoints");
  return list == nullptr || !list->empty();
}

bool lists_swap(const nlohmann::json& cache) {
  const auto* endpoints = util::member(cache, "cached_endpoints");
  if (endpoints == nullptr || !endpoints->is_array()) return false;
  for (std::size_t i = 0; i < endpoints->size() && i < kMaxEndpoints; ++i) {
    const auto& endpoint = (*endpoints)[i];
    if (util::string_at(endpoint, "method") == "POST" && util::string_at(endpoint, "path") == "/v1/swap") return true;
  }
  return false;
}

}  // namespace

MintInfo parse_mint_info(const nlohmann::json& json) {
  MintInfo info;
  info.name = bounded_text(json, "name");
  info.version = bounded_text(json, "version");
  const auto* nuts = util::member(json, "nuts");
  if (nuts == nullptr) return info;
  info.checks_state = supported(*nuts, "7");
  info.restores = supported(*nuts, "9");
  info.locks = supported(*nuts, "10") && supported(*nuts, "11");
  info.proves_signatures = supported(*nuts, "12");
  info.wants_authentication = protects_endpoints(*nuts, "21") || protects_endpoints(*nuts, "22");
  if (const auto* cache = util::member(*nuts, "19")) {
    info.caches_swap = lists_swap(*cache);
    if (const auto ttl = util::unsigned_at(*cache, "ttl"); ttl && *ttl < (std::uint64_t{1} << 32))
      info.cache_ttl = std::chrono::seconds(*ttl);
  }
  return info;
}

}  // namespace paygress::cashu

// What a REQ asks for (NIP-01).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "nostr/event.h"

namespace paygress::nostr {

// A list that is absent asks for anything; one that is present and empty matches nothing.
struct Filter {
  std::optional<std::vector<crypto::Hash256>> ids;
  std::optional<std::vector<crypto::PublicKey>> authors;
  std::optional<std::vector<std::uint16_t>> kinds;
  std::map<char, std::vector<std::string>> tags;  // 'p' -> values of "#p"
  std::optional<std::int64_t> since;              // inclusive, unix seconds
  std::optional<std::int64_t> until;              // inclusive
  std::optional<std::uint32_t> limit;             // how many stored events; says nothing about a match
};

nlohmann::json to_json(const Filter& filter);

// Error code `filter_malformed`.
util::Result<Filter> parse_filter(const nlohmann::json& json);

bool matches(const Filter& filter, const Event& event);

}  // namespace paygress::nostr

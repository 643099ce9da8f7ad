#include "nostr/filter.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "util/bytes.h"

namespace paygress::nostr {
namespace {

using nlohmann::json;

util::Error malformed(const std::string& what) { return {util::Errc::malformed, "filter: " + what, "filter_malformed"}; }

template <class T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool is_tag_key(const std::string& key) {
  return key.size() == 2 && key[0] == '#' && ((key[1] >= 'a' && key[1] <= 'z') || (key[1] >= 'A' && key[1] <= 'Z'));
}

// Every element of the array through `read(const json&, T&)`.
template <class T, class Read>
bool read_list(const json& array, std::optional<std::vector<T>>& list, Read&& read) {
  if (!array.is_array()) return false;
  list.emplace();
  return std::all_of(array.begin(), array.end(), [&](const json& element) { return read(element, *list); });
}

bool read_id(const json& element, std::vector<crypto::Hash256>& ids) {
  return element.is_string() && util::hex_into(element.get_ref<const std::string&>(), ids.emplace_back());
}

bool read_author(const json& element, std::vector<crypto::PublicKey>& authors) {
  if (!element.is_string()) return false;
  const auto key = crypto::PublicKey::from_hex(element.get_ref<const std::string&>());
  if (key) authors.push_back(*key);
  return key.has_value();
}

bool read_kind(const json& element, std::vector<std::uint16_t>& kinds) {
  if (!element.is_number_unsigned() || element.get<std::uint64_t>() > 65535) return false;
  kinds.push_back(element.get<std::uint16_t>());
  return true;
}

bool read_text(const json& element, std::vector<std::string>& values) {
  if (element.is_string()) values.push_back(element.get<std::string>());
  return element.is_string();
}

bool read_time(const json& value, std::optional<std::int64_t>& time) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > static_cast<std::uint64_t>(kMaxCreatedAt)) return false;
  time = value.get<std::int64_t>();
  return true;
}

bool read_limit(const json& value, std::optional<std::uint32_t>& limit) {
  if (!value.is_number_unsigned()) return false;
  limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(value.get<std::uint64_t>(), UINT32_MAX));
  return true;
}

bool read_member(const std::string& key, const json& value, Filter& filter) {
  if (key == "ids") return read_list(value, filter.ids, read_id);
  if (key == "authors") return read_list(value, filter.authors, read_author);
  if (key == "kinds") return read_list(value, filter.kinds, read_kind);
  if (key == "since") return read_time(value, filter.since);
  if (key == "until") return read_time(value, filter.until);
  if (key == "limit") return read_limit(value, filter.limit);
  if (!is_tag_key(key)) return true;
  std::optional<std::vector<std::string>> values;
  if (!read_list(value, values, read_text)) return false;
  filter.tags[key[1]] = std::move(*values);
  return true;
}

bool has_tag_in(const Event& event, char name, const std::vector<std::string>& values) {
  return std::any_of(event.tags.begin(), event.tags.end(), [&](const Tag& tag) {
    return tag.size() >= 2 && tag[0].size() == 1 && tag[0][0] == name && contains(values, tag[1]);
  });
}

}  // namespace

json to_json(const Filter& filter) {
  json out = json::object();
  if (filter.ids) {
    json& list = out["ids"] = json::array();
    for (const auto& id : *filter.ids) list.push_back(util::hex(id));
  }
  if (filter.authors) {
    json& list = out["authors"] = json::array();
    for (const auto& author : *filter.authors) list.push_back(author.hex());
  }
  if (filter.kinds) out["kinds"] = *filter.kinds;
  for (const auto& [name, values] : filter.tags) out[std::string("#") + name] = values;
  if (filter.since) out["since"] = *filter.since;
  if (filter.until) out["until"] = *filter.until;
  if (filter.limit) out["limit"] = *filter.limit;
  return out;
}

util::Result<Filter> parse_filter(const json& object) {
  if (!object.is_object()) return malformed("not an object");
  Filter filter;
  for (const auto& [key, value] : object.items())
    if (!read_member(key, value, filter)) return malformed("bad value for " + key.substr(0, 16));
  return filter;
}

bool matches(const Filter& filter, const Event& event) {
  if (filter.since && event.created_at < *filter.since) return false;
  if (filter.until && event.created_at > *filter.until) return false;
  if (filter.kinds && !contains(*filter.kinds, event.kind)) return false;
  if (filter.authors && !contains(*filter.authors, event.pubkey)) return false;
  if (filter.ids && !contains(*filter.ids, event.id)) return false;
  return std::all_of(filter.tags.begin(), filter.tags.end(),
                     [&](const auto& wanted) { return has_tag_in(event, wanted.first, wanted.second); });
}

}  // namespace paygress::nostr

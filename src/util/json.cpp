#include "util/json.h"

#include <set>
#include <vector>

namespace paygress::util {
namespace {

// Builds the document while counting depth and watching keys; stops at the first offence.
class BoundedBuilder : public nlohmann::detail::json_sax_dom_parser<Json> {
  using Base = nlohmann::detail::json_sax_dom_parser<Json>;

 public:
  BoundedBuilder(Json& root, JsonLimits limits) : Base(root, false), limits_(limits) {}

  bool start_object(std::size_t size) { return enter() && Base::start_object(size); }
  bool start_array(std::size_t size) { return enter() && Base::start_array(size); }
  bool end_object() { return leave() && Base::end_object(); }
  bool end_array() { return leave() && Base::end_array(); }
  bool key(std::string& text) {
    if (limits_.unique_keys && !keys_.back().insert(text).second) {
      fault_ = "the same key twice in one object";
      return false;
    }
    return Base::key(text);
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
    // The library's own text quotes what it read, which may be a secret.
    fault_ = "not JSON (at byte " + std::to_string(position) + ")";
    return false;
  }
  const std::string& fault() const { return fault_; }

 private:
  bool enter() {
    if (keys_.size() >= limits_.max_depth) {
      fault_ = "nested deeper than " + std::to_string(limits_.max_depth);
      return false;
    }
    keys_.emplace_back();
    return true;
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }

  JsonLimits limits_;
  std::vector<std::set<std::string>> keys_;
  std::string fault_ = "not JSON";
};

}  // namespace

Result<Json> parse_json(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.max_bytes)
    return Error{Errc::exhausted,
                 "JSON of " + std::to_string(text.size()) + " bytes; the limit is " + std::to_string(limits.max_bytes)};
  // To the library a NUL is the end of the text: what follows it would be carried along unread.
  if (text.find('\0') != std::string_view::npos) return Error{Errc::malformed, "not JSON (a NUL byte)"};
  Json root;
  BoundedBuilder builder(root, limits);
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) return Error{Errc::malformed, builder.fault()};
  // A Json converts to anything, so the result must be told that this is its value.
  return Result<Json>(boost::system::in_place_value, std::move(root));
}

const Json* member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> string_at(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

std::optional<std::uint64_t> unsigned_at(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  if (value == nullptr || !value->is_number_unsigned()) return std::nullopt;
  return value->get<std::uint64_t>();
}

std::optional<std::int64_t> integer_at(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  return value->get<std::int64_t>();
}

std::optional<bool> bool_at(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  if (value == nullptr || !value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

std::string to_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace paygress::util

#include "cashu/spending_condition.h"

#include <algorithm>
#include <charconv>
#include <map>

#include <nlohmann/json.hpp>

#include "crypto/point.h"
#include "util/json.h"

namespace paygress::cashu {
namespace {

constexpr std::size_t kMaxSecretDepth = 512;  // as deep as a secret of 1024 bytes can be

using Tags = std::map<std::string, std::vector<std::string>>;

// Known tags stand once; every tag is a list of texts that are not empty.
std::optional<Tags> read_tags(const nlohmann::json& condition) {
  Tags tags;
  const auto* list = util::member(condition, "tags");
  if (list == nullptr) return tags;
  if (!list->is_array()) return std::nullopt;
  for (const auto& tag : *list) {
    if (!tag.is_array() || tag.empty()) return std::nullopt;
    std::vector<std::string> texts;
    for (const auto& text : tag) {
      if (!text.is_string() || text.get_ref<const std::string&>().empty()) return std::nullopt;
      texts.push_back(text.get<std::string>());
    }
    const std::string name = texts.front();
    texts.erase(texts.begin());
    const bool is_new = tags.emplace(name, std::move(texts)).second;
    static constexpr std::string_view kOnce[] = {"sigflag", "pubkeys", "n_sigs", "locktime", "refund", "n_sigs_refund"};
    if (!is_new && std::find(std::begin(kOnce), std::end(kOnce), name) != std::end(kOnce)) return std::nullopt;
  }
  return tags;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size() || text.front() < '0' || text.front() > '9') return std::nullopt;
  return value;
}

// Compressed keys, each once by its x coordinate: who can sign for 02... can sign for 03...
bool add_key(std::string_view hex, std::vector<crypto::PublicKey>& keys) {
  const auto point = crypto::Point::from_hex(hex);
  if (!point) return false;
  const auto key = crypto::PublicKey::from_bytes(util::ByteView(point->bytes()).subspan(1)).value();
  if (std::find(keys.begin(), keys.end(), key) != keys.end()) return false;
  keys.push_back(key);
  return true;
}

bool add_keys(const Tags& tags, const char* name, std::vector<crypto::PublicKey>& keys) {
  const auto tag = tags.find(name);
  return tag == tags.end() ||
         std::all_of(tag->second.begin(), tag->second.end(), [&](const std::string& hex) { return add_key(hex, keys); });
}

// A number of signatures: 1 when not said, nothing when it is not between 1 and the number of keys.
std::optional<std::uint64_t> signatures_needed(const Tags& tags, const char* name, std::size_t keys) {
  const auto tag = tags.find(name);
  if (tag == tags.end()) return 1;
  if (tag->second.size() != 1) return std::nullopt;
  const auto count = number<std::uint64_t>(tag->second.front());
  if (!count || *count == 0 || *count > keys) return std::nullopt;
  return count;
}

bool read_sigflag(const Tags& tags, bool& sig_all) {
  const auto tag = tags.find("sigflag");
  if (tag == tags.end()) return true;
  if (tag->second.size() != 1) return false;
  sig_all = tag->second.front() == "SIG_ALL";
  return sig_all || tag->second.front() == "SIG_INPUTS";
}

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// True if the condition keeps the rules of NUT-11 (and NUT-14).
bool read_rules(const std::string& data, const Tags& tags, SpendingCondition& out) {
  const bool is_p2pk = out.kind == SpendingCondition::Kind::p2pk;
  if (is_p2pk ? !add_key(data, out.keys) : !is_hash(data)) return false;
  if (!add_keys(tags, "pubkeys", out.keys) || !add_keys(tags, "refund", out.refund_keys)) return false;
  out.has_refund = tags.contains("refund");
  const auto n_sigs = signatures_needed(tags, "n_sigs", out.keys.size());
  if (!n_sigs || !signatures_needed(tags, "n_sigs_refund", out.refund_keys.size())) return false;
  out.n_sigs = *n_sigs;
  if (const auto locktime = tags.find("locktime"); locktime != tags.end() && locktime->second.size() == 1)
    out.locktime = number<std::int64_t>(locktime->second.front());
  return read_sigflag(tags, out.sig_all);
}

// What a mint might read all the same must not pass for an ordinary secret: a repeated key, deep nesting and a byte order mark
// make a condition malformed.
util::Result<util::Json> parse_leniently(std::string_view text) {
  util::JsonLimits limits;
  limits.unique_keys = false;
  limits.max_depth = kMaxSecretDepth;
  return util::parse_json(text, limits);
}

// The text with what is JSON only to some parsers written so that it is to all: NaN, infinities and numbers of any size (Python),
// halves of surrogate pairs (Python, JavaScript). What they say plays no part.
std::string without_liberties(std::string_view text) {
  static constexpr std::string_view kOfNumbers = "0123456789+-.eEINafinty";  // and of Infinity and NaN
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (in_string && rest.size() >= 6 && (rest.starts_with("\\ud") || rest.starts_with("\\uD")) && rest[3] >= '8') {
      out += '?';
      i += 5;
    } else if (in_string && rest.front() == '\\') {
      out += rest.substr(0, 2);
      ++i;
    } else if (!in_string && std::string_view("-IN0123456789").find(rest.front()) != rest.npos) {
      out += '0';
      i += std::min(rest.find_first_not_of(kOfNumbers), rest.size()) - 1;
    } else {
      if (rest.front() == '"') in_string = !in_string;
      out += rest.front();
    }
  }
  return out;
}

SpendingCondition::Kind kind_of(const std::string& name) {
  if (name == "P2PK") return SpendingCondition::Kind::p2pk;
  if (name == "HTLC") return SpendingCondition::Kind::htlc;
  return SpendingCondition::Kind::unknown;
}

}  // namespace

std::optional<SpendingCondition> read_condition(std::string_view secret) {
  const auto json = parse_leniently(secret);
  if (!json || !json->is_array() || json->size() != 2 || !(*json)[0].is_string() || !(*json)[1].is_object()) return std::nullopt;

  SpendingCondition condition;
  condition.kind = kind_of((*json)[0].get<std::string>());
  if (condition.kind == SpendingCondition::Kind::unknown) return condition;
  const auto& body = (*json)[1];
  const auto data = util::string_at(body, "data");
  const auto tags = read_tags(body);
  const bool has_one_reading = !secret.starts_with("\xef\xbb\xbf") && util::parse_json(secret).has_value();
  const bool is_whole = has_one_reading && data && tags && util::string_at(body, "nonce");
  if (!is_whole || !read_rules(*data, *tags, condition)) return SpendingCondition{};
  condition.fingerprint = nlohmann::json::array({(*json)[0], *data, body.value("tags", nlohmann::json::array())}).dump();
  return condition;
}

bool may_pass_for_condition(std::string_view secret) {
  const std::size_t begin = secret.find_first_not_of(" \t\r\n");
  if (begin == secret.npos || secret[begin] != '[' || read_condition(secret)) return false;
  const auto json = parse_leniently(without_liberties(secret));
  // cdk takes {"P2PK": null} for the kind, and a list of nonce, data and tags for the second.
  return json && json->is_array() && json->size() == 2 && ((*json)[0].is_string() || (*json)[0].is_object()) &&
         (*json)[1].is_structured();
}

}  // namespace paygress::cashu

#include "sandbox/kube_selector.h"

#include <algorithm>
#include <optional>

namespace paygress::sandbox {
namespace {

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

// At commas outside brackets.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    if (std::string part = trimmed(text.substr(begin, i - begin)); !part.empty()) parts.push_back(std::move(part));
    begin = i + 1;
  }
  return parts;
}

struct Term {
  std::string key;
  std::string op;  // "=", "!=", "in", "notin", "exists", "absent"
  std::vector<std::string> values;
};

Term read_term(const std::string& text) {
  for (const std::string op : {" notin ", " in "}) {
    if (const auto at = text.find(op); at != std::string::npos) {
      const auto open = text.find('('), close = text.rfind(')');
      std::vector<std::string> values;
      if (open != std::string::npos && close != std::string::npos && open < close)
        values = split(std::string_view(text).substr(open + 1, close - open - 1));
      return {trimmed(text.substr(0, at)), trimmed(op), values};
    }
  }
  if (const auto at = text.find("!="); at != std::string::npos)
    return {trimmed(text.substr(0, at)), "!=", {trimmed(text.substr(at + 2))}};
  if (const auto at = text.find('='); at != std::string::npos) {
    const std::size_t value = at + (text.compare(at, 2, "==") == 0 ? 2 : 1);
    return {trimmed(text.substr(0, at)), "=", {trimmed(text.substr(value))}};
  }
  if (text.front() == '!') return {trimmed(text.substr(1)), "absent", {}};
  return {text, "exists", {}};
}

bool holds(const Term& term, const std::optional<std::string>& value) {
  const bool listed = value && std::find(term.values.begin(), term.values.end(), *value) != term.values.end();
  if (term.op == "exists") return value.has_value();
  if (term.op == "absent") return !value;
  if (term.op == "!=" || term.op == "notin") return !listed;
  return listed;
}

std::optional<std::string> field(const util::Json& object, std::string_view path) {
  const util::Json* at = &object;
  while (!path.empty()) {
    const auto dot = path.find('.');
    at = util::member(*at, path.substr(0, dot));
    if (at == nullptr) return std::string();  // the API takes a missing field for an empty one
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return at->is_string() ? at->get<std::string>() : at->dump();
}

}  // namespace

bool labels_match(const util::Json& object, std::string_view selector) {
  const util::Json* metadata = util::member(object, "metadata");
  const util::Json* labels = metadata == nullptr ? nullptr : util::member(*metadata, "labels");
  const std::vector<std::string> terms = split(selector);
  return std::all_of(terms.begin(), terms.end(), [&](const std::string& text) {
    const Term term = read_term(text);
    return holds(term, labels == nullptr ? std::nullopt : util::string_at(*labels, term.key));
  });
}

bool fields_match(const util::Json& object, std::string_view selector) {
  const std::vector<std::string> terms = split(selector);
  return std::all_of(terms.begin(), terms.end(), [&](const std::string& text) {
    const Term term = read_term(text);
    return holds(term, field(object, term.key));
  });
}

}  // namespace paygress::sandbox

#include "contract/forgiving.h"

#include <array>

#include "contract/request.h"

namespace paygress::contract {
namespace {

using util::Json;

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::array<std::string_view, 4> kCurlyQuotes{"\u201c", "\u201d", "\u201e", "\u201f"};
constexpr std::array<std::string_view, 5> kOddSpaces{"\u00a0", "\u202f", "\u2007", "\u200b", "\ufeff"};

std::optional<Json> strict_object(std::string_view text) {
  auto parsed = util::parse_json(text, {.max_bytes = kMaxRequestBytes, .max_depth = kMaxRequestDepth});
  if (!parsed || !parsed->is_object()) return std::nullopt;
  return std::move(*parsed);
}

template <std::size_t N>
std::size_t length_of_any(std::string_view rest, const std::array<std::string_view, N>& candidates) {
  for (auto candidate : candidates)
    if (rest.starts_with(candidate)) return candidate.size();
  return 0;
}

// Rewrites the first balanced {...} as strict JSON. What is inside a string stays as it was typed: it may be a password.
class Rewriter {
 public:
  explicit Rewriter(std::string_view text) : rest_(text) {}

  std::optional<std::string> run() {
    const auto begin = rest_.find('{');
    if (begin == rest_.npos) return std::nullopt;
    rest_.remove_prefix(begin);
    while (!rest_.empty()) {
      if (!step()) return std::nullopt;
      if (open_ == 0) return std::move(out_);
    }
    return std::nullopt;
  }

 private:
  bool step() {
    if (const auto quote = length_of_any(rest_, kCurlyQuotes)) return string(quote, true);
    if (const auto space = length_of_any(rest_, kOddSpaces)) return take(space), true;
    const char c = rest_.front();
    if (c == '"') return string(1, false);
    if (c == '{' || c == '[') ++open_;
    if (c == '}' || c == ']') {
      --open_;
      drop_trailing_comma();
    }
    if (kSpaces.find(c) == kSpaces.npos) out_ += c;
    take(1);
    return true;
  }

  // A string opened by a straight quote ends at the next straight one; one opened by a curly quote ends at either kind.
  bool string(std::size_t opening, bool curly) {
    take(opening);
    out_ += '"';
    while (!rest_.empty()) {
      const std::size_t curly_end = curly ? length_of_any(rest_, kCurlyQuotes) : 0;
      const char c = rest_.front();
      if (curly_end || c == '"') {
        take(curly_end ? curly_end : 1);
        out_ += '"';
        return true;
      }
      if (c == '\\' && rest_.size() > 1) {
        out_ += rest_.substr(0, 2);
        take(2);
        continue;
      }
      // Written as escapes, so that the field's own check sees them: a token drops them, a password is refused with them.
      if (c == '\n')
        out_ += "\\n";
      else if (c == '\t')
        out_ += "\\t";
      else if (c != '\r')
        out_ += c;
      take(1);
    }
    return false;
  }

  void drop_trailing_comma() {
    if (!out_.empty() && out_.back() == ',') out_.pop_back();
  }

  void take(std::size_t count) { rest_.remove_prefix(count); }

  std::string_view rest_;
  std::string out_;
  int open_ = 0;
};

std::string_view last_line(std::string_view text) {
  const auto at = text.find_last_of('\n');
  return at == text.npos ? text : text.substr(at + 1);
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kSpaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

}  // namespace

std::string_view strip_wrapping(std::string_view text) {
  for (;;) {
    text = trim(text);
    if (text.starts_with("\ufeff")) {
      text.remove_prefix(3);
    } else if (text.starts_with("[//]: #")) {  // a comment in Markdown that some clients put before the text of a message
      const auto end = text.find('\n');
      text = end == text.npos ? std::string_view{} : text.substr(end + 1);
    } else {
      return text;
    }
  }
}

FoundJson find_json(std::string_view text) {
  text = strip_wrapping(text);
  FoundJson found;
  found.looked_like_json = text.starts_with('{') || text.starts_with("```");
  found.object = strict_object(text);
  if (!found.object) found.object = strict_object(last_line(text));  // our own plain answers end with a line of JSON
  if (!found.object)
    if (const auto rewritten = Rewriter(text).run()) found.object = strict_object(*rewritten);
  return found;
}

}  // namespace paygress::contract

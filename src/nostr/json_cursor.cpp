#include "nostr/json_cursor.h"

#include "nostr/json_text.h"

namespace paygress::nostr {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xe0 | code >> 12);
    } else {
      put(0xf0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3f));
    }
    put(0x80 | (code >> 6 & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

}  // namespace

char JsonCursor::peek() {
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return c;
  }
  return 0;
}

bool JsonCursor::take(char c) {
  if (peek() != c || at_ == text_.size()) return false;
  ++at_;
  return true;
}

bool JsonCursor::read_string(std::string& out) {
  out.clear();
  if (!take('"')) return false;
  for (;;) {
    const std::size_t special = next_special(text_, at_);
    if (special == text_.size()) return false;
    out.append(text_.substr(at_, special - at_));
    at_ = special + 1;
    if (text_[special] == '"') return true;
    if (text_[special] != '\\' || !read_escape(out)) return false;
  }
}

bool JsonCursor::read_escape(std::string& out) {
  if (at_ == text_.size()) return false;
  switch (text_[at_++]) {
    case '"': out += '"'; return true;
    case '\\': out += '\\'; return true;
    case '/': out += '/'; return true;
    case 'n': out += '\n'; return true;
    case 'r': out += '\r'; return true;
    case 't': out += '\t'; return true;
    case 'b': out += '\b'; return true;
    case 'f': out += '\f'; return true;
    case 'u': break;
    default: return false;
  }
  std::uint32_t code = 0, low = 0;
  if (!read_hex4(code)) return false;
  if (code >= 0xdc00 && code <= 0xdfff) return false;
  if (code >= 0xd800 && code <= 0xdbff) {
    if (text_.substr(at_, 2) != "\\u") return false;
    at_ += 2;
    if (!read_hex4(low) || low < 0xdc00 || low > 0xdfff) return false;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  append_utf8(out, code);
  return true;
}

bool JsonCursor::read_hex4(std::uint32_t& out) {
  if (text_.size() - at_ < 4) return false;
  out = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = text_[at_++];
    const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return false;
    out = out << 4 | static_cast<std::uint32_t>(digit);
  }
  return true;
}

bool JsonCursor::read_unsigned(std::uint64_t& out, std::uint64_t most) {
  if (!is_digit(peek())) return false;
  const bool leading_zero = text_[at_] == '0';
  const std::size_t start = at_;
  out = 0;
  for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
    const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
    if (out > (most - digit) / 10 || digit > most) return false;
    out = out * 10 + digit;
  }
  if (leading_zero && at_ - start > 1) return false;
  const char next = at_ < text_.size() ? text_[at_] : ' ';
  return next != '.' && next != 'e' && next != 'E';
}

bool JsonCursor::read_bool(bool& out) {
  out = peek() == 't';
  return take_word(out ? "true" : "false");
}

bool JsonCursor::take_word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

bool JsonCursor::skip_number() {
  const auto digits = [&] {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > start;
  };
  const auto here = [&](char c) { return at_ < text_.size() && text_[at_] == c; };
  if (here('-')) ++at_;
  if (here('0'))
    ++at_;
  else if (!digits())
    return false;
  if (here('.')) {
    ++at_;
    if (!digits()) return false;
  }
  if (here('e') || here('E')) {
    ++at_;
    if (here('+') || here('-')) ++at_;
    if (!digits()) return false;
  }
  return true;
}

bool JsonCursor::skip_value(unsigned depth) {
  std::string scratch;
  switch (peek()) {
    case '"': return read_string(scratch);
    case 't': return take_word("true");
    case 'f': return take_word("false");
    case 'n': return take_word("null");
    case '[':
    case '{': break;
    default: return skip_number();
  }
  if (depth == 0) return false;
  const bool object = take('{');
  if (!object) take('[');
  const char close = object ? '}' : ']';
  if (take(close)) return true;
  do {
    if (object && !(read_string(scratch) && take(':'))) return false;
    if (!skip_value(depth - 1)) return false;
  } while (take(','));
  return take(close);
}

}  // namespace paygress::nostr

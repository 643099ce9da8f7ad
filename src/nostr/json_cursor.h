// Reads JSON text from left to right without building a tree.
//
// Events arrive by the thousand and each gift wrap holds two more, while a JSON tree of one costs a fifth of all the
// cryptography it needs. Everything else in the program is read by util::parse_json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace paygress::nostr {

// Every function skips white space first and returns false, for good, where the text is not what was asked for. The text
// must be UTF-8 (util::is_utf8) and outlive the cursor.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  // The next character that is no white space, not consumed; 0 at the end.
  char peek();
  // Consumes that character if it is `c`.
  bool take(char c);
  bool at_end() { return peek() == 0 && at_ == text_.size(); }

  // Escapes resolved; a lone surrogate is refused, for it is no character.
  bool read_string(std::string& out);
  // Digits only: no sign, no fraction, no exponent, no leading zero, at most `most`.
  bool read_unsigned(std::uint64_t& out, std::uint64_t most);
  bool read_bool(bool& out);
  // Any value, nested at most `depth` deep.
  bool skip_value(unsigned depth = 32);

  std::size_t position() const { return at_; }
  std::string_view text_between(std::size_t from, std::size_t to) const { return text_.substr(from, to - from); }

 private:
  bool read_escape(std::string& out);
  bool read_hex4(std::uint32_t& out);
  bool skip_number();
  bool take_word(std::string_view word);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace paygress::nostr

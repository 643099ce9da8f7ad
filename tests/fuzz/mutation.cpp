#include "tests/fuzz/mutation.h"

#include <string_view>

namespace paygress::test {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxChanges = 8;
constexpr std::size_t kMaxLength = 64 << 10;

// What readers have stumbled over: the edges of numbers, of JSON, CBOR, UTF-8 and URLs.
constexpr std::string_view kWords[] = {"0"sv,
                                       "-1"sv,
                                       "1e3"sv,
                                       "1.0"sv,
                                       "4294967296"sv,
                                       "9007199254740993"sv,
                                       "9223372036854775808"sv,
                                       "18446744073709551615"sv,
                                       "18446744073709551616"sv,
                                       "null"sv,
                                       "true"sv,
                                       "[]"sv,
                                       "{}"sv,
                                       "\"\""sv,
                                       "[["sv,
                                       "{\"a\":"sv,
                                       ","sv,
                                       "\\u0000"sv,
                                       "\\ud800"sv,
                                       "\\"sv,
                                       "\""sv,
                                       "\0"sv,
                                       "\x7f"sv,
                                       "\xc0\x80"sv,
                                       "\xed\xa0\x80"sv,
                                       "\xf4\x90\x80\x80"sv,
                                       "\xef\xbb\xbf"sv,
                                       "\xe2\x80\x8b"sv,
                                       " "sv,
                                       "\n"sv,
                                       "="sv,
                                       "+"sv,
                                       "/"sv,
                                       "-_"sv,
                                       "\xff"sv,
                                       "\x5f"sv,
                                       "\x9f"sv,
                                       "\xbf"sv,
                                       "\x1b\xff\xff\xff\xff\xff\xff\xff\xff"sv,
                                       "\x5b\x7f\xff\xff\xff\xff\xff\xff\xff"sv,
                                       "\xf6"sv,
                                       "\xfb\x7f\xf0\0\0\0\0\0\0"sv,
                                       "\xc1\x00"sv,
                                       "http://"sv,
                                       "@"sv,
                                       "#"sv,
                                       "?"sv};

}  // namespace

std::size_t Mutations::below(std::size_t end) { return end == 0 ? 0 : random_() % end; }

std::string Mutations::next() {
  std::string text = any_seed();
  for (std::size_t changes = 1 + below(kMaxChanges); changes > 0; --changes) change(text);
  if (text.size() > kMaxLength) text.resize(kMaxLength);
  return text;
}

void Mutations::change(std::string& text) {
  const std::size_t at = below(text.size() + 1);
  const std::size_t length = below(std::min<std::size_t>(text.size() - at, 40) + 1);
  const std::string_view word = kWords[below(std::size(kWords))];
  switch (below(8)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
      break;
    case 1:
      if (at < text.size()) text[at] = static_cast<char>(below(256));
      break;
    case 2: text.insert(at, word); break;
    case 3: text.replace(at, length, word); break;
    case 4: text.erase(at, length); break;
    case 5: text.insert(at, text.substr(at, length)); break;
    case 6: {
      const std::string& other = any_seed();
      const std::size_t from = below(other.size() + 1);
      text.replace(at, length, other.substr(from, below(60)));
      break;
    }
    default: {
      // A number that stands there becomes another.
      const std::size_t digits = text.find_first_of("0123456789", at);
      if (digits == std::string::npos) break;
      const std::size_t end = text.find_first_not_of("0123456789", digits);
      text.replace(digits, (end == std::string::npos ? text.size() : end) - digits, kWords[below(9)]);
    }
  }
}

}  // namespace paygress::test

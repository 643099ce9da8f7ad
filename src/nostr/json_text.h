// JSON strings as NIP-01 writes them, and the search both the writer and the reader live from.
#pragma once

#include <cstddef>
#include <string_view>

namespace paygress::nostr {

// The position at or after `from` of the next byte that means something inside a JSON string: a quote, a backslash or a
// control character; text.size() if there is none. Most text is a long run without any, so it looks at eight bytes at once.
std::size_t next_special(std::string_view text, std::size_t from);

// The escape of one such byte: the seven of NIP-01, else \u00xx.
std::string_view escape_of(char special);

// Gives `text` in quotes to `out(std::string_view)`, piece by piece. Text is UTF-8 already; only specials are escaped.
template <class Sink>
void write_json_string(Sink&& out, std::string_view text) {
  out("\"");
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t special = next_special(text, from);
    out(text.substr(from, special - from));
    if (special == text.size()) break;
    out(escape_of(text[special]));
    from = special + 1;
  }
  out("\"");
}

}  // namespace paygress::nostr

// What the frames of both directions have in common: a JSON array whose first element says what it is.
#pragma once

#include <string>
#include <string_view>

#include "nostr/json_cursor.h"
#include "nostr/json_text.h"
#include "util/bytes.h"
#include "util/result.h"

namespace paygress::nostr {

inline util::Error malformed_message(const char* what) { return {util::Errc::malformed, what, "message_malformed"}; }

inline std::string quoted(std::string_view text) {
  std::string out;
  write_json_string([&](std::string_view piece) { out += piece; }, text);
  return out;
}

inline bool next_string(JsonCursor& cursor, std::string& text) { return cursor.take(',') && cursor.read_string(text); }

// Reads type and body, then the end; more elements than we know are skipped, for the NIPs keep adding some.
template <class Message, class ReadBody>
util::Result<Message> read_message(std::string_view text, ReadBody&& read_body) {
  if (!util::is_utf8(text)) return malformed_message("not UTF-8");
  JsonCursor cursor(text);
  std::string type;
  if (!cursor.take('[') || !cursor.read_string(type)) return malformed_message("not an array that starts with a word");
  util::Result<Message> message = read_body(cursor, std::move(type));
  if (!message) return message;
  while (cursor.take(','))
    if (!cursor.skip_value()) return malformed_message("not JSON");
  if (!cursor.take(']') || !cursor.at_end()) return malformed_message("not JSON to the end");
  return message;
}

}  // namespace paygress::nostr

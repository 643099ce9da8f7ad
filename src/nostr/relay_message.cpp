// What a relay sends, and how the sandbox's relay sends it.

#include "nostr/event_reader.h"
#include "nostr/message.h"
#include "nostr/message_text.h"
#include "util/bytes.h"

namespace paygress::nostr {
namespace {

// The text of an optional last element; relays leave it out, or write null.
bool read_rest(JsonCursor& cursor, std::string& text) {
  if (!cursor.take(',')) return true;
  return cursor.peek() == 'n' ? cursor.skip_value() : cursor.read_string(text);
}

util::Result<RelayMessage> read_event_message(JsonCursor& cursor) {
  std::string subscription;
  if (!next_string(cursor, subscription) || !cursor.take(',')) return malformed_message("EVENT without subscription or event");
  auto event = read_event(cursor);
  if (!event) return event.error();
  return RelayMessage(EventMessage{std::move(subscription), std::move(*event)});
}

util::Result<RelayMessage> read_ok(JsonCursor& cursor) {
  std::string id, text;
  OkMessage ok{};
  if (!next_string(cursor, id) || !util::hex_into(id, ok.event_id)) return malformed_message("OK without an event id");
  if (!cursor.take(',') || !cursor.read_bool(ok.accepted) || !read_rest(cursor, text))
    return malformed_message("OK without true or false");
  ok.reason = read_reason(text, ok.accepted);
  return RelayMessage(std::move(ok));
}

util::Result<RelayMessage> read_closed(JsonCursor& cursor) {
  std::string subscription, text;
  if (!next_string(cursor, subscription) || !read_rest(cursor, text)) return malformed_message("CLOSED without subscription");
  return RelayMessage(ClosedMessage{std::move(subscription), read_reason(text, false)});
}

template <class Message>
util::Result<RelayMessage> read_one_string(JsonCursor& cursor, const char* problem) {
  Message message;
  auto& [text] = message;
  if (!next_string(cursor, text)) return malformed_message(problem);
  return RelayMessage(std::move(message));
}

util::Result<RelayMessage> read_body(JsonCursor& cursor, std::string type) {
  if (type == "EVENT") return read_event_message(cursor);
  if (type == "OK") return read_ok(cursor);
  if (type == "EOSE") return read_one_string<EoseMessage>(cursor, "EOSE without subscription");
  if (type == "CLOSED") return read_closed(cursor);
  if (type == "NOTICE") return read_one_string<NoticeMessage>(cursor, "NOTICE without text");
  if (type == "AUTH") return read_one_string<AuthChallenge>(cursor, "AUTH without challenge");
  return RelayMessage(UnknownMessage{std::move(type)});
}

}  // namespace

util::Result<RelayMessage> parse_relay_message(std::string_view text) { return read_message<RelayMessage>(text, read_body); }

std::string event_message(std::string_view subscription, const Event& event) {
  return "[\"EVENT\"," + quoted(subscription) + "," + to_text(event) + "]";
}

std::string ok_message(const crypto::Hash256& event_id, bool accepted, std::string_view reason) {
  return "[\"OK\",\"" + util::hex(event_id) + (accepted ? "\",true," : "\",false,") + quoted(reason) + "]";
}

std::string eose_message(std::string_view subscription) { return "[\"EOSE\"," + quoted(subscription) + "]"; }

std::string closed_message(std::string_view subscription, std::string_view reason) {
  return "[\"CLOSED\"," + quoted(subscription) + "," + quoted(reason) + "]";
}

std::string notice_message(std::string_view text) { return "[\"NOTICE\"," + quoted(text) + "]"; }

std::string auth_challenge_message(std::string_view challenge) { return "[\"AUTH\"," + quoted(challenge) + "]"; }

}  // namespace paygress::nostr

#include "nostr/event_reader.h"

#include "util/bytes.h"

namespace paygress::nostr {
namespace {

util::Error malformed(const char* what) { return {util::Errc::malformed, what, "event_malformed"}; }

// Reads the value for one key into `field`, which must still be empty.
template <class T, class Read>
bool read_once(std::optional<T>& field, Read&& read) {
  return !field && read(field.emplace());
}

// In a rumor: programs that write down every field of an event that has no id yet write null or "".
bool read_no_id(JsonCursor& cursor) {
  JsonCursor ahead = cursor;
  std::string text;
  const bool none = ahead.peek() == 'n' ? ahead.skip_value() : ahead.read_string(text) && text.empty();
  if (none) cursor = ahead;
  return none;
}

bool read_tags(JsonCursor& cursor, Tags& tags) {
  if (!cursor.take('[')) return false;
  if (cursor.take(']')) return true;
  do {
    Tag& tag = tags.emplace_back();
    if (!cursor.take('[')) return false;
    if (cursor.take(']')) continue;
    do {
      if (!cursor.read_string(tag.emplace_back())) return false;
    } while (cursor.take(','));
    if (!cursor.take(']')) return false;
  } while (cursor.take(','));
  return cursor.take(']');
}

}  // namespace

const char* read_event_fields(JsonCursor& cursor, EventFields& fields, SignatureField signature) {
  if (!cursor.take('{')) return "an event is a JSON object";
  if (cursor.take('}')) return nullptr;
  std::string key, text;
  const auto read_hex = [&](auto& bytes) { return cursor.read_string(text) && util::hex_into(text, bytes); };
  std::uint64_t number = 0;
  do {
    if (!cursor.read_string(key) || !cursor.take(':')) return "not JSON";
    if (key == "id") {
      if (signature == SignatureField::skip && !fields.id && read_no_id(cursor)) continue;
      if (!read_once(fields.id, read_hex)) return "id must be 64 lower-case hex digits, once";
    } else if (key == "pubkey") {
      if (!read_once(fields.pubkey, read_hex)) return "pubkey must be 64 lower-case hex digits, once";
    } else if (key == "sig" && signature == SignatureField::read) {
      if (!read_once(fields.sig, read_hex)) return "sig must be 128 lower-case hex digits, once";
    } else if (key == "created_at") {
      if (fields.created_at || !cursor.read_unsigned(number, kMaxCreatedAt)) return "created_at must be a whole number, once";
      fields.created_at = static_cast<std::int64_t>(number);
    } else if (key == "kind") {
      if (fields.kind || !cursor.read_unsigned(number, 65535)) return "kind must be a whole number up to 65535, once";
      fields.kind = static_cast<std::uint16_t>(number);
    } else if (key == "tags") {
      if (!read_once(fields.tags, [&](Tags& tags) { return read_tags(cursor, tags); }))
        return "tags must be arrays of strings, once";
    } else if (key == "content") {
      if (!read_once(fields.content, [&](std::string& content) { return cursor.read_string(content); }))
        return "content must be a string, once";
    } else if (!cursor.skip_value()) {
      return "not JSON, or nested too deep";
    }
  } while (cursor.take(','));
  return cursor.take('}') ? nullptr : "not JSON";
}

util::Result<Event> to_event(EventFields&& fields) {
  if (!fields.id || !fields.pubkey || !fields.created_at || !fields.kind || !fields.tags || !fields.content || !fields.sig)
    return malformed("an event has id, pubkey, created_at, kind, tags, content and sig");
  const auto pubkey = crypto::PublicKey::from_bytes(*fields.pubkey);
  if (!pubkey) return malformed("the pubkey is not on the curve");
  return Event{*fields.id, *pubkey, *fields.created_at, *fields.kind, std::move(*fields.tags), std::move(*fields.content),
               *fields.sig};
}

util::Result<Event> read_event(JsonCursor& cursor) {
  EventFields fields;
  if (const char* problem = read_event_fields(cursor, fields)) return malformed(problem);
  return to_event(std::move(fields));
}

}  // namespace paygress::nostr

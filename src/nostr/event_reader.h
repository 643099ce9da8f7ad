// What one JSON object of event shape holds, before it is decided whether that is an event, a seal or a rumor.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "nostr/event.h"
#include "nostr/json_cursor.h"

namespace paygress::nostr {

struct EventFields {
  std::optional<crypto::Hash256> id;
  std::optional<std::array<std::uint8_t, 32>> pubkey;  // not yet known to lie on the curve
  std::optional<std::int64_t> created_at;
  std::optional<std::uint16_t> kind;
  std::optional<Tags> tags;
  std::optional<std::string> content;
  std::optional<crypto::Signature> sig;
};

// A rumor must not be signed, but 0xchat writes `"sig":""` and old clients sign it: whatever stands there is skipped.
enum class SignatureField { read, skip };

// Null if all went well, else a sentence on what is wrong. No key may come twice: parsers differ on which one wins.
const char* read_event_fields(JsonCursor& cursor, EventFields& fields, SignatureField signature = SignatureField::read);

// All seven must be there.
util::Result<Event> to_event(EventFields&& fields);

// Reads an event where the cursor stands.
util::Result<Event> read_event(JsonCursor& cursor);

}  // namespace paygress::nostr

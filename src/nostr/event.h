// The event of NIP-01: read, written, identified, signed.
//
// An Event in the program has the right shape and a public key on the curve; that its id and signature hold is known only
// after verify().
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "crypto/keys.h"
#include "util/result.h"
#include "util/time.h"

namespace paygress::nostr {

using Tag = std::vector<std::string>;
using Tags = std::vector<Tag>;

struct Event {
  crypto::Hash256 id;
  crypto::PublicKey pubkey;
  std::int64_t created_at;
  std::uint16_t kind;
  Tags tags;
  std::string content;
  crypto::Signature sig;
};

// What the author decides; id, key and signature follow from it.
struct EventDraft {
  std::int64_t created_at;
  std::uint16_t kind;
  Tags tags;
  std::string content;
};

// The largest whole number that every JSON parser keeps exact; as milliseconds it still fits 64 bits.
inline constexpr std::int64_t kMaxCreatedAt = (std::int64_t{1} << 53) - 1;

// Strict: exact lower-case hex, whole numbers, tags of strings, no key twice, no lone surrogate, nothing behind the object.
// Unknown keys are ignored. Error code `event_malformed`.
util::Result<Event> parse_event(std::string_view text);
// A template only so that no text turns into JSON on the way.
util::Result<Event> parse_event(const std::same_as<nlohmann::json> auto& json);

nlohmann::json to_json(const Event& event);
// The same as text, without the tree in between.
std::string to_text(const Event& event);

// An event as far as it goes without a signature: a rumor (NIP-59).
struct UnsignedView {
  const crypto::Hash256& id;
  const crypto::PublicKey& pubkey;
  std::int64_t created_at;
  std::uint16_t kind;
  const Tags& tags;
  std::string_view content;
};
std::string unsigned_text(const UnsignedView& event);

// SHA-256 over `[0,pubkey,created_at,kind,tags,content]` as NIP-01 writes it. Other control characters than the seven that
// NIP-01 names are written \u00xx, as all deployed software does (nips#1403).
crypto::Hash256 event_id(const crypto::PublicKey& pubkey, std::int64_t created_at, std::uint16_t kind, const Tags& tags,
                         std::string_view content);

// Error codes `event_id_mismatch`, `event_bad_signature`.
util::Result<> verify(const Event& event);

// The signature is verified before the event leaves; a fault in the machine must not publish a broken one (BIP-340).
Event sign_event(const crypto::SecretKey& key, EventDraft draft, crypto::RandomSource& random);

// The first value of the first tag of that name, for example first_tag(event.tags, "p").
std::optional<std::string_view> first_tag(const Tags& tags, std::string_view name);
std::optional<std::string_view> first_tag(const Event& event, std::string_view name);
bool has_tag(const Tags& tags, std::string_view name, std::string_view value);

// NIP-40. A malformed tag is no expiry.
std::optional<std::int64_t> expiration(const Tags& tags);
std::optional<std::int64_t> expiration(const Event& event);
bool is_expired(const Event& event, util::Time now);

}  // namespace paygress::nostr

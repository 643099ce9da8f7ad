#include "nostr/event.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "nostr/event_reader.h"
#include "nostr/json_text.h"
#include "util/bytes.h"

namespace paygress::nostr {
namespace {

// No relay frame is larger (nostr notes, section 7).
constexpr std::size_t kMaxEventText = 256 << 10;

util::Error malformed(const char* what) { return {util::Errc::malformed, what, "event_malformed"}; }

template <class Sink>
void write_number(Sink&& out, std::int64_t number) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out(std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

template <class Sink>
void write_tags(Sink&& out, const Tags& tags) {
  out("[");
  for (std::size_t i = 0; i < tags.size(); ++i) {
    out(i == 0 ? "[" : ",[");
    for (std::size_t k = 0; k < tags[i].size(); ++k) {
      if (k > 0) out(",");
      write_json_string(out, tags[i][k]);
    }
    out("]");
  }
  out("]");
}

}  // namespace

util::Result<Event> parse_event(std::string_view text) {
  if (text.size() > kMaxEventText) return malformed("the event is too large");
  if (!util::is_utf8(text)) return malformed("not UTF-8");
  JsonCursor cursor(text);
  auto event = read_event(cursor);
  if (event && !cursor.at_end()) return malformed("something follows the event");
  return event;
}

// Through the text, so that one reader decides what an event is.
util::Result<Event> parse_event(const std::same_as<nlohmann::json> auto& json) {
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return parse_event(std::string_view(text));
}
template util::Result<Event> parse_event(const nlohmann::json& json);

nlohmann::json to_json(const Event& event) {
  return {{"id", util::hex(event.id)}, {"pubkey", event.pubkey.hex()}, {"created_at", event.created_at}, {"kind", event.kind},
          {"tags", event.tags},        {"content", event.content},     {"sig", util::hex(event.sig)}};
}

std::string to_text(const Event& event) {
  std::string text = unsigned_text({event.id, event.pubkey, event.created_at, event.kind, event.tags, event.content});
  text.back() = ',';
  text += "\"sig\":\"";
  text += util::hex(event.sig);
  text += "\"}";
  return text;
}

std::string unsigned_text(const UnsignedView& event) {
  std::string text;
  text.reserve(event.content.size() + 640);
  const auto out = [&](std::string_view piece) { text += piece; };
  out("{\"id\":\"");
  out(util::hex(event.id));
  out("\",\"pubkey\":\"");
  out(event.pubkey.hex());
  out("\",\"created_at\":");
  write_number(out, event.created_at);
  out(",\"kind\":");
  write_number(out, event.kind);
  out(",\"tags\":");
  write_tags(out, event.tags);
  out(",\"content\":");
  write_json_string(out, event.content);
  out("}");
  return text;
}

crypto::Hash256 event_id(const crypto::PublicKey& pubkey, std::int64_t created_at, std::uint16_t kind, const Tags& tags,
                         std::string_view content) {
  crypto::Sha256 hash;  // takes the pieces as they are written: no serialised copy of the event is made
  const auto out = [&](std::string_view piece) { hash.update(util::as_bytes(piece)); };
  out("[0,\"");
  out(pubkey.hex());
  out("\",");
  write_number(out, created_at);
  out(",");
  write_number(out, kind);
  out(",");
  write_tags(out, tags);
  out(",");
  write_json_string(out, content);
  out("]");
  return hash.finish();
}

util::Result<> verify(const Event& event) {
  if (event_id(event.pubkey, event.created_at, event.kind, event.tags, event.content) != event.id)
    return util::Error{util::Errc::invalid, "the id is not the hash of the event", "event_id_mismatch"};
  if (!crypto::verify(event.pubkey, event.id, event.sig))
    return util::Error{util::Errc::invalid, "the signature does not fit the event", "event_bad_signature"};
  return {};
}

Event sign_event(const crypto::SecretKey& key, EventDraft draft, crypto::RandomSource& random) {
  const crypto::Hash256 id = event_id(key.public_key(), draft.created_at, draft.kind, draft.tags, draft.content);
  const crypto::Signature signature = crypto::sign(key, id, random);
  if (!crypto::verify(key.public_key(), id, signature)) throw std::logic_error("an own signature does not verify");
  return {id, key.public_key(), draft.created_at, draft.kind, std::move(draft.tags), std::move(draft.content), signature};
}

std::optional<std::string_view> first_tag(const Tags& tags, std::string_view name) {
  for (const Tag& tag : tags)
    if (tag.size() >= 2 && tag[0] == name) return tag[1];
  return std::nullopt;
}

std::optional<std::string_view> first_tag(const Event& event, std::string_view name) { return first_tag(event.tags, name); }

bool has_tag(const Tags& tags, std::string_view name, std::string_view value) {
  return std::any_of(tags.begin(), tags.end(),
                     [&](const Tag& tag) { return tag.size() >= 2 && tag[0] == name && tag[1] == value; });
}

std::optional<std::int64_t> expiration(const Tags& tags) {
  const auto text = first_tag(tags, "expiration");
  if (!text) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc() || end != text->data() + text->size() || seconds < 0) return std::nullopt;
  return seconds;
}

std::optional<std::int64_t> expiration(const Event& event) { return expiration(event.tags); }

bool is_expired(const Event& event, util::Time now) {
  const auto end = expiration(event);
  return end && *end <= util::unix_seconds(now);
}

}  // namespace paygress::nostr

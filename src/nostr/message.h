// The frames between client and relay (NIP-01, NIP-42), both directions: the daemon is a client, the sandbox a relay.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nostr/event.h"
#include "nostr/filter.h"

namespace paygress::nostr {

// Why a relay said no, or yes with a remark. Relays write the first word in many ways, so it is read leniently
// ("ERROR: auth-required: ..." of strfry is auth_required) and whatever is unknown is `error`.
struct Reason {
  enum class Prefix { none, duplicate, pow, blocked, rate_limited, invalid, restricted, mute, error, auth_required, unsupported };
  Prefix prefix = Prefix::none;
  std::string text;  // whole, as it came, at most kMaxReason bytes
};
inline constexpr std::size_t kMaxReason = 512;

// `accepted` tells what an empty or wordless text means: no prefix when true, `error` when false.
Reason read_reason(std::string_view text, bool accepted);

// NIP-01: an id of 1..64 characters; strfry closes a longer one.
inline constexpr std::size_t kMaxSubscriptionId = 64;

// ---- what a relay sends
struct EventMessage {
  std::string subscription;
  Event event;
};  // not verified yet
struct OkMessage {
  crypto::Hash256 event_id;
  bool accepted;
  Reason reason;
};
struct EoseMessage {
  std::string subscription;
};
struct ClosedMessage {
  std::string subscription;
  Reason reason;
};
struct NoticeMessage {
  std::string text;
};
struct AuthChallenge {
  std::string challenge;
};
struct UnknownMessage {
  std::string type;
};  // COUNT, NEG-MSG and what comes later
using RelayMessage =
    std::variant<EventMessage, OkMessage, EoseMessage, ClosedMessage, NoticeMessage, AuthChallenge, UnknownMessage>;

// Error codes `message_malformed`, `event_malformed`.
util::Result<RelayMessage> parse_relay_message(std::string_view text);

std::string event_message(std::string_view subscription, const Event& event);
std::string ok_message(const crypto::Hash256& event_id, bool accepted, std::string_view reason);
std::string eose_message(std::string_view subscription);
std::string closed_message(std::string_view subscription, std::string_view reason);
std::string notice_message(std::string_view text);
std::string auth_challenge_message(std::string_view challenge);

// ---- what a client sends
struct PublishMessage {
  Event event;
};
struct RequestMessage {
  std::string subscription;
  std::vector<Filter> filters;
};
struct CloseMessage {
  std::string subscription;
};
struct AuthMessage {
  Event event;
};
using ClientMessage = std::variant<PublishMessage, RequestMessage, CloseMessage, AuthMessage, UnknownMessage>;

// Error codes `message_malformed`, `event_malformed`, `filter_malformed`.
util::Result<ClientMessage> parse_client_message(std::string_view text);

std::string publish_message(const Event& event);
std::string request_message(std::string_view subscription, const std::vector<Filter>& filters);
std::string close_message(std::string_view subscription);
std::string auth_message(const Event& event);

}  // namespace paygress::nostr

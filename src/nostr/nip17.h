// NIP-17: private messages, and where their readers want them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nostr/nip59.h"

namespace paygress::nostr {

inline constexpr std::uint16_t kInboxRelaysKind = 10050;
inline constexpr std::uint16_t kRelayListKind = 10002;  // NIP-65

// A chat message (kind 14) of now. Credentials go to the asker alone, never to the group he wrote in.
Rumor chat_message(const crypto::PublicKey& from, const crypto::PublicKey& to, std::string text, util::Time now);

// The same as an answer: its `e` tag names the asked rumor, so clients thread it and programs correlate it.
Rumor chat_reply(const crypto::PublicKey& from, const Rumor& asked, std::string text, util::Time now);

// The relays of a kind 10050 event as its owner wrote them: not checked against any policy, at most `most` of them.
std::vector<std::string> inbox_relays(const Event& event, std::size_t most = 5);

// The relays that a kind 10002 event says its author reads (NIP-65): those without a marker, and those marked "read".
std::vector<std::string> read_relays(const Event& event, std::size_t most = 5);

EventDraft inbox_relays_draft(const std::vector<std::string>& relays, util::Time now);

}  // namespace paygress::nostr

#include "nostr/nip17.h"

#include "util/bytes.h"

namespace paygress::nostr {

Rumor chat_message(const crypto::PublicKey& from, const crypto::PublicKey& to, std::string text, util::Time now) {
  return make_rumor(from, {util::unix_seconds(now), kChatKind, {{"p", to.hex()}}, std::move(text)});
}

Rumor chat_reply(const crypto::PublicKey& from, const Rumor& asked, std::string text, util::Time now) {
  Tags tags{{"p", asked.pubkey.hex()}, {"e", util::hex(asked.id)}};
  return make_rumor(from, {util::unix_seconds(now), kChatKind, std::move(tags), std::move(text)});
}

std::vector<std::string> inbox_relays(const Event& event, std::size_t most) {
  std::vector<std::string> relays;
  if (event.kind != kInboxRelaysKind) return relays;
  for (const Tag& tag : event.tags)
    if (tag.size() >= 2 && tag[0] == "relay" && relays.size() < most) relays.push_back(tag[1]);
  return relays;
}

std::vector<std::string> read_relays(const Event& event, std::size_t most) {
  std::vector<std::string> relays;
  if (event.kind != kRelayListKind) return relays;
  for (const Tag& tag : event.tags) {
    const bool is_read = tag.size() == 2 || (tag.size() > 2 && (tag[2].empty() || tag[2] == "read"));
    if (is_read && tag[0] == "r" && relays.size() < most) relays.push_back(tag[1]);
  }
  return relays;
}

EventDraft inbox_relays_draft(const std::vector<std::string>& relays, util::Time now) {
  EventDraft draft{util::unix_seconds(now), kInboxRelaysKind, {}, {}};
  for (const std::string& relay : relays) draft.tags.push_back({"relay", relay});
  return draft;
}

}  // namespace paygress::nostr

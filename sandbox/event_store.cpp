#include "sandbox/event_store.h"

#include <algorithm>

namespace paygress::sandbox {
namespace {

std::string address(const nostr::Event& event) {
  std::string text = std::to_string(event.kind) + ":" + event.pubkey.hex() + ":";
  if (is_addressable(event.kind)) text += nostr::first_tag(event, "d").value_or("");
  return text;
}

// NIP-01: the newer one wins; within a second, the lower id.
bool supersedes(const nostr::Event& a, const nostr::Event& b) {
  return a.created_at != b.created_at ? a.created_at > b.created_at : a.id < b.id;
}

}  // namespace

bool is_replaceable(std::uint16_t kind) { return kind == 0 || kind == 3 || (kind >= 10000 && kind < 20000); }
bool is_ephemeral(std::uint16_t kind) { return kind >= 20000 && kind < 30000; }
bool is_addressable(std::uint16_t kind) { return kind >= 30000 && kind < 40000; }

EventStore::Put EventStore::put(const nostr::Event& event, util::Time now) {
  if (nostr::is_expired(event, now)) return Put::expired;
  if (is_ephemeral(event.kind)) return Put::stored;
  if (events_.contains(event.id)) return Put::duplicate;
  if (const auto found = deleted_.find(event.id); found != deleted_.end() && found->second.contains(event.pubkey.hex()))
    return Put::deleted;

  if (is_replaceable(event.kind) || is_addressable(event.kind)) {
    const std::string where = address(event);
    if (const auto found = deleted_addresses_.find(where); found != deleted_addresses_.end() && event.created_at <= found->second)
      return Put::deleted;
    if (const auto found = current_.find(where); found != current_.end()) {
      if (!supersedes(event, events_.at(found->second))) return Put::replaced_already;
      events_.erase(found->second);
    }
    current_[where] = event.id;
  }
  events_.emplace(event.id, event);
  if (event.kind == 5) erase_deleted(event);
  return Put::stored;
}

void EventStore::erase_deleted(const nostr::Event& deletion) {
  for (const nostr::Tag& tag : deletion.tags) {
    if (tag.size() < 2) continue;
    if (tag[0] == "e") {
      const auto id = util::array_from_hex<32>(tag[1]);
      if (!id) continue;
      deleted_[*id].insert(deletion.pubkey.hex());
      const auto found = events_.find(*id);
      // A deletion of a deletion has no effect (NIP-09).
      if (found != events_.end() && found->second.pubkey == deletion.pubkey && found->second.kind != 5) events_.erase(found);
    } else if (tag[0] == "a") {
      const std::string& where = tag[1];
      if (where.find(":" + deletion.pubkey.hex() + ":") == std::string::npos) continue;
      std::int64_t& until = deleted_addresses_[where];
      until = std::max(until, deletion.created_at);
      const auto found = current_.find(where);
      if (found == current_.end()) continue;
      const auto version = events_.find(found->second);
      if (version == events_.end() || version->second.created_at > deletion.created_at) continue;
      events_.erase(version);
      current_.erase(found);
    }
  }
  std::erase_if(current_, [this](const auto& entry) { return !events_.contains(entry.second); });
}

std::vector<nostr::Event> EventStore::query(const nostr::Filter& filter, std::size_t cap, util::Time now) const {
  std::vector<nostr::Event> found;
  for (const auto& [id, event] : events_) {
    if (nostr::matches(filter, event) && !nostr::is_expired(event, now)) found.push_back(event);
  }
  std::sort(found.begin(), found.end(), supersedes);
  if (filter.limit) cap = std::min<std::size_t>(cap, *filter.limit);
  if (found.size() > cap) found.erase(found.begin() + static_cast<std::ptrdiff_t>(cap), found.end());
  return found;
}

}  // namespace paygress::sandbox

#include "nostr/conversation_keys.h"

#include <sys/mman.h>

#include <algorithm>

namespace paygress::nostr {

ConversationKeys::ConversationKeys(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {
  entries_.reserve(capacity_);
  index_.reserve(capacity_);
  // Keeps the keys out of the swap. A small RLIMIT_MEMLOCK may refuse; then they are no worse off than all other memory.
  static_cast<void>(mlock(entries_.data(), capacity_ * sizeof(Entry)));
}

ConversationKeys::~ConversationKeys() {
  Entry* const memory = entries_.data();
  entries_.clear();  // each key wipes itself
  static_cast<void>(munlock(memory, capacity_ * sizeof(Entry)));
}

const nip44::ConversationKey* ConversationKeys::find(const crypto::PublicKey& peer) {
  const auto found = index_.find(peer);
  if (found == index_.end()) return nullptr;
  Entry& entry = entries_[found->second];
  entry.used = ++uses_;
  return &entry.key;
}

void ConversationKeys::remember(const crypto::PublicKey& peer, const nip44::ConversationKey& key) {
  if (find(peer) != nullptr) return;
  if (entries_.size() < capacity_) {
    index_.emplace(peer, entries_.size());
    entries_.push_back({peer, key, ++uses_});
    return;
  }
  // A walk over the table costs a fraction of the ECDH that was just paid for, so no list of ages is kept.
  const auto oldest =
      std::min_element(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  index_.erase(oldest->peer);
  index_.emplace(peer, static_cast<std::size_t>(oldest - entries_.begin()));
  *oldest = {peer, key, ++uses_};
}

}  // namespace paygress::nostr

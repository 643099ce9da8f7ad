// Remembers the NIP-44 conversation keys of customers that are already known: that spares an ECDH (39 us) per message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "nostr/nip44.h"

namespace paygress::nostr {

// Bounded, the longest unused goes first. Every key is wiped when it goes, and locked in memory as far as the system allows.
// Belongs to one secret key of ours. Not shared between threads.
class ConversationKeys {
 public:
  explicit ConversationKeys(std::size_t capacity = 1024);
  ConversationKeys(const ConversationKeys&) = delete;
  ConversationKeys& operator=(const ConversationKeys&) = delete;
  ~ConversationKeys();

  // Null if unknown. Valid until the next call of remember().
  const nip44::ConversationKey* find(const crypto::PublicKey& peer);
  void remember(const crypto::PublicKey& peer, const nip44::ConversationKey& key);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    crypto::PublicKey peer;
    nip44::ConversationKey key;
    std::uint64_t used;
  };
  const std::size_t capacity_;
  std::uint64_t uses_ = 0;
  std::vector<Entry> entries_;  // allocated once, so that no key is ever left behind in freed memory
  std::unordered_map<crypto::PublicKey, std::size_t> index_;
};

}  // namespace paygress::nostr

// The ids of events that were verified and handed out. Only those: a forged copy must not make us drop the honest one.
#pragma once

#include <cstddef>
#include <cstring>
#include <deque>
#include <unordered_set>

#include "crypto/hash.h"

namespace paygress::nostr {

class SeenIds {
 public:
  explicit SeenIds(std::size_t capacity) : capacity_(capacity) {}

  bool contains(const crypto::Hash256& id) const { return ids_.contains(id); }

  // The oldest goes when the table is full.
  void add(const crypto::Hash256& id) {
    if (!ids_.insert(id).second) return;
    order_.push_back(id);
    if (order_.size() <= capacity_) return;
    ids_.erase(order_.front());
    order_.pop_front();
  }

 private:
  struct FirstBytes {
    std::size_t operator()(const crypto::Hash256& id) const {
      std::size_t value;
      std::memcpy(&value, id.data(), sizeof value);
      return value;
    }
  };

  std::size_t capacity_;
  std::unordered_set<crypto::Hash256, FirstBytes> ids_;
  std::deque<crypto::Hash256> order_;
};

}  // namespace paygress::nostr

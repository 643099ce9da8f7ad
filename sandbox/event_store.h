// What a relay keeps: NIP-01 storage rules without any connection.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "nostr/event.h"
#include "nostr/filter.h"
#include "util/time.h"

namespace paygress::sandbox {

bool is_replaceable(std::uint16_t kind);  // 0, 3, 10000-19999
bool is_ephemeral(std::uint16_t kind);    // 20000-29999
bool is_addressable(std::uint16_t kind);  // 30000-39999

class EventStore {
 public:
  enum class Put { stored, duplicate, replaced_already, deleted, expired };
  // Ephemeral events are not kept, but answered as stored. A kind 5 deletes what its author names (NIP-09).
  Put put(const nostr::Event&, util::Time now);

  // Newest first, the lower id first within a second, at most min(filter.limit, cap).
  std::vector<nostr::Event> query(const nostr::Filter&, std::size_t cap, util::Time now) const;
  const std::map<crypto::Hash256, nostr::Event>& all() const { return events_; }

 private:
  void erase_deleted(const nostr::Event& deletion);

  std::map<crypto::Hash256, nostr::Event> events_;
  std::map<std::string, crypto::Hash256> current_;            // address of a replaceable event -> its newest version
  std::map<crypto::Hash256, std::set<std::string>> deleted_;  // id -> authors who asked for its deletion
  std::map<std::string, std::int64_t> deleted_addresses_;     // address -> created_at of the deletion
};

}  // namespace paygress::sandbox

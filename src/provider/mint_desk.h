// One accepted mint: its client, and what we know of its keys. Nothing here moves money.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cashu/mint_client.h"
#include "net/clock.h"
#include "provider/mint_queue.h"

namespace paygress::provider {

class MintDesk {
 public:
  MintDesk(net::HttpClient&, net::Clock&, cashu::MintUrl);

  // Everything that is asked through it stands in the mint's queue.
  cashu::MintClient& client() { return client_; }
  const MintQueue& queue() const { return queue_; }
  util::Time now() const { return clock_.now(); }
  const cashu::MintUrl& url() const { return client_.url(); }
  const cashu::MintInfo& info() const { return info_; }
  const std::vector<cashu::Keyset>& keysets() const { return keysets_; }
  bool known() const { return read_at_.has_value(); }

  // Info, keysets, and the keys of those that are active. What was known stays when the mint does not answer.
  net::Task<util::Result<>> refresh();
  // refresh(), unless that was done a moment ago: tokens with invented keyset ids must not make us ask the mint each time.
  net::Task<util::Result<>> refresh_for_unknown();
  // The keys of these keysets (short ids too), active or not. Ids that the mint does not know are left to the caller. Code
  // `keyset_unusable` when it lists one whose keys it does not give, or whose keys are not its own.
  net::Task<util::Result<>> load_keys(std::vector<std::string> ids);

  // The keyset to ask new proofs of: active, of that unit, the cheapest. Null if there is none.
  const cashu::Keyset* active(const std::string& unit) const;

 private:
  bool recently_read() const;
  net::Clock& clock_;
  MintQueue queue_;
  cashu::MintClient client_;
  cashu::MintInfo info_;
  std::vector<cashu::Keyset> keysets_;
  std::optional<net::SteadyTime> read_at_;
  std::set<std::string> complained_of_;  // keysets
};

}  // namespace paygress::provider

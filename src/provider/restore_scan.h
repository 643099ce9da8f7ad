// What a mint remembers of our seed (NUT-13, NUT-09): every signature that it ever gave to one of our outputs.
//
// Used to repair counters that are behind (a database that was rolled back to a copy, or a new one with an old seed), and to bring
// back the money of a lost database.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "provider/mint_desk.h"
#include "provider/wallet.h"

namespace paygress::provider {

struct ScannedKeyset {
  std::string keyset, unit;
  std::vector<cashu::Proof> unspent;  // ours to use, as the mint sees it
  cashu::Amount unspent_sum, pending_sum;
  std::uint64_t spent_count = 0;
  std::uint32_t next_counter = 0;  // past everything that was ever signed
};

class RestoreScan {
 public:
  explicit RestoreScan(Wallet& wallet) : wallet_(wallet) {}

  // Looks from counter `first` on until `empty_batches` batches of 100 in a row were never signed.
  net::Task<util::Result<ScannedKeyset>> scan(MintDesk&, cashu::Keyset, std::uint32_t first, int empty_batches);

  // Before the first swap with a keyset: were counters used that we believe unused? Then they are repaired, and what is unspent
  // of that older life is brought in. Asked once per keyset and run of the program. Needs no NUT-09: without it there is nothing
  // to find, and the log says so.
  net::Task<util::Result<>> make_sure_of_counters(MintDesk&, const cashu::Keyset&);

  // Writes into the books what is unspent and unknown there, and moves the counter. Outputs of swaps and payouts under way are
  // left to them. It is set apart (reserved for kFound): some of it may be a refund that its customer has not redeemed yet. Gives
  // the sum that was new. A transaction of its own.
  cashu::Amount bring_in(const std::string& mint, const ScannedKeyset&, util::Time now);

  static constexpr const char* kFound = "found";

 private:
  std::set<std::string> secrets_under_way();

  Wallet& wallet_;
  std::set<std::string> sure_;  // keysets
};

}  // namespace paygress::provider

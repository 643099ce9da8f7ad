// What a mint remembers of our seed (NUT-13, NUT-09): every signature that it ever gave to one of our outputs.
//
// Used to repair counters that are behind (a database that was rolled back to a copy, or a new one with an old seed), to bring
// back the money of a lost database, and to tell for which order it had been claimed.
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
  std::vector<WalletBook::Found> unspent;  // ours to use, as the mint sees it
  cashu::Amount unspent_sum, pending_sum;
  std::uint64_t spent_count = 0;
  std::uint32_t next_counter = 0;  // past everything that was ever signed
};

class RestoreScan {
 public:
  explicit RestoreScan(Wallet& wallet) : wallet_(wallet) {}

  // So many batches of 100 counters in a row that were never signed are the end of what a mint remembers: before anything was found,
  // and afterwards. NUT-13 says 3; but orders that the mint refuses use counters up, too, and anybody can send such.
  struct Depth {
    int at_first, afterwards;
  };
  static constexpr Depth kToNotice{2, 5};  // asked before the first order: it waits for the answer
  static constexpr Depth kToRepair{5, 5};
  static constexpr Depth kToRestore{50, 50};
  // The treasury sees to it that no more counters in a row are never signed.
  static constexpr std::uint32_t kMostUnsigned = 2000;

  // Looks from counter `first` on.
  net::Task<util::Result<ScannedKeyset>> scan(MintDesk&, cashu::Keyset, std::uint32_t first, Depth);

  // Before the first swap with a keyset: were counters used that we believe unused? Then they are repaired, and what is unspent
  // of that older life is brought in. Asked once per keyset and run of the program. Needs no NUT-09: without it there is nothing
  // to find, and the log says so.
  net::Task<util::Result<>> make_sure_of_counters(MintDesk&, const cashu::Keyset&);

  // Writes into the books what is unspent and unknown there, and moves the counter. Outputs of swaps and payouts under way are
  // left to them. It is set apart (reserved for kFound): some of it may be a refund that its customer has not redeemed yet. Gives
  // the sum that was new. In the caller's transaction.
  cashu::Amount bring_in(const std::string& mint, const ScannedKeyset&, util::Time now);

  // Of what is set apart: the proofs that were claimed for `order_id`, with `net` of its token, in a life that the database has
  // forgotten. Their places among the counters say so (cashu::Placement). Empty: there are none.
  std::vector<cashu::Proof> claimed_before(const std::string& order_id, const MintDesk&, const std::string& unit,
                                           cashu::Amount net);

  static constexpr const char* kFound = "found";

 private:
  std::set<std::string> secrets_under_way();

  Wallet& wallet_;
  std::set<std::string> sure_;  // keysets
};

}  // namespace paygress::provider

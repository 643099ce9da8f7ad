// What a daemon that has ended believes to have, read from its database.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "cashu/proof.h"

namespace paygress::test {

// All at one mint, in its unit.
struct DaemonBooks {
  std::vector<cashu::Proof> held;
  std::vector<cashu::Proof> reserved;  // for an order that is open, or a swap under way
  // Of the ledger: what it says is held, what it owes to any order, and the sum of all accounts, which is 0 in double entry.
  std::int64_t ledger_proofs = 0, ledger_orders = 0, ledger_sum = 0;
  std::uint64_t reclaim_fees = 0;  // what the mint has kept of money that was found again for its order
};

DaemonBooks read_books(const std::filesystem::path& database);

}  // namespace paygress::test

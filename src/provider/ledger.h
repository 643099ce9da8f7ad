// The books: double entry, so that money cannot appear or vanish unnoticed.
//
// Every movement is one entry that debits one account and credits another by the same amount. An entry belongs into the
// transaction that moves the money itself. Amounts are kept in the mint's unit (that is what proofs add up to) and in msat.
//
//   proofs            what we hold at the mints                                    (debit balance)
//   orders            claimed, and the order is still open: the customer's         (credit balance)
//   leases            sold time of pods that run, and their credit: the customer's (credit balance)
//   earnings          the operator's own                                           (credit balance)
//   withdrawn         what the operator took out, as tokens or by Lightning
//   mint_fees         input fees that the operator bore
//   lightning_fees    what payouts cost beyond their amount
//   found             what the seed found at a mint and nobody has claimed as his yet: perhaps a refund that is still on its way to a
//                     customer, so it is nobody's own until the operator takes it in        (credit balance)
//   lost              what turned out to be spent by somebody else
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cashu/amount.h"
#include "store/database.h"
#include "util/time.h"

namespace paygress::provider {

enum class Account { proofs, orders, leases, earnings, withdrawn, mint_fees, lightning_fees, found, lost };
const char* name(Account);

// What one unit of a token is worth in msat, for every unit that is accepted: sat and msat, and what the operator has set.
using UnitRates = std::map<std::string, std::uint64_t, std::less<>>;

struct Entry {
  std::string what;  // "claim", "input fee", "refund", ...: constant words
  Account debit, credit;
  std::string mint, unit;
  cashu::Amount amount;
  std::string reference;  // the order, lease, payout or swap that it belongs to; also the sub-account of `orders` and `leases`
  std::string credit_reference = {};  // the credited sub-account, when it is not the same
};

// What stands in one account at one mint. Positive: a debit balance.
struct Balance {
  Account account;
  std::string mint, unit;
  std::int64_t amount = 0;
  std::int64_t msats = 0;
};

class Ledger {
 public:
  Ledger(store::Database& database, UnitRates rates) : database_(database), rates_(std::move(rates)) {}

  // Nothing is written for an amount of 0. Throws when the books would leave what 64 bits count.
  void post(const Entry&, util::Time now);
  // Everything that stands for `reference` in a sub-account goes elsewhere: an order's money to its lease, a lease's to earnings.
  void move_all(Account from, std::string_view reference, Account to, std::string_view new_reference, const char* what,
                util::Time now);

  // All accounts that are not empty, without sub-accounts.
  std::vector<Balance> balances();
  // One reference's part of `orders` or `leases`, by mint.
  std::vector<Balance> balances_of(Account, std::string_view reference);
  std::int64_t amount_in(Account, std::string_view mint, std::string_view unit);
  // Proofs less what is owed to customers and what was found: the operator's own at this mint, in its unit. Below 0: not solvent.
  std::int64_t own(std::string_view mint, std::string_view unit);

  // RFC 4180, one line per entry from `from` up to, not including, `to`: time, what, debit, credit, mint, unit, amount, msat, reference.
  void write_csv(util::Time from, util::Time to, const std::function<void(std::string_view line)>& write);

 private:
  void add(Account, std::string_view reference, const Entry&, std::int64_t amount, std::int64_t msats);

  store::Database& database_;
  UnitRates rates_;
};

}  // namespace paygress::provider

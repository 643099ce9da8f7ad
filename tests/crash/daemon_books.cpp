#include "tests/crash/daemon_books.h"

#include "store/database.h"

namespace paygress::test {
namespace {

std::vector<cashu::Proof> proofs_where(store::Database& database, const char* condition) {
  store::Statement row = database.prepare(std::string("SELECT amount, keyset, secret, c FROM proofs WHERE ") + condition);
  std::vector<cashu::Proof> proofs;
  while (row.step()) {
    const cashu::Amount amount(static_cast<std::uint64_t>(row.integer(0)));
    const crypto::Point c = crypto::Point::from_hex(row.text(3)).value();
    proofs.push_back({amount, row.text(1), row.text(2), c, std::nullopt, "", std::nullopt});
  }
  return proofs;
}

// Without a reference: the account as a whole. With one: the part of an order or a lease.
std::int64_t balance(store::Database& database, const char* what, const char* where) {
  store::Statement row = database.prepare(std::string("SELECT coalesce(sum(") + what + "), 0) FROM balances WHERE " + where);
  row.step();
  return row.integer(0);
}

}  // namespace

DaemonBooks read_books(const std::filesystem::path& path) {
  store::Database database(path);
  DaemonBooks books;
  // What the seed found is set apart until the operator takes it in; nothing else may stay reserved.
  books.held = proofs_where(database, "state = 'held' OR (state = 'reserved' AND used_by = 'found')");
  books.reserved = proofs_where(database, "state = 'reserved' AND used_by <> 'found'");
  books.ledger_proofs = balance(database, "amount", "account = 'proofs' AND reference = ''");
  books.ledger_orders = balance(database, "abs(amount)", "account = 'orders'");
  books.ledger_sum = balance(database, "amount", "reference = ''");
  store::Statement reclaims = database.prepare("SELECT coalesce(sum(fee), 0) FROM swaps WHERE kind = 'reclaim' AND state = 'done'");
  reclaims.step();
  books.reclaim_fees = static_cast<std::uint64_t>(reclaims.integer(0));
  return books;
}

}  // namespace paygress::test

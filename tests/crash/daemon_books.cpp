#include "tests/crash/daemon_books.h"

#include "store/database.h"

namespace paygress::test {
namespace {

std::vector<cashu::Proof> proofs_that_are(store::Database& database, const char* state) {
  store::Statement row = database.prepare("SELECT amount, keyset, secret, c FROM proofs WHERE state = ?");
  row.bind(state);
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
  books.held = proofs_that_are(database, "held");
  books.reserved = proofs_that_are(database, "reserved");
  books.ledger_proofs = balance(database, "amount", "account = 'proofs' AND reference = ''");
  books.ledger_orders = balance(database, "abs(amount)", "account = 'orders'");
  books.ledger_sum = balance(database, "amount", "reference = ''");
  return books;
}

}  // namespace paygress::test

#include "provider/ledger.h"

#include <doctest/doctest.h>

#include "store/schema.h"

using namespace paygress;
using namespace paygress::provider;
using namespace std::chrono_literals;

namespace {

const std::string kMint = "https://mint.example";
const util::Time kNow = util::from_unix(1'700'000'000);

struct Books {
  store::Database database{":memory:"};
  Ledger ledger{database, {{"sat", 1000}, {"msat", 1}, {"usd", 2'300'000}}};

  Books() { store::migrate(database); }

  void post(const char* what, Account debit, Account credit, std::uint64_t amount, const char* reference = "o1",
            const std::string& mint = kMint, const char* unit = "sat") {
    store::Transaction transaction(database);
    ledger.post({what, debit, credit, mint, unit, cashu::Amount(amount), reference}, kNow);
    transaction.commit();
  }

  void claim(std::uint64_t face, std::uint64_t fee, const char* order) {
    post("claim", Account::proofs, Account::orders, face, order);
    post("input fee", Account::orders, Account::proofs, fee, order);
  }

  // Every entry stands on both sides, so all accounts together are nothing.
  std::int64_t sum() {
    std::int64_t all = 0;
    for (const Balance& balance : ledger.balances()) all += balance.msats;
    return all;
  }
};

}  // namespace

TEST_CASE("what is claimed is owed to the customer until his pod's time was served") {
  Books books;
  books.claim(30, 1, "o1");
  CHECK(books.ledger.amount_in(Account::proofs, kMint, "sat") == 29);
  CHECK(books.ledger.amount_in(Account::orders, kMint, "sat") == -29);
  CHECK(books.ledger.own(kMint, "sat") == 0);

  books.ledger.move_all(Account::orders, "o1", Account::leases, "l1", "delivered", kNow);
  CHECK(books.ledger.balances_of(Account::orders, "o1").empty());
  CHECK(books.ledger.balances_of(Account::leases, "l1").at(0).msats == -29'000);
  CHECK(books.ledger.own(kMint, "sat") == 0);

  books.ledger.move_all(Account::leases, "l1", Account::earnings, "l1", "time served", kNow);
  CHECK(books.ledger.own(kMint, "sat") == 29);
  CHECK(books.ledger.amount_in(Account::earnings, kMint, "sat") == -29);
  CHECK(books.sum() == 0);
  // Done twice it changes nothing.
  books.ledger.move_all(Account::leases, "l1", Account::earnings, "l1", "time served", kNow);
  CHECK(books.ledger.own(kMint, "sat") == 29);
}

TEST_CASE("the orders of one pod may have come from several mints") {
  Books books;
  books.claim(30, 1, "o1");
  books.post("claim", Account::proofs, Account::orders, 5000, "o2", "https://other.example", "msat");
  for (const char* order : {"o1", "o2"}) books.ledger.move_all(Account::orders, order, Account::leases, "l1", "delivered", kNow);
  CHECK(books.ledger.balances_of(Account::leases, "l1").size() == 2);
  books.ledger.move_all(Account::leases, "l1", Account::earnings, "l1", "time served", kNow);
  CHECK(books.ledger.own(kMint, "sat") == 29);
  CHECK(books.ledger.own("https://other.example", "msat") == 5000);
}

TEST_CASE("one order's money is not another's") {
  Books books;
  books.claim(30, 1, "o1");
  books.claim(10, 1, "o2");
  books.post("refund", Account::orders, Account::proofs, 29, "o1");
  CHECK(books.ledger.balances_of(Account::orders, "o1").empty());
  CHECK(books.ledger.balances_of(Account::orders, "o2").at(0).amount == -9);
  CHECK(books.ledger.amount_in(Account::proofs, kMint, "sat") == 9);
}

TEST_CASE("units have their rate, and nothing is counted beyond what fits") {
  Books books;
  books.post("claim", Account::proofs, Account::orders, 3, "o1", kMint, "usd");
  CHECK(books.ledger.balances_of(Account::orders, "o1").at(0).msats == -6'900'000);
  CHECK_THROWS(books.post("claim", Account::proofs, Account::orders, 1, "o2", kMint, "eur"));
  CHECK_THROWS(books.post("claim", Account::proofs, Account::orders, UINT64_MAX, "o2"));
  CHECK_THROWS(books.post("claim", Account::proofs, Account::orders, std::uint64_t{1} << 62, "o2"));
  CHECK(books.ledger.balances_of(Account::orders, "o2").empty());
  books.post("input fee", Account::orders, Account::proofs, 0, "o1");
  CHECK(books.sum() == 0);
}

TEST_CASE("the balances are as long as what is open, not as all that ever was") {
  Books books;
  for (int i = 0; i < 50; ++i) {
    const std::string order = "o" + std::to_string(i);
    books.claim(10, 1, order.c_str());
    books.ledger.move_all(Account::orders, order, Account::leases, order, "delivered", kNow);
    books.ledger.move_all(Account::leases, order, Account::earnings, order, "time served", kNow);
  }
  store::Statement row = books.database.prepare("SELECT count(*) FROM balances");
  row.step();
  CHECK(row.integer(0) == 4);
}

TEST_CASE("a period is exported as CSV, one line per entry") {
  Books books;
  books.claim(30, 1, "o\"1");
  std::string csv;
  const auto append = [&](std::string_view line) { csv += line; };
  books.ledger.write_csv(kNow, kNow + 1s, append);
  CHECK(csv ==
        "time,what,debit,credit,mint,unit,amount,msat,reference\r\n"
        "2023-11-14T22:13:20Z,\"claim\",\"proofs\",\"orders\",\"https://mint.example\",\"sat\",30,30000,\"o\"\"1\"\r\n"
        "2023-11-14T22:13:20Z,\"input fee\",\"orders\",\"proofs\",\"https://mint.example\",\"sat\",1,1000,\"o\"\"1\"\r\n");
  csv.clear();
  books.ledger.write_csv(kNow - 1h, kNow, append);
  CHECK(csv == "time,what,debit,credit,mint,unit,amount,msat,reference\r\n");
}

#include "provider/wallet.h"

#include "crypto/hash.h"

namespace paygress::provider {
namespace {

std::string seed_id(const cashu::WalletSeed& seed) {
  return util::hex(util::ByteView(crypto::hmac_sha256(seed.bytes(), util::as_bytes("paygress seed id"))).first(8));
}

crypto::SecretKey derive_locking_key(const cashu::WalletSeed& seed) {
  return crypto::SecretKey::from_bytes(crypto::hmac_sha256(seed.bytes(), util::as_bytes("paygress locking key"))).value();
}

constexpr std::string_view kRate = "msat per ";

// Remembers the rates in the database, and adds those that an operator has taken back since: an order or a pod that was paid for in
// such a unit must still end, and the operator must still get at his money.
UnitRates with_earlier_rates(store::Database& database, const UnitRates& accepted) {
  UnitRates rates = accepted, earlier;
  store::Statement row = database.prepare("SELECT name, value FROM facts WHERE name LIKE 'msat per %'");
  while (row.step()) earlier[row.text(0).substr(kRate.size())] = std::stoull(row.text(1));
  rates.insert(earlier.begin(), earlier.end());
  if (rates == earlier) return rates;  // nothing new: no commit
  store::Transaction transaction(database);
  for (const auto& [unit, rate] : rates)
    database.run("INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                 std::string(kRate) + unit, std::to_string(rate));
  transaction.commit();
  return rates;
}

}  // namespace

Wallet::Wallet(store::Database& database_, cashu::WalletSeed seed_, UnitRates accepted_)
    : database(database_),
      seed(seed_),
      accepted(std::move(accepted_)),
      rates(with_earlier_rates(database, accepted)),
      locking_key(derive_locking_key(seed)),
      proofs(database, seed_id(seed)),
      swaps(database),
      payouts(database),
      ledger(database, rates) {}

std::vector<std::string> Wallet::mints_with_money() {
  std::vector<std::string> urls;
  store::Statement row = database.prepare(
      "SELECT mint FROM proofs WHERE state IN ('held', 'reserved') UNION SELECT mint FROM swaps WHERE state = 'journalled' "
      "UNION SELECT mint FROM tokens_given WHERE state = 'open'");
  while (row.step()) urls.push_back(row.text(0));
  return urls;
}

util::Result<> Wallet::check_books() {
  store::Statement row = database.prepare(
      "SELECT coalesce(p.mint, b.mint), coalesce(p.unit, b.unit), coalesce(p.held, 0), coalesce(b.amount, 0) FROM "
      "(SELECT mint, unit, sum(amount) AS held FROM proofs WHERE state IN ('held', 'reserved') GROUP BY mint, unit) p "
      "FULL JOIN (SELECT mint, unit, amount FROM balances WHERE account = 'proofs' AND reference = '') b "
      "ON p.mint = b.mint AND p.unit = b.unit WHERE coalesce(p.held, 0) <> coalesce(b.amount, 0)");
  if (!row.step()) return {};
  return util::Error{util::Errc::internal,
                     "the books do not agree with the wallet at " + row.text(0) + ": proofs worth " +
                         std::to_string(row.integer(2)) + " " + row.text(1) + ", the books say " + std::to_string(row.integer(3)),
                     "books_out_of_balance"};
}

}  // namespace paygress::provider

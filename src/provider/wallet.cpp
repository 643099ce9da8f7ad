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

}  // namespace

Wallet::Wallet(store::Database& database_, cashu::WalletSeed seed_, UnitRates rates_)
    : database(database_),
      seed(seed_),
      rates(std::move(rates_)),
      locking_key(derive_locking_key(seed)),
      proofs(database, seed_id(seed)),
      swaps(database),
      payouts(database),
      ledger(database, rates) {}

std::vector<std::string> Wallet::mints_with_money() {
  std::vector<std::string> urls;
  store::Statement row = database.prepare(
      "SELECT DISTINCT mint FROM proofs WHERE state IN ('held', 'reserved') UNION SELECT mint FROM swaps WHERE state = "
      "'journalled'");
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

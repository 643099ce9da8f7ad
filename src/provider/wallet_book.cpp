#include "provider/wallet_book.h"

#include <algorithm>
#include <stdexcept>

namespace paygress::provider {
namespace {

constexpr const char* kColumns = "SELECT amount, keyset, secret, c FROM proofs ";

cashu::Proof read_proof(store::Statement& row) {
  const crypto::Point c = crypto::Point::from_hex(row.text(3)).value();
  const cashu::Amount amount(store::loaded_amount(row.integer(0)));
  return cashu::Proof{amount, row.text(1), row.text(2), c, std::nullopt, "", std::nullopt};
}

std::vector<cashu::Proof> read_proofs(store::Statement row) {
  std::vector<cashu::Proof> proofs;
  while (row.step()) proofs.push_back(read_proof(row));
  return proofs;
}

}  // namespace

cashu::Amount WalletBook::insert(std::string_view origin, std::string_view mint, std::string_view unit,
                                 const std::vector<cashu::Proof>& proofs, std::optional<std::string> user) {
  cashu::Amount sum;
  for (const cashu::Proof& proof : proofs) {
    const auto added = database_.run(
        "INSERT OR IGNORE INTO proofs (y, mint, unit, keyset, amount, secret, c, state, origin, used_by) VALUES (?, ?, ?, ?, ?, ?, "
        "?, ?, ?, ?)",
        cashu::proof_y(proof).hex(), mint, unit, proof.keyset_id, store::stored_amount(proof.amount.value()), proof.secret,
        proof.C.hex(), user ? "reserved" : "held", origin, user);
    if (added == 1) sum = cashu::add(sum, proof.amount).value();
  }
  return sum;
}

cashu::Amount WalletBook::insert_found(std::string_view origin, std::string_view mint, std::string_view unit,
                                       const std::vector<Found>& found, const std::string& user) {
  std::vector<cashu::Proof> proofs;
  for (const Found& one : found) proofs.push_back(one.proof);
  const cashu::Amount sum = insert(origin, mint, unit, proofs, user);
  for (const Found& one : found)
    database_.run("UPDATE proofs SET counter = ? WHERE y = ? AND counter IS NULL", std::int64_t{one.counter},
                  cashu::proof_y(one.proof).hex());
  return sum;
}

std::map<std::string, WalletBook::Amounts> WalletBook::found(std::string_view user, std::string_view mint, std::string_view unit) {
  store::Statement row = database_.prepare(
      "SELECT keyset, counter, amount FROM proofs WHERE used_by = ? AND state = 'reserved' AND mint = ? AND unit = ? AND "
      "counter IS NOT NULL");
  row.bind(user).bind(mint).bind(unit);
  std::map<std::string, Amounts> found;
  while (row.step())
    found[row.text(0)].emplace(static_cast<std::uint32_t>(row.integer(1)), cashu::Amount(store::loaded_amount(row.integer(2))));
  return found;
}

std::vector<cashu::Proof> WalletBook::found_at(std::string_view user, std::string_view keyset,
                                               const std::vector<std::uint32_t>& counters) {
  std::vector<cashu::Proof> proofs;
  for (const std::uint32_t counter : counters) {
    store::Statement row =
        database_.prepare(std::string(kColumns) + "WHERE used_by = ? AND state = 'reserved' AND keyset = ? AND counter = ?");
    row.bind(user).bind(keyset).bind(std::int64_t{counter});
    if (row.step()) proofs.push_back(read_proof(row));
  }
  return proofs;
}

std::vector<cashu::Proof> WalletBook::largest(std::string_view mint, std::string_view unit,
                                              const std::vector<cashu::Keyset>& keysets) {
  store::Statement row =
      database_.prepare(std::string(kColumns) + "WHERE state = 'held' AND mint = ? AND unit = ? ORDER BY amount DESC, y");
  row.bind(mint).bind(unit);
  std::vector<cashu::Proof> proofs;
  while (proofs.size() < kMostSelected && row.step()) {
    cashu::Proof proof = read_proof(row);
    if (cashu::find_keyset(keysets, proof.keyset_id)) proofs.push_back(std::move(proof));
  }
  return proofs;
}

util::Result<std::vector<cashu::Proof>> WalletBook::select(std::string_view mint, std::string_view unit, cashu::Amount wanted,
                                                           const std::vector<cashu::Keyset>& keysets) {
  std::vector<cashu::Proof> chosen;
  cashu::Amount sum;
  // Each further proof costs a fee of its own: the sum and what it must reach grow together.
  for (cashu::Proof& proof : largest(mint, unit, keysets)) {
    sum = cashu::add(sum, proof.amount).value();
    chosen.push_back(std::move(proof));
    const auto fee = cashu::input_fee(chosen, keysets);
    if (!fee) return fee.error();
    const auto needed = cashu::add(wanted, *fee);
    if (needed && sum >= *needed) return chosen;
  }
  if (chosen.size() == kMostSelected)
    return util::Error{util::Errc::exhausted,
                       "that takes more than " + std::to_string(kMostSelected) + " proofs; ask for less at a time",
                       "too_many_proofs"};
  return util::Error{util::Errc::refused,
                     "not enough is held at " + std::string(mint) + ": " + sum.text() + " " + std::string(unit) + ", fees included",
                     "balance_too_low"};
}

cashu::Amount WalletBook::most_at_once(std::string_view mint, std::string_view unit, const std::vector<cashu::Keyset>& keysets) {
  std::vector<cashu::Proof> chosen;
  cashu::Amount sum, most;
  for (cashu::Proof& proof : largest(mint, unit, keysets)) {
    sum = cashu::add(sum, proof.amount).value();
    chosen.push_back(std::move(proof));
    const auto fee = cashu::input_fee(chosen, keysets);
    const auto left = fee ? cashu::subtract(sum, *fee) : fee;
    if (left) most = std::max(most, *left);
  }
  return most;
}

std::vector<cashu::Proof> WalletBook::held_of_keyset(std::string_view mint, std::string_view keyset, std::size_t most,
                                                     First first) {
  store::Statement row = database_.prepare(std::string(kColumns) + "WHERE state = 'held' AND mint = ? AND keyset = ? ORDER BY " +
                                           (first == First::smallest ? "amount, y LIMIT ?" : "amount DESC, y LIMIT ?"));
  row.bind(mint).bind(keyset).bind(static_cast<std::int64_t>(most));
  return read_proofs(std::move(row));
}

std::size_t WalletBook::count_held(std::string_view mint, std::string_view keyset) {
  store::Statement row = database_.prepare("SELECT count(*) FROM proofs WHERE state = 'held' AND mint = ? AND keyset = ?");
  row.bind(mint).bind(keyset);
  row.step();
  return static_cast<std::size_t>(row.integer(0));
}

std::vector<std::string> WalletBook::keysets_held(std::string_view mint) {
  std::vector<std::string> ids;
  store::Statement row = database_.prepare("SELECT DISTINCT keyset FROM proofs WHERE state = 'held' AND mint = ?");
  row.bind(mint);
  while (row.step()) ids.push_back(row.text(0));
  return ids;
}

std::uint64_t WalletBook::held(std::string_view mint, std::string_view unit) {
  store::Statement row =
      database_.prepare("SELECT coalesce(sum(amount), 0) FROM proofs WHERE state = 'held' AND mint = ? AND unit = ?");
  row.bind(mint).bind(unit);
  row.step();
  return store::loaded_amount(row.integer(0));
}

void WalletBook::reserve(std::string_view user, const std::vector<cashu::Proof>& proofs) {
  for (const cashu::Proof& proof : proofs) {
    const auto taken = database_.run("UPDATE proofs SET state = 'reserved', used_by = ? WHERE y = ? AND state = 'held'", user,
                                     cashu::proof_y(proof).hex());
    if (taken != 1) throw std::logic_error("a proof was to be used that is not held");
  }
}

void WalletBook::release(std::string_view user) {
  database_.run("UPDATE proofs SET state = 'held', used_by = NULL WHERE used_by = ? AND state = 'reserved'", user);
}

void WalletBook::spend(std::string_view user) {
  database_.run("UPDATE proofs SET state = 'spent' WHERE used_by = ? AND state = 'reserved'", user);
}

std::vector<cashu::Proof> WalletBook::give(std::string_view user) {
  store::Statement row = database_.prepare(std::string(kColumns) + "WHERE used_by = ? AND state = 'reserved'");
  row.bind(user);
  auto proofs = read_proofs(std::move(row));
  database_.run("UPDATE proofs SET state = 'given' WHERE used_by = ? AND state = 'reserved'", user);
  return proofs;
}

std::vector<cashu::Proof> WalletBook::reserved_for(std::string_view user, std::string_view mint) {
  store::Statement row = database_.prepare(std::string(kColumns) + "WHERE used_by = ? AND state = 'reserved' AND mint = ?");
  row.bind(user).bind(mint);
  return read_proofs(std::move(row));
}

void WalletBook::hold(const std::vector<cashu::Proof>& proofs) {
  for (const cashu::Proof& proof : proofs)
    database_.run("UPDATE proofs SET state = 'held', used_by = NULL WHERE y = ? AND state = 'reserved'",
                  cashu::proof_y(proof).hex());
}

void WalletBook::set_spent(const std::vector<cashu::Proof>& proofs) {
  for (const cashu::Proof& proof : proofs)
    database_.run("UPDATE proofs SET state = 'spent' WHERE y = ? AND state = 'reserved'", cashu::proof_y(proof).hex());
}

void WalletBook::reassign(std::string_view user, std::string_view new_user, const std::vector<cashu::Proof>& proofs) {
  for (const cashu::Proof& proof : proofs) {
    const auto moved = database_.run("UPDATE proofs SET used_by = ? WHERE y = ? AND used_by = ? AND state = 'reserved'", new_user,
                                     cashu::proof_y(proof).hex(), user);
    if (moved != 1) throw std::logic_error("a proof was to change hands that was not in them");
  }
}

void WalletBook::reassign(std::string_view user, std::string_view new_user) {
  database_.run("UPDATE proofs SET used_by = ? WHERE used_by = ? AND state = 'reserved'", new_user, user);
}

bool WalletBook::knows(const cashu::Proof& proof) {
  store::Statement row = database_.prepare("SELECT 1 FROM proofs WHERE y = ?");
  row.bind(cashu::proof_y(proof).hex());
  return row.step();
}

std::uint32_t WalletBook::next_counter(std::string_view keyset) {
  store::Statement row = database_.prepare("SELECT next FROM counters WHERE seed = ? AND keyset = ?");
  row.bind(seed_id_).bind(keyset);
  return row.step() ? static_cast<std::uint32_t>(row.integer(0)) : 0;
}

void WalletBook::set_next_counter(std::string_view keyset, std::uint32_t next) {
  database_.run(
      "INSERT INTO counters (seed, keyset, next) VALUES (?, ?, ?) ON CONFLICT (seed, keyset) DO UPDATE SET next = max(next, "
      "excluded.next)",
      seed_id_, keyset, std::int64_t{next});
}

void WalletBook::set_signed(std::string_view keyset, std::uint32_t end) {
  database_.run("UPDATE counters SET signed = max(signed, ?) WHERE seed = ? AND keyset = ?", std::int64_t{end}, seed_id_, keyset);
}

std::uint32_t WalletBook::unsigned_counters(std::string_view keyset) {
  store::Statement row = database_.prepare("SELECT next - signed FROM counters WHERE seed = ? AND keyset = ?");
  row.bind(seed_id_).bind(keyset);
  return row.step() ? static_cast<std::uint32_t>(std::max<std::int64_t>(0, row.integer(0))) : 0;
}

}  // namespace paygress::provider

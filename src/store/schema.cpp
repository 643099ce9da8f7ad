#include "store/schema.h"

#include <array>
#include <stdexcept>

namespace paygress::store {
namespace {

// Never edit a migration that has been released; add the next one. Times are Unix milliseconds.
constexpr std::array<const char*, 1> kMigrations = {
    R"sql(
-- What is remembered of the wallet and of our own publications: seed fingerprint, pod key root, newest offer.
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- Messages that were handled, by the id we computed (the rumor's, or the event's for kind 4). Written with the effect.
CREATE TABLE messages (id TEXT PRIMARY KEY, handled_at INTEGER NOT NULL) STRICT;
CREATE INDEX messages_by_age ON messages (handled_at);

-- Orders, whole as JSON; `ended` keeps the start-up scan short.
CREATE TABLE orders (
  id TEXT PRIMARY KEY, customer TEXT NOT NULL, body TEXT NOT NULL, ended INTEGER NOT NULL DEFAULT 0,
  answer TEXT, updated_at INTEGER NOT NULL) STRICT;
CREATE INDEX orders_open ON orders (ended) WHERE ended = 0;
CREATE INDEX orders_by_customer ON orders (customer, ended);

-- The swap journal: everything that a swap needs, on disk before the mint hears of it (NUT-03, NUT-13). `kind`: claim (a
-- customer's token becomes ours), reclaim (what the seed found is an order's again), split (a part of ours becomes a token for
-- somebody), sweep (ours become newer ones).
CREATE TABLE swaps (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, mint TEXT NOT NULL, unit TEXT NOT NULL, state TEXT NOT NULL,
  face INTEGER NOT NULL, fee INTEGER NOT NULL, gives INTEGER NOT NULL, inputs TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT;
CREATE INDEX swaps_open ON swaps (kind) WHERE state = 'journalled';
CREATE INDEX swaps_abandoned ON swaps (mint) WHERE state = 'abandoned';
CREATE TABLE swap_outputs (
  swap_id TEXT NOT NULL REFERENCES swaps (id), generation INTEGER NOT NULL, keyset TEXT NOT NULL, outputs TEXT NOT NULL,
  given TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (swap_id, generation)) STRICT;
-- At most one swap per proof, for ever; freed only when the mint certainly did not take it.
CREATE TABLE swap_inputs (y TEXT PRIMARY KEY, swap_id TEXT NOT NULL REFERENCES swaps (id)) STRICT;
CREATE INDEX swap_inputs_by_swap ON swap_inputs (swap_id);

-- The next unused counter of each keyset, per seed: a counter is used once. `signed`: past the last one that the mint has signed.
CREATE TABLE counters (
  seed TEXT NOT NULL, keyset TEXT NOT NULL, next INTEGER NOT NULL, signed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (seed, keyset)) STRICT;

-- Money: proofs that are ours, or were. `origin` made them; `used_by` has reserved, spent or given them. `counter` (NUT-13) is that
-- of proofs that the seed has found.
CREATE TABLE proofs (
  y TEXT PRIMARY KEY, mint TEXT NOT NULL, unit TEXT NOT NULL, keyset TEXT NOT NULL, amount INTEGER NOT NULL,
  secret TEXT NOT NULL, c TEXT NOT NULL, state TEXT NOT NULL, origin TEXT NOT NULL, used_by TEXT,
  counter INTEGER) STRICT;
CREATE INDEX proofs_held ON proofs (mint, unit, amount) WHERE state = 'held';
CREATE INDEX proofs_reserved ON proofs (used_by) WHERE state = 'reserved';

-- The payout journal: everything that a Lightning payment out of our proofs needs, on disk before the mint hears of it (NUT-05,
-- NUT-08). An invoice, known by its payment hash, is paid once.
CREATE TABLE payouts (
  id TEXT PRIMARY KEY, mint TEXT NOT NULL, unit TEXT NOT NULL, state TEXT NOT NULL, invoice TEXT NOT NULL,
  payment_hash TEXT NOT NULL, address TEXT NOT NULL, quote TEXT NOT NULL, amount INTEGER NOT NULL, fee_reserve INTEGER NOT NULL,
  input_fee INTEGER NOT NULL, face INTEGER NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  inputs TEXT NOT NULL, keyset TEXT NOT NULL, blanks TEXT NOT NULL, body TEXT NOT NULL, ended_at INTEGER,
  change INTEGER NOT NULL DEFAULT 0, preimage TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '') STRICT;
CREATE UNIQUE INDEX payouts_once ON payouts (payment_hash) WHERE state <> 'failed';
CREATE INDEX payouts_open ON payouts (created_at) WHERE state = 'journalled';

-- Tokens that left the house: refunds, unused time, the operator's exports. Kept until they are redeemed.
CREATE TABLE tokens_given (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, mint TEXT NOT NULL, unit TEXT NOT NULL, amount INTEGER NOT NULL,
  token TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT;
CREATE INDEX tokens_given_open ON tokens_given (created_at) WHERE state = 'open';

-- Unused time of pods that were ended early: what is owed, to whom, and the split that makes the token.
CREATE TABLE returns (lease_id TEXT PRIMARY KEY, body TEXT NOT NULL, state TEXT NOT NULL) STRICT;
CREATE INDEX returns_owed ON returns (state) WHERE state = 'owed';

-- The books (provider/ledger.h): entries are only ever added; balances are their sums.
CREATE TABLE ledger (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, what TEXT NOT NULL, debit TEXT NOT NULL, credit TEXT NOT NULL,
  mint TEXT NOT NULL, unit TEXT NOT NULL, amount INTEGER NOT NULL, msats INTEGER NOT NULL, reference TEXT NOT NULL) STRICT;
CREATE INDEX ledger_by_time ON ledger (at);
CREATE TABLE balances (
  account TEXT NOT NULL, reference TEXT NOT NULL, mint TEXT NOT NULL, unit TEXT NOT NULL, amount INTEGER NOT NULL,
  msats INTEGER NOT NULL, PRIMARY KEY (account, reference, mint, unit)) STRICT;

-- Pods that are paid for. `body` is the lease as JSON.
CREATE TABLE leases (
  id TEXT PRIMARY KEY, order_id TEXT NOT NULL, owner TEXT NOT NULL, pod_key TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL, ends_at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX leases_by_owner ON leases (owner, state);
CREATE INDEX leases_alive ON leases (ends_at) WHERE state <> 'ended';

-- Events that must reach somebody: stored with the decision, sent until a relay says OK.
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE, event TEXT NOT NULL, recipient TEXT NOT NULL,
  created_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting') STRICT;
CREATE INDEX outbox_waiting ON outbox (next_attempt_at) WHERE state = 'waiting';

-- How far each relay has been read: our clock at its last end of stored events.
CREATE TABLE relays (url TEXT PRIMARY KEY, last_good INTEGER NOT NULL) STRICT;
)sql",
};

}  // namespace

void migrate(Database& database) {
  Statement version = database.prepare("PRAGMA user_version");
  version.step();
  const auto present = static_cast<std::size_t>(version.integer(0));
  if (present > kMigrations.size())
    throw std::runtime_error("database: it was written by a newer paygressd (schema " + std::to_string(present) +
                             ", this program knows " + std::to_string(kMigrations.size()) + "); install that version again");
  version.step();
  for (std::size_t next = present; next < kMigrations.size(); ++next) {
    Transaction transaction(database);
    database.execute_script(kMigrations[next]);
    database.execute_script("PRAGMA user_version=" + std::to_string(next + 1));
    transaction.commit();
  }
}

}  // namespace paygress::store

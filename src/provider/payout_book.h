// The payout journal: what a Lightning payment out of our proofs (NUT-05) needs to be finished, repeated or given up, on disk
// before the mint hears of it.
//
// Every writing function belongs into the caller's transaction. A payout is `journalled` until it is `paid` (the inputs are spent,
// the change is in the books) or `failed` (it is certain that the mint did not and will not pay; the inputs are ours again).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cashu/keyset.h"
#include "cashu/melt.h"
#include "store/database.h"
#include "util/json.h"
#include "util/time.h"

namespace paygress::provider {

enum class PayoutState { journalled, paid, failed };

struct Payout {
  std::string id;  // also the user of its inputs in the wallet's book
  std::string mint, unit;
  PayoutState state = PayoutState::journalled;
  std::string invoice;
  std::string payment_hash;  // hex; no two payouts of one hash are open or paid
  std::string address;       // the Lightning address that gave the invoice, or empty
  std::string quote_id;
  cashu::Amount amount, fee_reserve, input_fee;
  cashu::Amount inputs;   // the sum that was reserved
  util::Time created_at;  // and when it is over:
  util::Time expires_at;  // from here on neither the mint nor the payee takes it up again
  std::optional<util::Time> ended_at;
  cashu::Amount change;  // what came back
  std::string preimage;  // the payee's receipt, as far as the mint gave it
  std::string reason;    // why it failed

  // Whether the preimage is that of the payment hash: nobody but the payee can have known it.
  bool is_proven() const;
  // The most that can come back.
  cashu::Amount overpaid() const { return cashu::Amount(inputs.value() - amount.value() - input_fee.value()); }
  // What Lightning took.
  cashu::Amount lightning_fee() const { return cashu::Amount(overpaid().value() - change.value()); }
};

// How the operator sees it: id, state (pending, paid, failed), mint, unit, amount, fee_reserve, fee, payment_hash, invoice, times, the
// preimage and whether it is the right one (`proven`; a mint that gives none may have paid all the same).
util::Json to_json(const Payout&);

// What goes to the mint, and what comes back from it.
struct PayoutWork {
  std::vector<cashu::Proof> inputs;
  cashu::Keyset keyset;  // of the blanks, with its keys
  std::vector<cashu::Output> blanks;
  std::string body;  // the exact bytes of the request
};

class PayoutBook {
 public:
  explicit PayoutBook(store::Database& database) : database_(database) {}

  // Throws when one of the same payment hash is open or paid: the caller has asked before.
  void insert(const Payout&, const PayoutWork&);
  void set_paid(std::string_view id, cashu::Amount change, std::string_view preimage, util::Time now);
  void set_failed(std::string_view id, std::string_view reason, util::Time now);

  std::optional<Payout> find(std::string_view id);
  std::optional<Payout> find_open_or_paid(std::string_view payment_hash);
  PayoutWork work(std::string_view id);
  std::vector<std::string> open();               // their ids, the oldest first
  std::vector<Payout> newest(std::size_t most);  // the newest first
  bool is_open_at(std::string_view mint, std::string_view unit);

 private:
  store::Database& database_;
};

}  // namespace paygress::provider

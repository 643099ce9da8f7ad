// Our proofs, and the counters that new ones come from. Every writing function belongs into the caller's transaction.
//
// A proof is `held` when it may be used. It is `reserved` for an order whose customer may still get his money back, and for a swap
// or payout under way; then `spent`, or `given` (handed out as a token), or held again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cashu/keyset.h"
#include "cashu/proof.h"
#include "store/amounts.h"
#include "store/database.h"

namespace paygress::provider {

class WalletBook {
 public:
  // Counters belong to a seed, which is named by a hash that gives nothing away: another seed begins at zero.
  WalletBook(store::Database& database, std::string seed_id) : database_(database), seed_id_(std::move(seed_id)) {}

  // Money in: `origin` is the swap or payout that made them; with `user` they are reserved from the beginning. What is known
  // already stays as it is. Gives the sum that was new.
  cashu::Amount insert(std::string_view origin, std::string_view mint, std::string_view unit, const std::vector<cashu::Proof>&,
                       std::optional<std::string> user = {});

  // A proof that the seed has found, with its counter (NUT-13).
  struct Found {
    cashu::Proof proof;
    std::uint32_t counter = 0;
  };
  // The same for what the seed has found: reserved for `user`.
  cashu::Amount insert_found(std::string_view origin, std::string_view mint, std::string_view unit, const std::vector<Found>&,
                             const std::string& user);
  // Where what was found at one mint and is still reserved for `user` lies: the amount at each counter, by keyset. No proof is read.
  using Amounts = std::map<std::uint32_t, cashu::Amount>;
  std::map<std::string, Amounts> found(std::string_view user, std::string_view mint, std::string_view unit);
  std::vector<cashu::Proof> found_at(std::string_view user, std::string_view keyset, const std::vector<std::uint32_t>& counters);

  static constexpr std::size_t kMostSelected = 500;  // a mint takes a thousand inputs, but not quickly
  // Held proofs worth `wanted` and their own input fee, in as few as possible (largest first), of at most kMostSelected. Those whose
  // keyset the mint does not list any more are left alone. Nothing is reserved yet. Code `balance_too_low`, or `too_many_proofs`
  // when it would take more than that.
  util::Result<std::vector<cashu::Proof>> select(std::string_view mint, std::string_view unit, cashu::Amount wanted,
                                                 const std::vector<cashu::Keyset>&);
  // The most that can be wanted of select() at once.
  cashu::Amount most_at_once(std::string_view mint, std::string_view unit, const std::vector<cashu::Keyset>&);
  // Held proofs of one keyset, and how many there are.
  enum class First { smallest, largest };
  std::vector<cashu::Proof> held_of_keyset(std::string_view mint, std::string_view keyset, std::size_t most, First);
  std::size_t count_held(std::string_view mint, std::string_view keyset);
  std::vector<std::string> keysets_held(std::string_view mint);
  std::uint64_t held(std::string_view mint, std::string_view unit);

  void reserve(std::string_view user, const std::vector<cashu::Proof>&);  // throws when one of them is not held
  void release(std::string_view user);                                    // reserved -> held
  void spend(std::string_view user);                                      // reserved -> spent
  std::vector<cashu::Proof> give(std::string_view user);                  // reserved -> given
  // What is reserved for `user` at one mint, and the ends of some of it.
  std::vector<cashu::Proof> reserved_for(std::string_view user, std::string_view mint);
  void hold(const std::vector<cashu::Proof>&);       // reserved -> held
  void set_spent(const std::vector<cashu::Proof>&);  // reserved -> spent
  // Reserved for somebody else from now on: these proofs, or all of `user`. Throws when one of them was not `user`'s.
  void reassign(std::string_view user, std::string_view new_user, const std::vector<cashu::Proof>&);
  void reassign(std::string_view user, std::string_view new_user);

  bool knows(const cashu::Proof&);

  // The first counter of `keyset` that was never used, and the same moved on (never back).
  std::uint32_t next_counter(std::string_view keyset);
  void set_next_counter(std::string_view keyset, std::uint32_t next);
  // The mint has signed everything that a restore must find up to here, `end` not included (never back).
  void set_signed(std::string_view keyset, std::uint32_t end);
  // How many of the last counters were used for nothing: a restore that goes by signatures sees a gap there.
  std::uint32_t unsigned_counters(std::string_view keyset);

 private:
  std::vector<cashu::Proof> largest(std::string_view mint, std::string_view unit, const std::vector<cashu::Keyset>&);

  store::Database& database_;
  std::string seed_id_;
};

}  // namespace paygress::provider

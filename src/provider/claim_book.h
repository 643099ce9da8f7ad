// The claim journal: what a swap needs to be finished, repeated or given up, on disk before the mint hears of it.
//
// Every writing function belongs into the caller's transaction. A claim is `journalled` until it is `claimed` (its proofs are
// in the books) or `refused` (it is certain that the mint did not take the token for us).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cashu/keyset.h"
#include "cashu/output.h"
#include "cashu/proof.h"
#include "store/database.h"
#include "util/time.h"

namespace paygress::provider {

enum class ClaimState { journalled, claimed, refused };

struct Claim {
  std::string order_id;
  std::string mint;
  std::string unit;
  ClaimState state = ClaimState::journalled;
  std::vector<cashu::Proof> inputs;  // with full keyset ids, as they go to the mint
  cashu::Amount face, fee;
};

// One set of outputs for a claim. There is more than one only after the mint refused the one before for good.
struct Generation {
  int number = 1;
  cashu::Keyset keyset;
  std::vector<cashu::Output> outputs;
  std::string body;  // the exact bytes of the request
};

class ClaimBook {
 public:
  ClaimBook(store::Database& database, std::string seed_id) : database_(database), seed_id_(std::move(seed_id)) {}

  // False when one of the proofs belongs to another claim already: then nothing was written.
  bool insert(const Claim&, util::Time now);
  void add_generation(std::string_view order_id, const Generation&);
  void set_state(std::string_view order_id, ClaimState);

  std::optional<Claim> find(std::string_view order_id);
  std::vector<Generation> generations(std::string_view order_id);  // the newest first

  // The first counter of `keyset` that was never used, and the same moved on.
  std::uint32_t next_counter(std::string_view keyset);
  void set_next_counter(std::string_view keyset, std::uint32_t next);

  // Money in, unless it is known already.
  void insert_proofs(std::string_view order_id, std::string_view mint, std::string_view unit, const std::vector<cashu::Proof>&);
  // The proofs of this claim that are still ours; afterwards they count as given back.
  std::vector<cashu::Proof> give_back(std::string_view order_id);
  // The sum of what is held at a mint, in its unit.
  std::uint64_t held(std::string_view mint, std::string_view unit);

 private:
  store::Database& database_;
  std::string seed_id_;  // counters belong to a seed: another one begins at zero
};

}  // namespace paygress::provider

// The swap journal (NUT-03): what a swap needs to be finished, repeated or given up, on disk before the mint hears of it.
//
// Every writing function belongs into the caller's transaction. A swap is `journalled` until it is `done` (its proofs are in the
// books), `refused` (it is certain that the mint did not take the inputs for us) or `abandoned`.
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

enum class SwapKind {
  claim,    // a customer's token becomes ours; the swap has the order's id
  reclaim,  // what the seed found, and was claimed for an order that the database has forgotten, is that order's again; the
            // swap has the order's id
  split,    // a part of our money becomes a token for somebody else
  sweep,    // our proofs become proofs of another keyset
};
enum class SwapState {
  journalled,
  done,
  refused,
  abandoned  // the mint would not have it; as good as refused, but its outputs are remembered (swap_desk.h)
};

struct Swap {
  std::string id;
  SwapKind kind = SwapKind::claim;
  std::string mint;
  std::string unit;
  SwapState state = SwapState::journalled;
  std::vector<cashu::Proof> inputs;  // with full keyset ids, as they go to the mint
  cashu::Amount face, fee;
  cashu::Amount gives;  // what leaves the house; only a split gives
};

// One set of outputs for a swap. There is more than one only after the mint refused the one before for good.
struct Generation {
  int number = 1;
  cashu::Keyset keyset;
  std::vector<cashu::Output> outputs;
  std::vector<std::size_t> given;  // which of them leave the house: out of random secrets, so that no restore takes them for ours
  std::string body;                // the exact bytes of the request
};

class SwapBook {
 public:
  explicit SwapBook(store::Database& database) : database_(database) {}

  // False when one of the proofs belongs to another swap already: then nothing was written.
  bool insert(const Swap&, util::Time now);
  void add_generation(std::string_view swap_id, const Generation&);
  void drop_generation(std::string_view swap_id, int number);
  void set_state(std::string_view swap_id, SwapState);
  // The mint did not take the inputs: they may be tried again, in another swap.
  void free_inputs(std::string_view swap_id);

  // The outputs of abandoned claims of the very same proofs are this one's from now on, as its first generations, unless some of
  // them have come to us in another way. Gives how many there are.
  int take_over_abandoned(const Swap&);

  std::optional<Swap> find(std::string_view swap_id);
  std::vector<Generation> generations(std::string_view swap_id);  // the newest first
  std::vector<std::string> open(SwapKind);                        // their ids

  // A split that the mint would not have. Those whose ids begin so, made after `since`, the newest first.
  struct Refused {
    std::string id, mint, unit;
    cashu::Amount gives;
    util::Time created_at;
  };
  std::vector<Refused> refused_splits(std::string_view prefix, util::Time since, std::size_t most);

 private:
  bool is_known(const Generation&);  // one of its proofs is in the wallet's book

  store::Database& database_;
};

}  // namespace paygress::provider

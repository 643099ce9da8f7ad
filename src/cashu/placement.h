// Where the outputs of a claim lie among the counters (NUT-13): a word to ourselves that the mint keeps for us.
//
// A mint remembers that it signed an output (NUT-09), not what it was paid with. So the outputs of a claim do not take the next
// counters in a row, but places in a room of 32 that the seed and the claim's purpose give. When the database is gone and the
// signatures are found again, whoever has the seed can tell from the places for what they were made; to guess them is a chance of
// one in 2^19 for four outputs. To any other wallet that restores from the seed it is a few counters that were never used.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cashu/output.h"
#include "crypto/hash.h"

namespace paygress::cashu {

class Placement {
 public:
  // Rooms begin at multiples of this; that many outputs and more need several.
  static constexpr std::uint32_t kRoom = 32;
  // Fewer outputs would have too few places to tell purposes apart.
  static constexpr std::size_t kFewestOutputs = 4;

  // `purpose`: what the outputs are made for, in words that no two claims share.
  Placement(const WalletSeed&, std::string_view purpose);

  // The first room that begins at `counter` or after it, and how many counters so many outputs have to themselves.
  static std::uint32_t begin(std::uint32_t counter) { return (counter + kRoom - 1) / kRoom * kRoom; }
  static std::uint32_t room(std::size_t outputs) { return (static_cast<std::uint32_t>(outputs) / kRoom + 1) * kRoom; }

  // The places of `outputs` outputs, smallest amount first: different numbers below room(outputs).
  std::vector<std::uint32_t> places(std::size_t outputs) const;

  // split_amount() in at least kFewestOutputs, if the keyset's amounts and the sum allow it, ascending.
  static util::Result<std::vector<Amount>> split(Amount amount, const Keyset& keyset);

 private:
  crypto::HmacSha256 keyed_;
};

}  // namespace paygress::cashu

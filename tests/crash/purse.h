// Whose money is whose: proofs, and what their mint says of them (NUT-07).
#pragma once

#include <cstdint>
#include <vector>

#include "cashu/mint_client.h"
#include "cashu/proof.h"
#include "net/task.h"

namespace paygress::test {

// In the mint's unit.
struct Purse {
  std::uint64_t unspent = 0, spent = 0, pending = 0;
  std::uint64_t face() const { return unspent + spent + pending; }
};

// Throws when the mint does not answer.
net::Task<Purse> weigh(cashu::MintClient&, std::vector<cashu::Proof>);

}  // namespace paygress::test

// How the mint counts: sums that cannot overflow, and what a unit is worth.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include "sandbox/mint_ledger.h"

namespace paygress::sandbox {

inline constexpr std::chrono::seconds kQuoteLife{3600};

inline std::uint64_t msat_per(const std::string& unit) { return unit == "msat" ? 1 : 1000; }

inline std::uint64_t checked_sum(std::uint64_t a, std::uint64_t b) {
  if (a > std::numeric_limits<std::uint64_t>::max() - b) throw MintRefusal(11006, "Amount outside of limit range");
  return a + b;
}

}  // namespace paygress::sandbox

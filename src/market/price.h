// Time for money. All prices are msat per second, all payments msat; nothing here can overflow or divide by zero.
#pragma once

#include <chrono>
#include <cstdint>

namespace paygress::market {

// What a token is worth: its face value and the mint's input fee for claiming it, in msat.
struct Payment {
  std::uint64_t face_msats = 0;
  std::uint64_t fee_msats = 0;

  std::uint64_t net_msats() const { return face_msats > fee_msats ? face_msats - fee_msats : 0; }
  bool operator==(const Payment&) const = default;
};

// What a sum buys: whole seconds, and what is left over (kept as the pod's credit).
struct Purchase {
  std::chrono::seconds duration{0};
  std::uint64_t remainder_msats = 0;

  bool operator==(const Purchase&) const = default;
};

// `rate` is msat per second and not 0 (contract::parse_pod_specs refuses 0). A sum beyond uint64 counts as its largest value.
Purchase buy(std::uint64_t net_msats, std::uint64_t credit_msats, std::uint64_t rate);

// The price of `duration`; UINT64_MAX when it does not fit, which no payment reaches.
std::uint64_t price_of(std::chrono::seconds duration, std::uint64_t rate);

}  // namespace paygress::market

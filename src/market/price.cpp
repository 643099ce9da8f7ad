#include "market/price.h"

#include <limits>

namespace paygress::market {

Purchase buy(std::uint64_t net_msats, std::uint64_t credit_msats, std::uint64_t rate) {
  std::uint64_t sum = 0;
  if (__builtin_add_overflow(net_msats, credit_msats, &sum)) sum = std::numeric_limits<std::uint64_t>::max();
  // Seconds are signed: a sum at one msat per second would not fit otherwise.
  const auto longest = static_cast<std::uint64_t>(std::chrono::seconds::max().count());
  const std::uint64_t seconds = sum / rate;
  if (seconds > longest) return {std::chrono::seconds::max(), 0};
  return {std::chrono::seconds(seconds), sum % rate};
}

std::uint64_t price_of(std::chrono::seconds duration, std::uint64_t rate) {
  std::uint64_t price = 0;
  if (duration.count() < 0 || __builtin_mul_overflow(static_cast<std::uint64_t>(duration.count()), rate, &price))
    return std::numeric_limits<std::uint64_t>::max();
  return price;
}

}  // namespace paygress::market

#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "util/result.h"

namespace paygress::cashu {

// So many of a keyset's unit (NUT-00: uint64; keysets go up to 2^63). Sums that do not fit are errors, they never wrap.
class Amount {
 public:
  constexpr Amount() = default;
  constexpr explicit Amount(std::uint64_t value) : value_(value) {}

  constexpr std::uint64_t value() const { return value_; }
  constexpr bool is_zero() const { return value_ == 0; }
  std::string text() const { return std::to_string(value_); }

  friend constexpr auto operator<=>(Amount, Amount) = default;

 private:
  std::uint64_t value_ = 0;
};

// Code `amount_overflow` when the result leaves uint64 in either direction.
util::Result<Amount> add(Amount a, Amount b);
util::Result<Amount> subtract(Amount a, Amount b);
util::Result<Amount> multiply(Amount amount, std::uint64_t factor);

}  // namespace paygress::cashu

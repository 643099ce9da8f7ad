#include "cashu/amount.h"

namespace paygress::cashu {
namespace {

util::Error overflow() { return {util::Errc::invalid, "an amount outside of what 64 bits hold", "amount_overflow"}; }

}  // namespace

util::Result<Amount> add(Amount a, Amount b) {
  std::uint64_t sum = 0;
  if (__builtin_add_overflow(a.value(), b.value(), &sum)) return overflow();
  return Amount(sum);
}

util::Result<Amount> subtract(Amount a, Amount b) {
  if (b > a) return overflow();
  return Amount(a.value() - b.value());
}

util::Result<Amount> multiply(Amount amount, std::uint64_t factor) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(amount.value(), factor, &product)) return overflow();
  return Amount(product);
}

}  // namespace paygress::cashu

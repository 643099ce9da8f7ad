#include "cashu/placement.h"

#include <algorithm>
#include <numeric>

namespace paygress::cashu {

Placement::Placement(const WalletSeed& seed, std::string_view purpose)
    : keyed_(crypto::hmac_sha256(seed.bytes(), util::as_bytes("paygress placement"))) {
  keyed_.update(util::as_bytes(purpose));
}

// Fisher and Yates, as far as there are outputs. The remainder of 64 random bits prefers no place by more than 2^-50.
std::vector<std::uint32_t> Placement::places(std::size_t outputs) const {
  std::vector<std::uint32_t> free(room(outputs));
  std::iota(free.begin(), free.end(), 0U);
  for (std::size_t i = 0; i < outputs; ++i) {
    crypto::HmacSha256 draw = keyed_;
    const crypto::Hash256 random = draw.update(util::as_bytes("#" + std::to_string(i))).finish();
    std::uint64_t bits = 0;
    for (std::size_t byte = 0; byte < sizeof(bits); ++byte) bits = bits << 8 | random[byte];
    std::swap(free[i], free[i + bits % (free.size() - i)]);
  }
  free.resize(outputs);
  return free;
}

util::Result<std::vector<Amount>> Placement::split(Amount amount, const Keyset& keyset) {
  auto amounts = split_amount(amount, keyset);
  if (!amounts) return amounts;
  const auto can_be_halved = [&](Amount whole) { return whole.value() % 2 == 0 && keyset.keys.contains(whole.value() / 2); };
  while (amounts->size() < kFewestOutputs) {
    const auto largest = std::find_if(amounts->rbegin(), amounts->rend(), can_be_halved);
    if (largest == amounts->rend()) break;
    const Amount half(largest->value() / 2);
    *largest = half;
    amounts->push_back(half);
    std::sort(amounts->begin(), amounts->end());
  }
  return amounts;
}

}  // namespace paygress::cashu

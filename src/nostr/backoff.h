// Growing pauses between attempts, with jitter so that a thousand clients do not come back in the same second.
#pragma once

#include <algorithm>
#include <chrono>

#include "crypto/random.h"

namespace paygress::nostr {

class Backoff {
 public:
  using Milliseconds = std::chrono::milliseconds;

  Backoff(Milliseconds first, Milliseconds cap, crypto::RandomSource& random)
      : first_(first), cap_(cap), next_(first), random_(random) {}

  // Each pause lies between a tenth of the current step and the whole of it; the step doubles up to the cap. Never zero:
  // operators ban clients that come back at once.
  Milliseconds next() {
    const Milliseconds step = next_;
    next_ = std::min(cap_, next_ * 2);
    const auto tenth = std::max<std::int64_t>(1, step.count() / 10);
    const auto spread = static_cast<std::uint64_t>(std::max<std::int64_t>(1, step.count() - tenth + 1));
    return Milliseconds(tenth + static_cast<std::int64_t>(crypto::random_below(random_, spread)));
  }

  void reset() { next_ = first_; }

 private:
  Milliseconds first_;
  Milliseconds cap_;
  Milliseconds next_;
  crypto::RandomSource& random_;
};

}  // namespace paygress::nostr

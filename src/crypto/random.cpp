#include "crypto/random.h"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace paygress::crypto {
namespace {

class SystemRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override {
    while (!out.empty()) {
      const ssize_t got = getrandom(out.data(), out.size(), 0);
      if (got < 0) {
        if (errno == EINTR) continue;
        throw std::system_error(errno, std::system_category(), "getrandom");
      }
      out = out.subspan(static_cast<std::size_t>(got));
    }
  }
};

// splitmix64: short, and every seed starts a different sequence.
std::uint64_t next(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

RandomSource& system_random() {
  static SystemRandom random;
  return random;
}

void SeededRandom::fill(std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < out.size();) {
    std::uint64_t word = next(state_);
    for (int k = 0; k < 8 && i < out.size(); ++k, word >>= 8) out[i++] = static_cast<std::uint8_t>(word);
  }
}

std::uint64_t random_below(RandomSource& random, std::uint64_t bound) {
  // Words below 2^64 mod bound are drawn again: what is left divides evenly.
  const std::uint64_t rejected = (0 - bound) % bound;
  for (;;) {
    std::uint64_t word = 0;
    for (const std::uint8_t byte : random_bytes<8>(random)) word = word << 8 | byte;
    if (word >= rejected) return word % bound;
  }
}

}  // namespace paygress::crypto

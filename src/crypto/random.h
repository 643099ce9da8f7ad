// Where every random byte of the program comes from.
//
// Nothing draws randomness on its own: keys, nonces, back-dates and blinding factors take a RandomSource, so that a whole
// world can be replayed in a test from one seed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace paygress::crypto {

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  // Fills `out` completely. Throws std::system_error if the system has no randomness to give: nothing can go on then.
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

// The kernel's generator, getrandom(2).
RandomSource& system_random();

// Reproducible bytes for tests and simulations. Never for real keys.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::uint64_t state_;
};

template <std::size_t N>
std::array<std::uint8_t, N> random_bytes(RandomSource& random) {
  std::array<std::uint8_t, N> bytes;
  random.fill(bytes);
  return bytes;
}

// A number in [0, bound), without modulo bias. `bound` > 0.
std::uint64_t random_below(RandomSource& random, std::uint64_t bound);

}  // namespace paygress::crypto

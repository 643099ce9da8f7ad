#include "crypto/random.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

using namespace paygress::crypto;

TEST_CASE("a seed replays its bytes, another seed gives others") {
  SeededRandom one(7), same(7), other(8);
  const auto bytes = random_bytes<40>(one);
  CHECK(random_bytes<40>(same) == bytes);
  CHECK(random_bytes<40>(other) != bytes);
}

TEST_CASE("the system's bytes do not repeat") { CHECK(random_bytes<32>(system_random()) != random_bytes<32>(system_random())); }

TEST_CASE("a bounded number reaches every value below its bound and none above") {
  SeededRandom random(9);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_below(random, 7));
  CHECK(seen == std::set<std::uint64_t>{0, 1, 2, 3, 4, 5, 6});
  CHECK(random_below(random, 1) == 0);
}

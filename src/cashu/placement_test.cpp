#include "cashu/placement.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "cashu/small_mint_test_support.h"

using namespace paygress;
using cashu::Placement;
using cashu::test::SmallMint;

namespace {

const cashu::WalletSeed kSeed{std::array<std::uint8_t, 64>{7}};

std::vector<std::uint64_t> split(std::uint64_t amount, const cashu::Keyset& keyset) {
  std::vector<std::uint64_t> values;
  for (const auto part : Placement::split(cashu::Amount(amount), keyset).value()) values.push_back(part.value());
  return values;
}

}  // namespace

TEST_CASE("places are different, within their room, and the same again from the same seed and purpose") {
  for (const std::size_t outputs : {0, 1, 2, 4, 20, 31, 32, 256}) {
    CAPTURE(outputs);
    const auto places = Placement(kSeed, "an order").places(outputs);
    CHECK(places.size() == outputs);
    CHECK(std::set<std::uint32_t>(places.begin(), places.end()).size() == outputs);
    CHECK(std::all_of(places.begin(), places.end(), [&](std::uint32_t place) { return place < Placement::room(outputs); }));
    CHECK(places == Placement(kSeed, "an order").places(outputs));
  }
}

TEST_CASE("places tell purposes and seeds apart, and every place is taken by some") {
  std::set<std::vector<std::uint32_t>> seen;
  std::set<std::uint32_t> first;
  constexpr int kOrders = 200;
  for (int order = 0; order < kOrders; ++order) {
    const auto places = Placement(kSeed, "order " + std::to_string(order)).places(4);
    seen.insert(places);
    first.insert(places[0]);
  }
  CHECK(seen.size() == kOrders);
  CHECK(first.size() > 30);  // of 32
  const cashu::WalletSeed other{std::array<std::uint8_t, 64>{8}};
  CHECK(Placement(other, "an order").places(4) != Placement(kSeed, "an order").places(4));
}

TEST_CASE("rooms begin at multiples of 32 and have more places than outputs") {
  CHECK(Placement::begin(0) == 0);
  CHECK(Placement::begin(1) == 32);
  CHECK(Placement::begin(32) == 32);
  CHECK(Placement::begin(33) == 64);
  CHECK(Placement::room(4) == 32);
  CHECK(Placement::room(31) == 32);
  CHECK(Placement::room(32) == 64);
  CHECK(Placement::room(1000) == 1024);
}

TEST_CASE("an amount is split in four at least, if it can be") {
  const SmallMint mint;
  CHECK(split(64, mint.keyset) == std::vector<std::uint64_t>{16, 16, 16, 16});
  CHECK(split(5, mint.keyset) == std::vector<std::uint64_t>{1, 1, 1, 2});
  CHECK(split(3, mint.keyset) == std::vector<std::uint64_t>{1, 1, 1});
  CHECK(split(1, mint.keyset) == std::vector<std::uint64_t>{1});
  CHECK(split(30, mint.keyset) == std::vector<std::uint64_t>{2, 4, 8, 16});
  CHECK(split(255, mint.keyset).size() == 8);
  // Amounts without halves stay whole.
  CHECK(split(15, SmallMint({5, 10}).keyset) == std::vector<std::uint64_t>{5, 5, 5});
  CHECK(split(16, SmallMint({1, 16}).keyset) == std::vector<std::uint64_t>{16});
  CHECK(Placement::split(cashu::Amount(3), SmallMint({2, 4}).keyset).error().code == "amount_not_representable");
}

#include "crypto/point.h"

#include <doctest/doctest.h>

#include "crypto/random.h"

using namespace paygress;
using crypto::Point;
using crypto::Scalar;

namespace {
constexpr const char* kG = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
constexpr const char* k2G = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
constexpr const char* kOne = "0000000000000000000000000000000000000000000000000000000000000001";
constexpr const char* kOrder = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
constexpr const char* kOrderLessOne = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140";
}  // namespace

TEST_CASE("points are read in compressed form only, and only from the curve") {
  CHECK(Point::from_hex(kG).value().hex() == kG);
  CHECK(Point::from_hex("0279BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798").value().hex() == kG);
  for (const char* bad : {"", "02", "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
                          "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
                          "020000000000000000000000000000000000000000000000000000000000000000",
                          "02ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                          "02eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34",  // x without a y
                          "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
                          "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
                          "g279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"})
    CHECK_FALSE(Point::from_hex(bad));
}

TEST_CASE("scalars lie between zero and the order") {
  CHECK(Scalar::from_hex(kOne));
  CHECK(Scalar::from_hex(kOrderLessOne));
  CHECK_FALSE(Scalar::from_hex(kOrder));
  CHECK_FALSE(Scalar::from_hex("0000000000000000000000000000000000000000000000000000000000000000"));

  auto bytes = Scalar::from_hex(kOrderLessOne).value().bytes();
  CHECK(Scalar::reduce(bytes).value().hex() == kOrderLessOne);
  bytes.back() = 0x41;
  CHECK_FALSE(Scalar::reduce(bytes));
  bytes.back() = 0x42;
  CHECK(Scalar::reduce(bytes).value().hex() == kOne);
  bytes.fill(0xff);
  CHECK(Scalar::reduce(bytes).value().hex() == "000000000000000000000000000000014551231950b75fc4402da1732fc9bebe");
}

TEST_CASE("sums and products follow the laws of the group") {
  crypto::SeededRandom random(7);
  const Point G = Point::from_hex(kG).value();
  CHECK(add(G, G).value().hex() == k2G);
  CHECK(generator_mul(Scalar::from_hex(kOne).value()) == G);
  CHECK_FALSE(add(G, negate(G)));
  CHECK_FALSE(subtract(G, G));

  for (int i = 0; i < 20; ++i) {
    const Scalar a = Scalar::generate(random), b = Scalar::generate(random);
    const Point A = generator_mul(a), B = generator_mul(b);
    CHECK(mul(A, b) == mul(B, a));
    CHECK(generator_mul(mul(a, b)) == mul(A, b));
    CHECK(generator_mul(add(a, b).value()) == add(A, B).value());
    CHECK(add_generator_mul(A, b).value() == add(A, B).value());
    CHECK_FALSE(add_generator_mul(A, negate(a)));
    CHECK(generator_mul(negate(a)) == negate(A));
    CHECK(subtract(add(A, B).value(), B).value() == A);
    CHECK_FALSE(add(a, negate(a)));
    CHECK(Point::from_bytes(A.bytes()).value() == A);
    CHECK(A.uncompressed_hex().substr(2, 64) == A.hex().substr(2));
  }
}

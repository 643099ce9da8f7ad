// Arithmetic on secp256k1 as Cashu needs it (NUT-00, NUT-12): points and scalars are values that exist only if valid,
// so the sums and products below have few ways to fail. Nostr's keys and signatures are in keys.h.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "util/bytes.h"
#include "util/result.h"

namespace paygress::crypto {

class RandomSource;

// A number 0 < s < n, n being the order of the group. Taken as secret: wiped when it goes, and no `==`.
class Scalar {
 public:
  static util::Result<Scalar> from_bytes(util::ByteView bytes);
  static util::Result<Scalar> from_hex(std::string_view hex);
  // 32 bytes modulo n, as NUT-13 makes `r`; fails only when that is zero.
  static util::Result<Scalar> reduce(util::ByteView bytes);
  static Scalar generate(RandomSource& random);

  Scalar(const Scalar&) = default;
  Scalar& operator=(const Scalar&) = default;
  ~Scalar();

  const std::array<std::uint8_t, 32>& bytes() const { return bytes_; }
  std::string hex() const;

 private:
  explicit Scalar(const std::array<std::uint8_t, 32>& bytes) : bytes_(bytes) {}
  friend util::Result<Scalar> add(const Scalar&, const Scalar&);
  friend Scalar mul(const Scalar&, const Scalar&);
  friend Scalar negate(const Scalar&);

  std::array<std::uint8_t, 32> bytes_;
};

// A point of the curve, never infinity; its text is the 33 compressed bytes in hex ("02..." or "03...").
class Point {
 public:
  // Compressed form only: 33 bytes, 02 or 03 first.
  static util::Result<Point> from_bytes(util::ByteView bytes);
  // Either case is read; `hex()` always writes lower case.
  static util::Result<Point> from_hex(std::string_view hex);

  std::array<std::uint8_t, 33> bytes() const;
  std::string hex() const;
  // 04, x and y; in hex it is what NUT-12 hashes.
  std::array<std::uint8_t, 65> uncompressed() const;
  std::string uncompressed_hex() const;

  friend bool operator==(const Point& a, const Point& b) { return a.bytes() == b.bytes(); }
  friend auto operator<=>(const Point& a, const Point& b) { return a.bytes() <=> b.bytes(); }

 private:
  friend struct PointAccess;
  Point() = default;
  std::array<unsigned char, 64> opaque_{};  // a secp256k1_pubkey: parsed once, since decompressing takes a square root
};

// Fails when the sum is infinity.
util::Result<Point> add(const Point& a, const Point& b);
util::Result<Point> subtract(const Point& a, const Point& b);
Point negate(const Point& point);
Point mul(const Point& point, const Scalar& scalar);
Point generator_mul(const Scalar& scalar);
// point + scalar * G. Fast, and its time tells about the scalar: for checking what others made, not for secrets of ours.
util::Result<Point> add_generator_mul(const Point& point, const Scalar& scalar);

// Modulo n; `add` fails when the sum is zero.
util::Result<Scalar> add(const Scalar& a, const Scalar& b);
Scalar mul(const Scalar& a, const Scalar& b);
Scalar negate(const Scalar& scalar);

}  // namespace paygress::crypto

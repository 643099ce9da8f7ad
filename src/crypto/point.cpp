#include "crypto/point.h"

#include <algorithm>
#include <cstring>

#include <secp256k1.h>

#include "crypto/context.h"
#include "crypto/random.h"
#include "util/secret.h"

namespace paygress::crypto {
namespace {

// The order of the group, big-endian.
constexpr std::array<std::uint8_t, 32> kOrder = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                                 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                                 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};

util::Error refuse(const char* what) { return {util::Errc::malformed, what, "point_invalid"}; }
util::Error refuse_scalar(const char* what) { return {util::Errc::malformed, what, "scalar_invalid"}; }

// Only what the types above rule out: a failure here is a bug, and nothing can go on.
void require(int ok) {
  if (ok != 1) util::throw_error({util::Errc::internal, "libsecp256k1 refused a valid operand"});
}

template <std::size_t N>
bool from_either_case(std::string_view hex, std::array<std::uint8_t, N>& out) {
  std::string lower(hex);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  const bool ok = util::hex_into(lower, out);
  util::wipe(lower.data(), lower.size());
  return ok;
}

}  // namespace

// Between the header, which does not know libsecp256k1, and the library.
struct PointAccess {
  static Point make(const secp256k1_pubkey& key) {
    Point point;
    static_assert(sizeof(point.opaque_) == sizeof(key.data));
    std::memcpy(point.opaque_.data(), key.data, sizeof key.data);
    return point;
  }
  static secp256k1_pubkey key(const Point& point) {
    secp256k1_pubkey key;
    std::memcpy(key.data, point.opaque_.data(), sizeof key.data);
    return key;
  }
};

Scalar::~Scalar() { util::wipe(bytes_.data(), bytes_.size()); }

util::Result<Scalar> Scalar::from_bytes(util::ByteView bytes) {
  if (bytes.size() != 32) return refuse_scalar("a scalar has 32 bytes");
  if (secp256k1_ec_seckey_verify(secp_context(), bytes.data()) != 1)
    return refuse_scalar("not between 0 and the order of the curve");
  std::array<std::uint8_t, 32> copy;
  std::copy(bytes.begin(), bytes.end(), copy.begin());
  return Scalar(copy);
}

util::Result<Scalar> Scalar::from_hex(std::string_view hex) {
  std::array<std::uint8_t, 32> bytes;
  if (!from_either_case(hex, bytes)) return refuse_scalar("a scalar is 64 hex digits");
  return from_bytes(bytes);
}

util::Result<Scalar> Scalar::reduce(util::ByteView bytes) {
  if (bytes.size() != 32) return refuse_scalar("a scalar has 32 bytes");
  std::array<std::uint8_t, 32> value;
  std::copy(bytes.begin(), bytes.end(), value.begin());
  if (value >= kOrder) {  // 2^256 < 2n: one subtraction is enough
    int borrow = 0;
    for (std::size_t i = 32; i-- > 0;) {
      const int difference = value[i] - kOrder[i] - borrow;
      borrow = difference < 0 ? 1 : 0;
      value[i] = static_cast<std::uint8_t>(difference & 0xff);
    }
  }
  return from_bytes(value);
}

Scalar Scalar::generate(RandomSource& random) {
  for (;;) {
    const auto bytes = random_bytes<32>(random);
    if (auto scalar = from_bytes(bytes)) return *scalar;
  }
}

std::string Scalar::hex() const { return util::hex(bytes_); }

util::Result<Point> Point::from_bytes(util::ByteView bytes) {
  if (bytes.size() != 33 || (bytes[0] != 2 && bytes[0] != 3)) return refuse("a point has 33 bytes, the first of them 02 or 03");
  secp256k1_pubkey key;
  if (secp256k1_ec_pubkey_parse(secp_context(), &key, bytes.data(), bytes.size()) != 1) return refuse("not a point of the curve");
  return PointAccess::make(key);
}

util::Result<Point> Point::from_hex(std::string_view hex) {
  std::array<std::uint8_t, 33> bytes;
  if (!from_either_case(hex, bytes)) return refuse("a point is 66 hex digits");
  return from_bytes(bytes);
}

std::array<std::uint8_t, 33> Point::bytes() const {
  std::array<std::uint8_t, 33> out;
  std::size_t size = out.size();
  const secp256k1_pubkey key = PointAccess::key(*this);
  require(secp256k1_ec_pubkey_serialize(secp_context(), out.data(), &size, &key, SECP256K1_EC_COMPRESSED));
  return out;
}

std::array<std::uint8_t, 65> Point::uncompressed() const {
  std::array<std::uint8_t, 65> out;
  std::size_t size = out.size();
  const secp256k1_pubkey key = PointAccess::key(*this);
  require(secp256k1_ec_pubkey_serialize(secp_context(), out.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED));
  return out;
}

std::string Point::hex() const { return util::hex(bytes()); }
std::string Point::uncompressed_hex() const { return util::hex(uncompressed()); }

util::Result<Point> add(const Point& a, const Point& b) {
  const secp256k1_pubkey left = PointAccess::key(a), right = PointAccess::key(b);
  const secp256k1_pubkey* terms[] = {&left, &right};
  secp256k1_pubkey sum;
  if (secp256k1_ec_pubkey_combine(secp_context(), &sum, terms, 2) != 1) return refuse("the sum is the point at infinity");
  return PointAccess::make(sum);
}

util::Result<Point> subtract(const Point& a, const Point& b) { return add(a, negate(b)); }

Point negate(const Point& point) {
  secp256k1_pubkey key = PointAccess::key(point);
  require(secp256k1_ec_pubkey_negate(secp_context(), &key));
  return PointAccess::make(key);
}

Point mul(const Point& point, const Scalar& scalar) {
  secp256k1_pubkey key = PointAccess::key(point);
  require(secp256k1_ec_pubkey_tweak_mul(secp_context(), &key, scalar.bytes().data()));
  return PointAccess::make(key);
}

Point generator_mul(const Scalar& scalar) {
  secp256k1_pubkey key;
  require(secp256k1_ec_pubkey_create(secp_context(), &key, scalar.bytes().data()));
  return PointAccess::make(key);
}

util::Result<Point> add_generator_mul(const Point& point, const Scalar& scalar) {
  secp256k1_pubkey key = PointAccess::key(point);
  if (secp256k1_ec_pubkey_tweak_add(secp_context(), &key, scalar.bytes().data()) != 1)
    return refuse("the sum is the point at infinity");
  return PointAccess::make(key);
}

util::Result<Scalar> add(const Scalar& a, const Scalar& b) {
  Scalar sum = a;
  if (secp256k1_ec_seckey_tweak_add(secp_context(), sum.bytes_.data(), b.bytes_.data()) != 1)
    return refuse_scalar("the sum is zero");
  return sum;
}

Scalar mul(const Scalar& a, const Scalar& b) {
  Scalar product = a;
  require(secp256k1_ec_seckey_tweak_mul(secp_context(), product.bytes_.data(), b.bytes_.data()));
  return product;
}

Scalar negate(const Scalar& scalar) {
  Scalar negated = scalar;
  require(secp256k1_ec_seckey_negate(secp_context(), negated.bytes_.data()));
  return negated;
}

}  // namespace paygress::crypto

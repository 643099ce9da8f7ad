#include "cashu/secrets.h"

#include "cashu/bip32.h"
#include "cashu/keyset.h"
#include "crypto/hash.h"
#include "util/secret.h"

namespace paygress::cashu {
namespace {

constexpr std::string_view kDomain = "Cashu_KDF_HMAC_SHA256";
// 129372 is the code point of the peanut.
constexpr std::uint32_t kPurpose = 129372;

util::Error unusable() {
  return {util::Errc::internal, "this counter gives no valid secret; take the next one", "counter_unusable"};
}

util::Result<DerivedSecret> derive_v1(const WalletSeed& seed, util::ByteView id, std::uint32_t counter) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : id) number = number << 8 | byte;
  const auto keyset_number = static_cast<std::uint32_t>(number % 0x7fffffff);

  auto key = Bip32Key::master(seed.bytes());
  for (const std::uint32_t step : {kPurpose, std::uint32_t{0}, keyset_number, counter}) {
    if (!key) return unusable();
    key = key->hardened_child(step);
  }
  if (!key) return unusable();
  const auto secret = key->child(0), r = key->child(1);
  if (!secret || !r) return unusable();
  return DerivedSecret{secret->key().hex(), r->key()};
}

util::Result<DerivedSecret> derive_v2(const WalletSeed& seed, util::ByteView id, std::uint32_t counter) {
  std::array<std::uint8_t, 8> big_endian{};
  for (std::size_t i = 0; i < 4; ++i) big_endian[4 + i] = static_cast<std::uint8_t>(counter >> (24 - 8 * i) & 0xff);
  const auto kdf = [&](std::uint8_t type) {
    const std::array<std::uint8_t, 1> last = {type};
    return crypto::HmacSha256(seed.bytes()).update(util::as_bytes(kDomain)).update(id).update(big_endian).update(last).finish();
  };
  const auto r = crypto::Scalar::reduce(kdf(1));
  if (!r) return unusable();
  return DerivedSecret{util::hex(kdf(0)), *r};
}

}  // namespace

WalletSeed::~WalletSeed() { util::wipe(bytes_.data(), bytes_.size()); }

util::Result<DerivedSecret> derive(const WalletSeed& seed, std::string_view keyset_id, std::uint32_t counter) {
  if (counter > kMaxCounter)
    return util::Error{util::Errc::exhausted, "keyset " + std::string(keyset_id) + " has no counters left", "counter_exhausted"};
  const KeysetVersion version = keyset_version(keyset_id);
  auto id = util::from_hex(keyset_id);
  if (id && version == KeysetVersion::v1 && id->size() == 8) return derive_v1(seed, *id, counter);
  if (id && version == KeysetVersion::v2 && id->size() == 33) return derive_v2(seed, *id, counter);
  return util::Error{util::Errc::invalid, "no secrets can be derived for keyset " + std::string(keyset_id), "keyset_not_supported"};
}

}  // namespace paygress::cashu

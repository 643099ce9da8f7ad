#include "cashu/bip32.h"

#include <algorithm>

#include "crypto/hash.h"
#include "util/secret.h"

namespace paygress::cashu {
namespace {

constexpr std::uint32_t kHardened = 0x80000000;

std::array<std::uint8_t, 32> right_half(const crypto::Hash512& hash) {
  std::array<std::uint8_t, 32> half;
  std::copy(hash.begin() + 32, hash.end(), half.begin());
  return half;
}

util::ByteView left_half(const crypto::Hash512& hash) { return util::ByteView(hash).first(32); }

}  // namespace

std::optional<Bip32Key> Bip32Key::master(util::ByteView seed) {
  crypto::Hash512 hash = crypto::hmac_sha512(util::as_bytes("Bitcoin seed"), seed);
  const auto key = crypto::Scalar::from_bytes(left_half(hash));
  const auto chain_code = right_half(hash);
  util::wipe(hash.data(), hash.size());
  if (!key) return std::nullopt;
  return Bip32Key(*key, chain_code);
}

std::optional<Bip32Key> Bip32Key::derive(const std::array<std::uint8_t, 33>& parent, std::uint32_t index) const {
  std::array<std::uint8_t, 37> message;
  std::copy(parent.begin(), parent.end(), message.begin());
  for (std::size_t i = 0; i < 4; ++i) message[33 + i] = static_cast<std::uint8_t>(index >> (24 - 8 * i) & 0xff);
  crypto::Hash512 hash = crypto::hmac_sha512(chain_code_, message);
  util::wipe(message.data(), message.size());
  const auto offset = crypto::Scalar::from_bytes(left_half(hash));
  const auto chain_code = right_half(hash);
  util::wipe(hash.data(), hash.size());
  if (!offset) return std::nullopt;
  const auto key = crypto::add(*offset, key_);
  if (!key) return std::nullopt;
  return Bip32Key(*key, chain_code);
}

std::optional<Bip32Key> Bip32Key::hardened_child(std::uint32_t index) const {
  std::array<std::uint8_t, 33> parent{};
  std::copy(key_.bytes().begin(), key_.bytes().end(), parent.begin() + 1);
  auto child = derive(parent, index | kHardened);
  util::wipe(parent.data(), parent.size());
  return child;
}

std::optional<Bip32Key> Bip32Key::child(std::uint32_t index) const { return derive(crypto::generator_mul(key_).bytes(), index); }

}  // namespace paygress::cashu

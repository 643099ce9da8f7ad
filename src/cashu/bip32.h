// As much of BIP-32 as NUT-13 needs for V1 keysets: private derivation, from a seed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "crypto/point.h"
#include "util/bytes.h"

namespace paygress::cashu {

class Bip32Key {
 public:
  // Nothing, with a chance of 2^-127, where BIP-32 says that a key is not valid; the same for the children.
  static std::optional<Bip32Key> master(util::ByteView seed);
  // `index` without the mark of hardening, below 2^31.
  std::optional<Bip32Key> hardened_child(std::uint32_t index) const;
  std::optional<Bip32Key> child(std::uint32_t index) const;

  const crypto::Scalar& key() const { return key_; }

 private:
  Bip32Key(const crypto::Scalar& key, const std::array<std::uint8_t, 32>& chain_code) : key_(key), chain_code_(chain_code) {}
  std::optional<Bip32Key> derive(const std::array<std::uint8_t, 33>& parent, std::uint32_t index) const;

  crypto::Scalar key_;
  std::array<std::uint8_t, 32> chain_code_;
};

}  // namespace paygress::cashu

// Secrets that can be made again from the seed (NUT-13), so that money survives the loss of a reply or of the database.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/point.h"
#include "util/bytes.h"
#include "util/result.h"

namespace paygress::cashu {

// The 64 bytes of BIP-39 (crypto/mnemonic.h); wiped when it goes. One seed serves one database at a time.
class WalletSeed {
 public:
  explicit WalletSeed(const std::array<std::uint8_t, 64>& bytes) : bytes_(bytes) {}
  WalletSeed(const WalletSeed&) = default;
  WalletSeed& operator=(const WalletSeed&) = default;
  ~WalletSeed();
  const std::array<std::uint8_t, 64>& bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, 64> bytes_;
};

struct DerivedSecret {
  std::string secret;  // 64 hex digits; this text is the secret
  crypto::Scalar r;
};

// The largest counter: BIP-32 has 31 bits for it, and V2 keeps to the same range.
inline constexpr std::uint32_t kMaxCounter = 0x7fffffff;

// By BIP-32 for a V1 keyset, by HMAC for V2. A counter is used once in a seed's life: the caller stores the next one
// before anything leaves the house. Fails for an unsupported id (`keyset_not_supported`), for counters above
// kMaxCounter (`counter_exhausted`), and with a chance of 2^-128 for the counter itself (`counter_unusable`: take the next).
util::Result<DerivedSecret> derive(const WalletSeed& seed, std::string_view keyset_id, std::uint32_t counter);

}  // namespace paygress::cashu

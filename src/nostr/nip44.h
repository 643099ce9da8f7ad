// NIP-44 version 2: encryption with padding and a MAC, under a key that two Nostr keys share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/hash.h"
#include "crypto/keys.h"
#include "util/result.h"
#include "util/secret.h"

namespace paygress::nostr::nip44 {

using Nonce = std::array<std::uint8_t, 32>;

// What two keys share for good; wiped when it goes.
class ConversationKey {
 public:
  ConversationKey(const crypto::SecretKey& own, const crypto::PublicKey& peer);
  explicit ConversationKey(const crypto::Hash256& bytes) : bytes_(bytes) {}
  ConversationKey(const ConversationKey&) = default;
  ConversationKey& operator=(const ConversationKey&) = default;
  ~ConversationKey() { util::wipe(bytes_.data(), bytes_.size()); }

  const crypto::Hash256& bytes() const { return bytes_; }

 private:
  crypto::Hash256 bytes_;
};

// What one message is encrypted with.
struct MessageKeys {
  std::array<std::uint8_t, 32> chacha_key;
  std::array<std::uint8_t, 12> chacha_nonce;
  std::array<std::uint8_t, 32> hmac_key;

  MessageKeys(const ConversationKey& key, const Nonce& nonce);
  MessageKeys(const MessageKeys&) = delete;
  ~MessageKeys() { util::wipe(this, sizeof *this); }
};

// Ours carry at most a relay's event, so this is far above what can arrive, and no stranger makes us allocate more.
inline constexpr std::size_t kMaxPayload = 1 << 20;

// To how many bytes a plaintext is padded, so that its length is told only roughly.
std::uint64_t padded_length(std::uint64_t length);

// Needs 1 .. 2^32-1 bytes of UTF-8; throws std::length_error else: such a message is our own fault. From 65536 bytes on
// the length prefix has the longer form of 2026.
std::string encrypt(std::string_view plaintext, const ConversationKey& key, const Nonce& fresh_nonce);

// Checks size, version, base64, then the MAC in constant time, and only then decrypts. Error codes
// `nip44_unsupported_version`, `nip44_malformed`, `nip44_bad_mac`, `nip44_bad_padding`, `nip44_not_utf8`.
util::Result<std::string> decrypt(std::string_view payload, const ConversationKey& key);

}  // namespace paygress::nostr::nip44

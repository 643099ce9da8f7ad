// The few pieces of the SSH transport that reading a host key takes (RFC 4251, 4253, 8731). No I/O; internal to net.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include "util/bytes.h"

namespace paygress::net::ssh {

inline constexpr std::uint8_t kKexInit = 20;
inline constexpr std::uint8_t kEcdhInit = 30;
inline constexpr std::uint8_t kEcdhReply = 31;

// `string` of RFC 4251: four bytes of length, then the bytes.
void put_string(util::Bytes& out, util::ByteView text);

// Takes apart a message; nothing once it does not hold what it claims.
class Reader {
 public:
  explicit Reader(util::ByteView bytes) : rest_(bytes) {}
  std::optional<util::ByteView> string();
  std::optional<std::uint8_t> byte();

 private:
  util::ByteView rest_;
};

// An unencrypted packet around the payload (RFC 4253 section 6).
util::Bytes packet(util::ByteView payload);

// Our KEXINIT: curve25519 and the host keys we can name, ed25519 first.
util::Bytes kex_init();
// Will both sides agree on curve25519-sha256?
bool offers_curve25519(util::ByteView peer_kex_init);

// The one-time X25519 key of an exchange.
class EphemeralKey {
 public:
  EphemeralKey();
  const std::array<std::uint8_t, 32>& public_bytes() const { return public_; }
  // Nothing if the peer's bytes are not a usable key.
  std::optional<std::array<std::uint8_t, 32>> shared_with(util::ByteView peer) const;

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::array<std::uint8_t, 32> public_{};
};

// What both sides have said, which is what the host's signature covers.
struct Exchange {
  std::string client_banner, server_banner;
  util::Bytes client_kex_init, server_kex_init;
  util::Bytes host_key, server_public, signature;
};

// True if the signature holds, or if the host key is of a kind that is not checked here.
bool is_signed_by_host(const Exchange& exchange, const EphemeralKey& own);

// "SHA256:..." as ssh-keygen -lf prints it.
std::string fingerprint(util::ByteView host_key);

}  // namespace paygress::net::ssh

#include "nostr/nip04.h"

#include <algorithm>

#include "crypto/cipher.h"
#include "util/bytes.h"
#include "util/secret.h"

namespace paygress::nostr::nip04 {
namespace {

constexpr std::string_view kSeparator = "?iv=";
constexpr std::size_t kIvText = 24;             // base64 of 16 bytes
constexpr std::size_t kMaxContent = 128 << 10;  // no relay carries more; asked before anything is allocated

}  // namespace

std::string encrypt(std::string_view plaintext, const crypto::SecretKey& own, const crypto::PublicKey& peer,
                    crypto::RandomSource& random) {
  const auto iv = crypto::random_bytes<16>(random);
  crypto::Hash256 key = crypto::ecdh_x(own, peer);
  const util::Bytes body = crypto::aes_256_cbc_encrypt(key, iv, util::as_bytes(plaintext));
  util::wipe(key.data(), key.size());
  return util::base64(body).append(kSeparator).append(util::base64(iv));
}

util::Result<std::string> decrypt(std::string_view content, const crypto::SecretKey& own, const crypto::PublicKey& peer) {
  const util::Error failed{util::Errc::malformed, "the NIP-04 message cannot be decrypted", "nip04_undecryptable"};
  // The first separator is the only one: a second would stand in the IV, which must be 24 characters of base64.
  const std::size_t at = content.substr(0, kMaxContent).find(kSeparator);
  if (at == std::string_view::npos || content.size() - at - kSeparator.size() != kIvText) return failed;
  const auto iv = util::from_base64(content.substr(at + kSeparator.size()));
  const auto body = util::from_base64(content.substr(0, at));
  if (!iv || iv->size() != 16 || !body) return failed;

  crypto::Hash256 key = crypto::ecdh_x(own, peer);
  auto plain = crypto::aes_256_cbc_decrypt(key, std::span<const std::uint8_t, 16>(iv->data(), 16), *body);
  util::wipe(key.data(), key.size());
  if (!plain) return failed;
  std::string text = util::to_text(*plain);
  util::wipe(plain->data(), plain->size());
  if (!util::is_utf8(text)) return failed;
  return text;
}

}  // namespace paygress::nostr::nip04

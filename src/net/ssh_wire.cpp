#include "net/ssh_wire.h"

#include <algorithm>
#include <new>

#include <openssl/rand.h>
#include <openssl/sha.h>

namespace paygress::net::ssh {

namespace {

constexpr std::string_view kKex = "curve25519-sha256,curve25519-sha256@libssh.org";
constexpr std::string_view kHostKeys =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";
// Never used, for the conversation ends before encryption; but both sides must find a common one.
constexpr std::string_view kCiphers =
    "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com";
constexpr std::string_view kMacs =
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1";

void put_uint32(util::Bytes& out, std::size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put_random(util::Bytes& out, std::size_t count) {
  const std::size_t at = out.size();
  out.resize(at + count);
  if (RAND_bytes(out.data() + at, static_cast<int>(count)) != 1) throw std::bad_alloc();
}

// `mpint`: no leading zeros, but one if the number would look negative.
void put_mpint(util::Bytes& out, util::ByteView number) {
  while (!number.empty() && number.front() == 0) number = number.subspan(1);
  util::Bytes bytes;
  if (!number.empty() && (number.front() & 0x80) != 0) bytes.push_back(0);
  bytes.insert(bytes.end(), number.begin(), number.end());
  put_string(out, bytes);
}

std::array<std::uint8_t, 32> sha256(util::ByteView bytes) {
  std::array<std::uint8_t, 32> digest;
  SHA256(bytes.data(), bytes.size(), digest.data());
  return digest;
}

// RFC 8731 section 3: the exchange hash H.
std::array<std::uint8_t, 32> exchange_hash(const Exchange& exchange, const EphemeralKey& own, util::ByteView shared) {
  util::Bytes all;
  put_string(all, util::as_bytes(exchange.client_banner));
  put_string(all, util::as_bytes(exchange.server_banner));
  put_string(all, exchange.client_kex_init);
  put_string(all, exchange.server_kex_init);
  put_string(all, exchange.host_key);
  put_string(all, own.public_bytes());
  put_string(all, exchange.server_public);
  put_mpint(all, shared);
  return sha256(all);
}

bool verify_ed25519(util::ByteView key, util::ByteView message, util::ByteView signature) {
  if (key.size() != 32 || signature.size() != 64) return false;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pkey(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()), &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return pkey && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

}  // namespace

void put_string(util::Bytes& out, util::ByteView text) {
  put_uint32(out, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

std::optional<util::ByteView> Reader::string() {
  if (rest_.size() < 4) return std::nullopt;
  const std::size_t size = std::size_t{rest_[0]} << 24 | std::size_t{rest_[1]} << 16 | std::size_t{rest_[2]} << 8 | rest_[3];
  if (size > rest_.size() - 4) return std::nullopt;
  const util::ByteView text = rest_.subspan(4, size);
  rest_ = rest_.subspan(4 + size);
  return text;
}

std::optional<std::uint8_t> Reader::byte() {
  if (rest_.empty()) return std::nullopt;
  const std::uint8_t value = rest_.front();
  rest_ = rest_.subspan(1);
  return value;
}

util::Bytes packet(util::ByteView payload) {
  std::size_t padding = 8 - (5 + payload.size()) % 8;
  if (padding < 4) padding += 8;
  util::Bytes out;
  put_uint32(out, 1 + payload.size() + padding);
  out.push_back(static_cast<std::uint8_t>(padding));
  out.insert(out.end(), payload.begin(), payload.end());
  put_random(out, padding);
  return out;
}

util::Bytes kex_init() {
  util::Bytes out{kKexInit};
  put_random(out, 16);
  const std::string_view lists[] = {kKex, kHostKeys, kCiphers, kCiphers, kMacs, kMacs, "none", "none", "", ""};
  for (const std::string_view list : lists) put_string(out, util::as_bytes(list));
  out.insert(out.end(), {0, 0, 0, 0, 0});  // no guessed packet follows; reserved
  return out;
}

bool offers_curve25519(util::ByteView peer_kex_init) {
  if (peer_kex_init.size() < 17) return false;
  const auto kex = Reader(peer_kex_init.subspan(17)).string();
  return kex && util::to_text(*kex).find("curve25519-sha256") != std::string::npos;
}

EphemeralKey::EphemeralKey() : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"), &EVP_PKEY_free) {
  std::size_t size = public_.size();
  if (!key_ || EVP_PKEY_get_raw_public_key(key_.get(), public_.data(), &size) != 1) throw std::bad_alloc();
}

std::optional<std::array<std::uint8_t, 32>> EphemeralKey::shared_with(util::ByteView peer) const {
  if (peer.size() != 32) return std::nullopt;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pkey(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, peer.data(), peer.size()), &EVP_PKEY_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new(key_.get(), nullptr),
                                                                            &EVP_PKEY_CTX_free);
  std::array<std::uint8_t, 32> shared;
  std::size_t size = shared.size();
  if (!pkey || !context || EVP_PKEY_derive_init(context.get()) != 1 || EVP_PKEY_derive_set_peer(context.get(), pkey.get()) != 1 ||
      EVP_PKEY_derive(context.get(), shared.data(), &size) != 1) {
    return std::nullopt;
  }
  return shared;
}

bool is_signed_by_host(const Exchange& exchange, const EphemeralKey& own) {
  Reader key(exchange.host_key);
  const auto kind = key.string();
  if (!kind) return false;
  if (util::to_text(*kind) != "ssh-ed25519") return true;
  const auto point = key.string();
  Reader blob(exchange.signature);
  const auto signature_kind = blob.string();
  const auto signature = blob.string();
  const auto shared = own.shared_with(exchange.server_public);
  if (!point || !signature_kind || !signature || !shared) return false;
  return util::to_text(*signature_kind) == "ssh-ed25519" &&
         verify_ed25519(*point, exchange_hash(exchange, own, *shared), *signature);
}

std::string fingerprint(util::ByteView host_key) {
  std::string text = util::base64(sha256(host_key));
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

}  // namespace paygress::net::ssh

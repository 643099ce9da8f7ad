#include "crypto/cipher.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include "util/secret.h"

namespace paygress::crypto {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }  // wipes the key schedule
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

enum class Direction { decrypt = 0, encrypt = 1 };

const EVP_CIPHER* fetch(const char* name) {
  const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  if (cipher == nullptr) throw std::runtime_error(std::string("OpenSSL has no ") + name);
  return cipher;
}

Context start(const EVP_CIPHER* cipher, CipherKey key, const std::uint8_t* iv, Direction direction) {
  Context context(EVP_CIPHER_CTX_new());
  if (!context || EVP_CipherInit_ex2(context.get(), cipher, key.data(), iv, static_cast<int>(direction), nullptr) != 1)
    throw std::runtime_error("a cipher cannot be set up");
  return context;
}

const EVP_CIPHER* aes_256_cbc() {
  static const EVP_CIPHER* const cipher = fetch("AES-256-CBC");  // a search by name, so once
  return cipher;
}

}  // namespace

void chacha20(CipherKey key, std::span<const std::uint8_t, 12> nonce, std::span<std::uint8_t> text) {
  static const EVP_CIPHER* const cipher = fetch("ChaCha20");
  std::array<std::uint8_t, 16> iv{};  // the block counter, 32 bits little-endian, stands in front of the nonce
  std::copy(nonce.begin(), nonce.end(), iv.begin() + 4);
  const Context context = start(cipher, key, iv.data(), Direction::encrypt);
  int size = 0;
  if (EVP_CipherUpdate(context.get(), text.data(), &size, text.data(), static_cast<int>(text.size())) != 1)
    throw std::runtime_error("ChaCha20 failed");
}

util::Bytes aes_256_cbc_encrypt(CipherKey key, std::span<const std::uint8_t, 16> iv, util::ByteView plaintext) {
  const Context context = start(aes_256_cbc(), key, iv.data(), Direction::encrypt);
  util::Bytes out(plaintext.size() + 16);
  int size = 0, last = 0;
  if (EVP_CipherUpdate(context.get(), out.data(), &size, plaintext.data(), static_cast<int>(plaintext.size())) != 1 ||
      EVP_CipherFinal_ex(context.get(), out.data() + size, &last) != 1)
    throw std::runtime_error("AES-256-CBC failed");
  out.resize(static_cast<std::size_t>(size + last));
  return out;
}

util::Result<util::Bytes> aes_256_cbc_decrypt(CipherKey key, std::span<const std::uint8_t, 16> iv, util::ByteView ciphertext) {
  const Context context = start(aes_256_cbc(), key, iv.data(), Direction::decrypt);
  util::Bytes out(ciphertext.size() + 16);
  int size = 0, last = 0;
  const bool ok = !ciphertext.empty() && ciphertext.size() % 16 == 0 &&
                  EVP_CipherUpdate(context.get(), out.data(), &size, ciphertext.data(), static_cast<int>(ciphertext.size())) == 1 &&
                  EVP_CipherFinal_ex(context.get(), out.data() + size, &last) == 1;
  if (!ok) {
    util::wipe(out.data(), out.size());
    return util::Error{util::Errc::malformed, "cannot be decrypted"};
  }
  out.resize(static_cast<std::size_t>(size + last));
  return out;
}

}  // namespace paygress::crypto

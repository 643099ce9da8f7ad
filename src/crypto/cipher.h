// The two ciphers of Nostr messages: ChaCha20 (NIP-44) and AES-256-CBC (NIP-04). Neither proves who wrote the text.
#pragma once

#include <cstdint>
#include <span>

#include "util/bytes.h"
#include "util/result.h"

namespace paygress::crypto {

using CipherKey = std::span<const std::uint8_t, 32>;

// Encrypts or decrypts `text` where it stands; the block counter starts at 0 (RFC 8439).
void chacha20(CipherKey key, std::span<const std::uint8_t, 12> nonce, std::span<std::uint8_t> text);

// With PKCS#7 padding.
util::Bytes aes_256_cbc_encrypt(CipherKey key, std::span<const std::uint8_t, 16> iv, util::ByteView plaintext);

// Every failure is the same error: which check failed would be an oracle.
util::Result<util::Bytes> aes_256_cbc_decrypt(CipherKey key, std::span<const std::uint8_t, 16> iv, util::ByteView ciphertext);

}  // namespace paygress::crypto

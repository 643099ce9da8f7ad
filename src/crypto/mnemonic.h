// The words of BIP-39 that stand for a wallet's seed, so that the operator can write it down and any Cashu wallet can restore it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "util/result.h"
#include "util/secret.h"

namespace paygress::crypto {

class RandomSource;

// The 64 bytes that BIP-39 makes of the words; wiped when it goes.
class MnemonicSeed {
 public:
  explicit MnemonicSeed(const std::array<std::uint8_t, 64>& bytes) : bytes_(bytes) {}
  MnemonicSeed(const MnemonicSeed&) = default;
  MnemonicSeed& operator=(const MnemonicSeed&) = default;
  ~MnemonicSeed();
  const std::array<std::uint8_t, 64>& bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, 64> bytes_;
};

// 12, 15, 18, 21 or 24 English words whose checksum is right.
class Mnemonic {
 public:
  // Upper case and any white space between the words are forgiven. Errors name the position of a word, never the word.
  static util::Result<Mnemonic> parse(std::string_view words);
  // Twelve words out of 128 random bits.
  static Mnemonic generate(RandomSource& random);

  // Lower case, one space between two words.
  const util::Secret& words() const { return words_; }
  // PBKDF2-HMAC-SHA512 of the words, 2048 rounds, without a passphrase (NUT-13).
  MnemonicSeed seed() const;

 private:
  explicit Mnemonic(util::Secret words) : words_(std::move(words)) {}
  util::Secret words_;
};

}  // namespace paygress::crypto

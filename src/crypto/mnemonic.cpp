#include "crypto/mnemonic.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "crypto/bip39_words.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "util/bytes.h"

namespace paygress::crypto {
namespace {

constexpr std::size_t kBitsPerWord = 11;
constexpr unsigned kRounds = 2048;

std::optional<std::size_t> index_of(std::string_view word) {
  const auto found = std::lower_bound(kBip39Words.begin(), kBip39Words.end(), word);
  if (found == kBip39Words.end() || *found != word) return std::nullopt;
  return static_cast<std::size_t>(found - kBip39Words.begin());
}

// The bits of the entropy, then as many of its hash as make whole words (one for every 32).
std::vector<bool> with_checksum(util::ByteView entropy) {
  const Hash256 hash = sha256(entropy);
  std::vector<bool> bits;
  for (std::size_t i = 0; i < entropy.size() * 8; ++i) bits.push_back(entropy[i / 8] >> (7 - i % 8) & 1);
  for (std::size_t i = 0; i < entropy.size() / 4; ++i) bits.push_back(hash[i / 8] >> (7 - i % 8) & 1);
  return bits;
}

util::Secret words_of(util::ByteView entropy) {
  const std::vector<bool> bits = with_checksum(entropy);
  std::string words;
  words.reserve(bits.size());  // never reallocated, so that no copy stays behind
  for (std::size_t at = 0; at < bits.size(); at += kBitsPerWord) {
    std::size_t index = 0;
    for (std::size_t i = 0; i < kBitsPerWord; ++i) index = index << 1 | static_cast<std::size_t>(bits[at + i]);
    if (at != 0) words += ' ';
    words += kBip39Words[index];
  }
  util::Secret secret(words);
  util::wipe(words.data(), words.size());
  return secret;
}

util::Error refuse(std::string why) {
  return {util::Errc::invalid, "not a BIP-39 mnemonic: " + std::move(why), "mnemonic_invalid"};
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

}  // namespace

MnemonicSeed::~MnemonicSeed() { util::wipe(bytes_.data(), bytes_.size()); }

util::Result<Mnemonic> Mnemonic::parse(std::string_view text) {
  const std::vector<std::string> words = split_words(text);
  if (words.size() < 12 || words.size() > 24 || words.size() % 3 != 0)
    return refuse(std::to_string(words.size()) + " words (expected 12, 15, 18, 21 or 24)");

  std::vector<bool> bits;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto index = index_of(words[i]);
    if (!index) return refuse("word " + std::to_string(i + 1) + " is not on the English list");
    for (std::size_t bit = kBitsPerWord; bit-- > 0;) bits.push_back(*index >> bit & 1);
  }
  util::Bytes entropy(bits.size() * 32 / 33 / 8);
  for (std::size_t i = 0; i < entropy.size() * 8; ++i)
    entropy[i / 8] = static_cast<std::uint8_t>(entropy[i / 8] | static_cast<unsigned>(bits[i]) << (7 - i % 8));
  const bool checksum_holds = with_checksum(entropy) == bits;
  util::Secret normal = words_of(entropy);
  util::wipe(entropy.data(), entropy.size());
  if (!checksum_holds) return refuse("the checksum is wrong (a word is mistyped or out of place)");
  return Mnemonic(std::move(normal));
}

Mnemonic Mnemonic::generate(RandomSource& random) {
  auto entropy = random_bytes<16>(random);
  Mnemonic mnemonic(words_of(entropy));
  util::wipe(entropy.data(), entropy.size());
  return mnemonic;
}

MnemonicSeed Mnemonic::seed() const {
  // BIP-39 normalises to NFKD first; the English words are ASCII already.
  return MnemonicSeed(pbkdf2_hmac_sha512(util::as_bytes(words_.reveal()), util::as_bytes("mnemonic"), kRounds));
}

}  // namespace paygress::crypto

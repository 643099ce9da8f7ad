#include "crypto/cipher.h"

#include <doctest/doctest.h>

#include <array>

#include "crypto/random.h"

using namespace paygress;
using namespace paygress::crypto;

TEST_CASE("ChaCha20 begins with block 0 and undoes itself") {
  // RFC 8439, appendix A.1, test vector 1: the key stream of zero key and zero nonce.
  const std::array<std::uint8_t, 32> key{};
  const std::array<std::uint8_t, 12> nonce{};
  util::Bytes text(64);
  chacha20(key, nonce, text);
  CHECK(util::hex(text) ==
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2"
        "ee6586");
  chacha20(key, nonce, text);
  CHECK(text == util::Bytes(64));
}

TEST_CASE("AES-256-CBC of NIST SP 800-38A, with padding behind it") {
  const auto key = util::array_from_hex<32>("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4").value();
  const auto iv = util::array_from_hex<16>("000102030405060708090a0b0c0d0e0f").value();
  const auto plain = util::from_hex("6bc1bee22e409f96e93d7e117393172a").value();
  const auto sealed = aes_256_cbc_encrypt(key, iv, plain);
  CHECK(util::hex(sealed).substr(0, 32) == "f58c4c04d6e5f1ba779eabfb5f7bfbd6");
  CHECK(sealed.size() == 32);
  CHECK(aes_256_cbc_decrypt(key, iv, sealed).value() == plain);
}

TEST_CASE("whatever is wrong with a CBC text, the error is the same") {
  SeededRandom random(5);
  const auto key = random_bytes<32>(random);
  const auto iv = random_bytes<16>(random);
  util::Bytes sealed = aes_256_cbc_encrypt(key, iv, util::as_bytes("a message of more than one block"));
  const auto bad_size = aes_256_cbc_decrypt(key, iv, util::ByteView(sealed).first(sealed.size() - 1));
  const auto nothing = aes_256_cbc_decrypt(key, iv, {});
  util::Bytes other(sealed.begin(), sealed.end() - 16);  // ends in the middle of the text: no padding there
  const auto bad_padding = aes_256_cbc_decrypt(key, iv, other);
  REQUIRE_FALSE(bad_size);
  REQUIRE_FALSE(nothing);
  REQUIRE_FALSE(bad_padding);
  CHECK(bad_size.error().message == bad_padding.error().message);
  CHECK(nothing.error().message == bad_padding.error().message);
}

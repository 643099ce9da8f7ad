#include "crypto/hash.h"

#include <doctest/doctest.h>

#include <string>

#include "crypto/equal.h"

using namespace paygress;
using namespace paygress::crypto;
using util::as_bytes;
using util::Bytes;
using util::hex;

TEST_CASE("SHA-256 of FIPS 180-4, in one piece and in many") {
  CHECK(hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256(as_bytes("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string million(1000000, 'a');
  CHECK(hex(sha256(as_bytes(million))) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  Sha256 pieces;
  for (std::size_t at = 0, size = 1; at < million.size(); at += size, size = size % 131 + 1)
    pieces.update(as_bytes(std::string_view(million).substr(at, size)));
  CHECK(pieces.finish() == sha256(as_bytes(million)));
}

TEST_CASE("a copied hash goes its own way") {
  Sha256 one;
  one.update(as_bytes("ab"));
  Sha256 two = one;
  CHECK(one.update(as_bytes("c")).finish() == sha256(as_bytes("abc")));
  CHECK(two.update(as_bytes("d")).finish() == sha256(as_bytes("abd")));
}

TEST_CASE("HMAC of RFC 4231") {
  struct Row {
    Bytes key;
    Bytes data;
    const char *mac256, *mac512;
  };
  const Row rows[] = {
      {Bytes(20, 0x0b), Bytes{'H', 'i', ' ', 'T', 'h', 'e', 'r', 'e'},
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
       "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a1"
       "26854"},
      {Bytes(20, 0xaa), Bytes(50, 0xdd), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
       "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13"
       "292fb"},
  };
  for (const Row& row : rows) {
    CHECK(hex(hmac_sha256(row.key, row.data)) == row.mac256);
    CHECK(hex(hmac_sha512(row.key, row.data)) == row.mac512);
  }
  const std::string text = "Test Using Larger Than Block-Size Key - Hash Key First";
  CHECK(hex(hmac_sha256(Bytes(131, 0xaa), as_bytes(text))) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("HKDF of RFC 5869, test case 1") {
  const Bytes salt{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, info{0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9};
  const Hash256 key = hkdf_extract(salt, Bytes(22, 0x0b));
  CHECK(hex(key) == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  Bytes out(42);
  hkdf_expand(key, info, out);
  CHECK(hex(out) == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  Bytes too_much(255 * 32 + 1);
  CHECK_THROWS(hkdf_expand(key, info, too_much));
}

TEST_CASE("PBKDF2 as BIP-39 uses it") {
  const std::string words = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
  CHECK(hex(pbkdf2_hmac_sha512(as_bytes(words), as_bytes("mnemonicTREZOR"), 2048)) ==
        "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7"
        "463b04");
}

TEST_CASE("equality of secrets needs equal length and equal bytes") {
  CHECK(equal_constant_time(as_bytes("secret"), as_bytes("secret")));
  CHECK(equal_constant_time({}, {}));
  CHECK_FALSE(equal_constant_time(as_bytes("secret"), as_bytes("secreT")));
  CHECK_FALSE(equal_constant_time(as_bytes("secret"), as_bytes("secrets")));
}

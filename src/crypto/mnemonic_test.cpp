#include "crypto/mnemonic.h"

#include <string>

#include <doctest/doctest.h>

#include "crypto/bip39_words.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "util/bytes.h"

using namespace paygress;

TEST_CASE("the word list is the one of BIP-39") {
  std::string file;
  for (const auto word : crypto::kBip39Words) file.append(word) += '\n';
  CHECK(util::hex(crypto::sha256(util::as_bytes(file))) == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
}

TEST_CASE("words become the seed that other wallets make of them") {
  // NUT-13's words, and a BIP-39 vector of 24 words with its seed for an empty passphrase.
  auto nut13 = crypto::Mnemonic::parse("half depart obvious quality work element tank gorilla view sugar picture humble");
  REQUIRE(nut13);
  CHECK(util::hex(nut13->seed().bytes()) ==
        "dd44ee516b0647e80b488e8dcc56d736a148f15276bef588b37057476d4b2b25780d3688a32b37353d6995997842c0fd8b412475c891c16310471fbc86"
        "dcbda8");
  CHECK(crypto::Mnemonic::parse(
      "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid "
      "letter advice cage absurd amount doctor acoustic bless"));
}

TEST_CASE("what an operator types is forgiven, what he mistypes is not") {
  auto typed = crypto::Mnemonic::parse("  Half DEPART obvious\nquality work\telement tank gorilla  view sugar picture humble\r\n");
  REQUIRE(typed);
  CHECK(typed->words().reveal() == "half depart obvious quality work element tank gorilla view sugar picture humble");

  CHECK_FALSE(crypto::Mnemonic::parse(""));
  CHECK_FALSE(crypto::Mnemonic::parse("half depart obvious quality work element tank gorilla view sugar picture"));
  const auto swapped = crypto::Mnemonic::parse("depart half obvious quality work element tank gorilla view sugar picture humble");
  REQUIRE_FALSE(swapped);
  CHECK(swapped.error().code == "mnemonic_invalid");
  const auto mistyped = crypto::Mnemonic::parse("half depart obvious qualify work element tank gorilla view sugar picture humble");
  REQUIRE_FALSE(mistyped);
  CHECK(mistyped.error().message.find("word 4") != std::string::npos);
  CHECK(mistyped.error().message.find("qualify") == std::string::npos);
}

TEST_CASE("new words are twelve, valid, and different each time") {
  crypto::SeededRandom random(1);
  const auto first = crypto::Mnemonic::generate(random), second = crypto::Mnemonic::generate(random);
  CHECK(first.words().reveal() != second.words().reveal());
  const auto read = crypto::Mnemonic::parse(first.words().reveal());
  REQUIRE(read);
  CHECK(read->words().reveal() == first.words().reveal());
  CHECK(read->seed().bytes() == first.seed().bytes());
}

#include "provider/wallet.h"

#include <doctest/doctest.h>

#include "provider/tokens_given.h"
#include "store/schema.h"

using namespace paygress;
using namespace paygress::provider;

// Else the treasury, which looks after such tokens, would ask for a mint that nobody knows when the operator has taken it off his list.
TEST_CASE("a mint is remembered as long as a token of it that we gave was not redeemed") {
  store::Database database(":memory:");
  store::migrate(database);
  Wallet wallet(database, cashu::WalletSeed(std::array<std::uint8_t, 64>{1}), {{"sat", 1000}});
  CHECK(wallet.mints_with_money().empty());
  TokensGiven tokens(database);
  tokens.add({"order", TokenKind::refund, "https://mint.example", "sat", cashu::Amount(1), util::Secret("cashuB")}, util::Time());
  CHECK(wallet.mints_with_money() == std::vector<std::string>{"https://mint.example"});
  tokens.redeemed("order");
  CHECK(wallet.mints_with_money().empty());
}

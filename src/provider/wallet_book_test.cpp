#include "provider/wallet_book.h"

#include <doctest/doctest.h>

#include "cashu/dhke.h"
#include "crypto/random.h"
#include "store/schema.h"

using namespace paygress;
using namespace paygress::provider;

namespace {

const std::string kMint = "https://mint.example";
constexpr std::uint64_t kPpk = 500;

struct Purse {
  store::Database database{":memory:"};
  WalletBook book{database, "seed"};
  std::vector<cashu::Keyset> keysets = {{"00aaaaaaaaaaaaaa", "sat", true, kPpk, {}, {}}};
  int made = 0;

  Purse() { store::migrate(database); }

  cashu::Proof proof(std::uint64_t amount) {
    const std::string secret = "secret " + std::to_string(made++);
    return {cashu::Amount(amount), keysets[0].id, secret, cashu::hash_to_curve(secret), {}, {}, {}};
  }

  void hold(const std::vector<std::uint64_t>& amounts) {
    for (const std::uint64_t amount : amounts) book.insert("origin", kMint, "sat", {proof(amount)});
  }

  // The amounts that are chosen for `wanted`, or the code of the refusal.
  std::string select(std::uint64_t wanted) {
    const auto chosen = book.select(kMint, "sat", cashu::Amount(wanted), keysets);
    if (!chosen) return chosen.error().code;
    std::string text;
    for (const cashu::Proof& proof : *chosen) text += proof.amount.text() + " ";
    return text;
  }
};

}  // namespace

TEST_CASE("what is chosen pays for itself, the fee of the last proof included") {
  Purse purse;
  purse.hold({1, 2, 4, 8, 16});
  CHECK(purse.select(15) == "16 ");      // 15 and a fee of 1
  CHECK(purse.select(16) == "16 8 ");    // 16 is not enough: the fee
  CHECK(purse.select(23) == "16 8 ");    // 24 less 1
  CHECK(purse.select(24) == "16 8 4 ");  // 28 less 2
  CHECK(purse.select(28) == "16 8 4 2 ");
  CHECK(purse.select(29) == "balance_too_low");
  CHECK(purse.select(UINT64_MAX) == "balance_too_low");
}

TEST_CASE("one payment takes so many proofs and no more, and knows what it can have of them") {
  Purse purse;
  purse.hold(std::vector<std::uint64_t>(WalletBook::kMostSelected + 20, 2));
  const std::uint64_t most = purse.book.most_at_once(kMint, "sat", purse.keysets).value();
  CHECK(most == 2 * WalletBook::kMostSelected - WalletBook::kMostSelected * kPpk / 1000);
  CHECK(purse.book.select(kMint, "sat", cashu::Amount(most), purse.keysets)->size() == WalletBook::kMostSelected);
  CHECK(purse.select(most + 1) == "too_many_proofs");
  CHECK(purse.book.count_held(kMint, purse.keysets[0].id) == WalletBook::kMostSelected + 20);
}

TEST_CASE("a proof is used once: held, reserved, then spent, given, or held again") {
  Purse purse;
  purse.hold({8, 4});
  const auto eight = purse.book.select(kMint, "sat", cashu::Amount(5), purse.keysets).value();
  purse.book.reserve("payout 1", eight);
  CHECK(purse.book.held(kMint, "sat") == 4);
  CHECK_THROWS(purse.book.reserve("payout 2", eight));
  purse.book.release("payout 2");
  CHECK(purse.book.held(kMint, "sat") == 4);
  purse.book.release("payout 1");
  CHECK(purse.book.held(kMint, "sat") == 12);
  purse.book.reserve("payout 1", eight);
  purse.book.spend("payout 1");
  purse.book.release("payout 1");
  CHECK(purse.book.held(kMint, "sat") == 4);
}

TEST_CASE("a customer's money is set apart until his order is done") {
  Purse purse;
  const auto paid = purse.proof(32);
  CHECK(purse.book.insert("order", kMint, "sat", {paid}, "order").value() == 32);
  CHECK(purse.book.insert("order", kMint, "sat", {paid}, "order").value() == 0);  // the same once more
  CHECK(purse.book.held(kMint, "sat") == 0);
  CHECK(purse.select(1) == "balance_too_low");
  CHECK(purse.book.give("order").size() == 1);
  CHECK(purse.book.give("order").empty());
  purse.book.release("order");
  CHECK(purse.book.held(kMint, "sat") == 0);
}

TEST_CASE("a counter never goes back, and belongs to its seed and keyset") {
  Purse purse;
  CHECK(purse.book.next_counter("k") == 0);
  purse.book.set_next_counter("k", 7);
  purse.book.set_next_counter("k", 3);
  CHECK(purse.book.next_counter("k") == 7);
  CHECK(purse.book.next_counter("other") == 0);
  CHECK(WalletBook(purse.database, "another seed").next_counter("k") == 0);
}

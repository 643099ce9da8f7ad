// Lightning payments of the sandbox's mint, at the ledger itself.
#include <doctest/doctest.h>

#include "cashu/bolt11.h"
#include "crypto/random.h"
#include "sandbox/invoice.h"
#include "sandbox/mint_ledger.h"
#include "sandbox/temporary_folder_test_support.h"

namespace paygress::sandbox {
namespace {

using util::Json;

constexpr util::Time kNow = util::Time(std::chrono::seconds(1'760'000'000));

// 16 sat of inputs at 1 sat of input fee, an invoice of 10, a reserve of 1.
struct Melt {
  crypto::SeededRandom random{5};
  MintLedger ledger;
  std::string invoice = fake_invoice({10'000, "melt", kNow});
  std::string quote;
  Json request;

  explicit Melt(std::filesystem::path journal = {}) : ledger({{"sat"}, false, 100, std::move(journal)}, random) {
    quote = ledger.melt_quote({{"request", invoice}, {"unit", "sat"}}, kNow).at("quote");
    Json inputs = Json::array(), blanks = Json::array();
    for (const cashu::Proof& proof : ledger.issue("sat", {8, 8}, {"a", "b"})) inputs.push_back(cashu::to_json(proof));
    for (int i = 0; i < 3; ++i) {
      const Json blank = {{"amount", 1u},
                          {"id", ledger.active("sat").keyset.id},
                          {"B_", crypto::generator_mul(crypto::Scalar::generate(random)).hex()}};
      blanks.push_back(blank);
    }
    request = {{"quote", quote}, {"inputs", inputs}, {"outputs", blanks}};
  }

  std::string state() { return ledger.melt_quote_state(quote).at("state"); }
  ProofState inputs() { return ledger.state(cashu::proof_y(cashu::parse_proof(request.at("inputs")[0]).value()).hex()); }
  int refusal() {
    try {
      ledger.melt(request, kNow);
      return 0;
    } catch (const MintRefusal& refused) {
      return refused.code;
    }
  }
  std::uint64_t change() {
    std::uint64_t sum = 0;
    const Json paid = ledger.melt_quote_state(quote);
    for (const Json& signature : paid.at("change")) sum += signature.at("amount").get<std::uint64_t>();
    return sum;
  }
  void check_balance() {
    const Books books = ledger.books();
    CHECK(books.created_msat - books.melted_msat - books.fees_msat == books.outstanding_msat());
  }
};

}  // namespace

TEST_CASE("a melt pays the invoice once, gives change and keeps the books") {
  Melt melt;
  CHECK(melt.state() == "UNPAID");
  CHECK(melt.refusal() == 0);
  CHECK(melt.state() == "PAID");
  CHECK(melt.change() == 5);  // 16 less 10 and 1 of input fee
  CHECK(melt.ledger.books().melted_msat == 10'000);
  CHECK(melt.inputs() == ProofState::spent);
  melt.check_balance();
  CHECK(melt.refusal() == 20006);
  CHECK(melt.ledger.lightning().payments(melt.invoice) == 1);
}

TEST_CASE("what the way cost is not in the change") {
  Melt melt;
  melt.ledger.lightning().routing_fee = 1;
  CHECK(melt.refusal() == 0);
  CHECK(melt.change() == 4);
  CHECK(melt.ledger.books().melted_msat == 11'000);
  melt.check_balance();
}

TEST_CASE("a failed payment leaves inputs and quote free") {
  Melt melt;
  melt.ledger.lightning().order(PaymentOutcome::fails);
  CHECK(melt.refusal() == 20004);
  CHECK(melt.state() == "UNPAID");
  CHECK(melt.inputs() == ProofState::unspent);
  CHECK(melt.ledger.lightning().payments(melt.invoice) == 0);
  CHECK(melt.refusal() == 0);
}

TEST_CASE("a payment that hangs keeps inputs and quote until it is known how it ended") {
  for (const bool settled : {true, false}) {
    for (const PaymentOutcome outcome : {PaymentOutcome::hangs, PaymentOutcome::unknown}) {
      Melt melt;
      melt.ledger.lightning().order(outcome);
      CHECK(melt.refusal() == (outcome == PaymentOutcome::hangs ? 0 : 20004));
      CHECK(melt.state() == "PENDING");
      CHECK(melt.inputs() == ProofState::pending);
      CHECK(melt.refusal() == 20005);
      melt.ledger.end_payments(settled, kNow);
      CHECK(melt.state() == (settled ? "PAID" : "UNPAID"));
      CHECK(melt.inputs() == (settled ? ProofState::spent : ProofState::unspent));
      CHECK(melt.ledger.lightning().payments(melt.invoice) == (settled ? 1 : 0));
      if (settled) CHECK(melt.change() == 5);
      melt.check_balance();
    }
  }
}

TEST_CASE("a payment that hangs is remembered by the journal") {
  const test::TemporaryFolder folder;
  std::string quote;
  {
    Melt melt(folder.path / "mint.journal");
    quote = melt.quote;
    melt.ledger.lightning().order(PaymentOutcome::hangs);
    CHECK(melt.refusal() == 0);
  }
  crypto::SeededRandom random(6);
  MintLedger again({{"sat"}, false, 100, folder.path / "mint.journal"}, random);
  CHECK(again.melt_quote_state(quote).at("state") == "PENDING");
  again.end_payments(true, kNow);
  CHECK(again.melt_quote_state(quote).at("state") == "PAID");
}

TEST_CASE("the sandbox's invoices are invoices") {
  for (const std::uint64_t msat : {0ull, 1ull, 99ull, 100ull, 360'000ull, 2'100'000'000'000'000'000ull}) {
    CAPTURE(msat);
    const auto invoice = cashu::parse_invoice(fake_invoice({msat, "tag", kNow, std::chrono::seconds(90), "for a pod"}));
    REQUIRE(invoice);
    CHECK(invoice->amount_msat.value_or(0) == msat);
    CHECK(invoice->amount_msat.has_value() == (msat != 0));
    CHECK(invoice->made_at == kNow);
    CHECK(invoice->expires_at == kNow + std::chrono::seconds(90));
    CHECK(invoice->description == "for a pod");
    const auto preimage = util::array_from_hex<32>(fake_preimage("tag")).value();
    CHECK(invoice->payment_hash == crypto::sha256(preimage));
  }
  CHECK(cashu::parse_invoice(fake_invoice({1, "a", kNow}))->payment_hash !=
        cashu::parse_invoice(fake_invoice({1, "b", kNow}))->payment_hash);
  crypto::SeededRandom random(7);
  MintLedger ledger({{"sat"}, false, 0, {}}, random);
  for (const auto& [invoice, code] :
       std::vector<std::pair<std::string, int>>{{fake_invoice({0, "t", kNow}), 11011}, {"lnbc100n1sandbox", 0}}) {
    try {
      ledger.melt_quote({{"request", invoice}, {"unit", "sat"}}, kNow);
      FAIL("quoted");
    } catch (const MintRefusal& refused) {
      CHECK(refused.code == code);
    }
  }
}

TEST_CASE("payments are ordered in words, too") {
  FakeLightning lightning;
  REQUIRE(lightning.order_text("hangs"));
  REQUIRE(lightning.order_text("fails:2"));
  REQUIRE(lightning.order_text("unknown:*"));
  for (const auto outcome :
       {PaymentOutcome::hangs, PaymentOutcome::fails, PaymentOutcome::fails, PaymentOutcome::unknown, PaymentOutcome::unknown})
    CHECK(lightning.next() == outcome);
  REQUIRE(lightning.order_text("none"));
  CHECK(lightning.next() == PaymentOutcome::settles);
  for (const char* wrong : {"", "hangs:", "hangs:x", "sometimes", "fails:1:2"}) CHECK_FALSE(lightning.order_text(wrong));
}

}  // namespace paygress::sandbox

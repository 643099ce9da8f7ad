#include "sandbox/fake_mint.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <unistd.h>

#include "cashu/customer_wallet.h"
#include "cashu/mint_client.h"
#include "cashu/mint_fault.h"
#include "cashu/swap.h"
#include "sandbox/world_test_support.h"

namespace paygress::sandbox {
namespace {

using test::Loopback;
using util::Json;

// A receiving wallet in a few lines.
struct Wallet {
  explicit Wallet(Loopback& loopback) : loop(loopback), client(*loop.http, cashu::MintUrl::parse(loop.world.mint.url()).value()) {}

  std::vector<cashu::Keyset> all_keysets() {
    std::vector<cashu::Keyset> full;
    for (const cashu::Keyset& entry : loop.run(client.keysets()).value()) full.push_back(loop.run(client.keys(entry)).value());
    return full;
  }
  cashu::SwapPlan plan(const std::string& token_text, const crypto::SecretKey* own_key = nullptr) {
    const cashu::Token token = cashu::decode_token(token_text).value();
    keysets = all_keysets();
    const auto inputs = cashu::resolve_proofs(token.proofs, token.unit, keysets).value();
    active = *std::find_if(keysets.begin(), keysets.end(),
                           [&](const cashu::Keyset& keyset) { return keyset.active && keyset.unit == inputs.unit; });
    net_amount = inputs.net.value();
    const cashu::SwapPlan made = cashu::plan_swap(inputs.proofs, inputs.net, active, seed, counter, own_key).value();
    counter = made.next_counter;
    return made;
  }
  int refusal(const cashu::SwapPlan& plan) {
    const auto reply = loop.run(client.swap(plan.body));
    if (reply) return 0;
    const auto fault = cashu::fault_of(reply.error());
    return fault ? fault->code.value_or(-1) : -2;
  }

  Loopback& loop;
  cashu::MintClient client;
  cashu::WalletSeed seed{{1, 2, 3}};
  std::uint32_t counter = 0;
  std::vector<cashu::Keyset> keysets;
  cashu::Keyset active;
  std::uint64_t net_amount = 0;
};

void check_balance(const Books& books) {
  CHECK(books.created_msat - books.melted_msat - books.fees_msat == books.outstanding_msat());
}

}  // namespace

TEST_CASE("a free token is swapped once: the second attempt hears 11001, and the books balance") {
  for (const bool v1 : {false, true}) {
    CAPTURE(v1);
    WorldOptions options;
    options.mint.v1_keyset_ids = v1;
    Loopback loop(options);
    Wallet wallet(loop);
    const std::string token = loop.world.mint.make_token(361);
    CHECK(!loop.world.mint.is_spent(token));
    for (const cashu::Proof& proof : cashu::decode_token(token).value().proofs) CHECK(proof.dleq.has_value());

    const cashu::SwapPlan plan = wallet.plan(token);
    CHECK(wallet.net_amount == 360);
    const auto reply = loop.run(wallet.client.swap(plan.body));
    REQUIRE(reply);
    const auto proofs = cashu::finish_swap(plan.outputs, wallet.active, *reply, cashu::DleqPolicy::required);
    REQUIRE(proofs);
    CHECK(cashu::total(*proofs).value().value() == 360);
    CHECK(loop.world.mint.is_spent(token));

    CHECK(wallet.refusal(plan) == 11001);
    check_balance(loop.world.mint.books());
    CHECK(loop.world.mint.books().outstanding_msat() == 360'000);
    CHECK(loop.world.mint.books().fees_msat == 1'000);
    CHECK(loop.world.mint.faults().requests("swap") == 2);
  }
}

TEST_CASE("a customer mints by NUT-04: the invoice pays itself, and a quote is issued once") {
  Loopback loop;
  Wallet wallet(loop);
  const auto token = loop.run(cashu::mint_token(wallet.client, cashu::Amount(100), loop.random));
  REQUIRE(token);
  CHECK(cashu::total(token->proofs).value().value() == 100);
  CHECK(wallet.refusal(wallet.plan(cashu::encode_token(*token))) == 0);
}

TEST_CASE("a lost reply has moved the money: the inputs are spent and restore gives the signatures") {
  Loopback loop;
  Wallet wallet(loop);
  const std::string token = loop.world.mint.make_token(64);
  const cashu::SwapPlan plan = wallet.plan(token);
  loop.world.mint.faults().order("swap", {FaultKind::lose_reply});
  CHECK(wallet.refusal(plan) == -2);
  CHECK(loop.world.mint.is_spent(token));
  const auto reply = loop.run(wallet.client.restore(plan.outputs));
  REQUIRE(reply);
  const auto restored = cashu::finish_restore(plan.outputs, wallet.active, *reply);
  REQUIRE(restored);
  CHECK(restored->coverage == cashu::Coverage::all);
  CHECK(wallet.refusal(plan) == 11001);
}

TEST_CASE("a swap that is refused after it was done has moved the money; a proof may be called pending that is not") {
  Loopback loop;
  Wallet wallet(loop);
  const std::string token = loop.world.mint.make_token(64);
  const auto plan = wallet.plan(token);
  loop.world.mint.faults().order("swap", {FaultKind::late_error, 11003});
  CHECK(wallet.refusal(plan) == 11003);
  CHECK(loop.world.mint.is_spent(token));
  const std::vector<crypto::Point> ys = {cashu::proof_y(cashu::decode_token(token).value().proofs[0])};
  loop.world.mint.faults().order("checkstate", {FaultKind::pending, 0});
  CHECK(loop.run(wallet.client.check_state(ys)).value()[0] == cashu::ProofState::pending);
  CHECK(loop.run(wallet.client.check_state(ys)).value()[0] == cashu::ProofState::spent);
}

TEST_CASE("a lost request has moved nothing: the same bytes succeed later") {
  Loopback loop;
  Wallet wallet(loop);
  const std::string token = loop.world.mint.make_token(64);
  const cashu::SwapPlan plan = wallet.plan(token);
  loop.world.mint.faults().order("swap", {FaultKind::lose_request});
  CHECK(wallet.refusal(plan) == -2);
  CHECK(!loop.world.mint.is_spent(token));
  CHECK(wallet.refusal(plan) == 0);
}

TEST_CASE("with NUT-19 the same bytes get the same reply again") {
  WorldOptions options;
  options.mint.reply_cache_ttl = std::chrono::seconds(60);
  Loopback loop(options);
  Wallet wallet(loop);
  const cashu::SwapPlan plan = wallet.plan(loop.world.mint.make_token(64));
  loop.world.mint.faults().order("swap", {FaultKind::lose_reply});
  CHECK(wallet.refusal(plan) == -2);
  CHECK(wallet.refusal(plan) == 0);
  check_balance(loop.world.mint.books());
}

TEST_CASE("after a rotation old outputs get 12002, old proofs are still good, and the fee may be another") {
  Loopback loop;
  Wallet wallet(loop);
  const std::string token = loop.world.mint.make_token(64);
  const cashu::SwapPlan old_plan = wallet.plan(token);
  const std::string before = wallet.active.id;
  const std::string now = loop.world.mint.rotate("sat", 0);
  CHECK(now != before);
  CHECK(wallet.refusal(old_plan) == 12002);
  CHECK(wallet.refusal(wallet.plan(token)) == 0);
  CHECK(wallet.active.id == now);
}

TEST_CASE("a pending proof answers 11002 and PENDING until it is released") {
  Loopback loop;
  Wallet wallet(loop);
  const std::string token = loop.world.mint.make_token(8);
  const std::string y = cashu::proof_y(cashu::decode_token(token).value().proofs[0]).hex();
  const cashu::SwapPlan plan = wallet.plan(token);
  loop.world.mint.set_pending(y);
  CHECK(wallet.refusal(plan) == 11002);
  CHECK(loop.world.mint.state(y) == ProofState::pending);
  loop.world.mint.set_pending(y, false);
  CHECK(wallet.refusal(plan) == 0);
  CHECK(loop.world.mint.state(y) == ProofState::spent);
}

TEST_CASE("a lying reply is caught by the wallet, and the money can be restored") {
  for (const FaultKind lie : {FaultKind::wrong_amount, FaultKind::wrong_id, FaultKind::wrong_dleq, FaultKind::wrong_count}) {
    CAPTURE(static_cast<int>(lie));
    Loopback loop;
    Wallet wallet(loop);
    const cashu::SwapPlan plan = wallet.plan(loop.world.mint.make_token(63));
    loop.world.mint.faults().order("swap", {lie});
    const auto reply = loop.run(wallet.client.swap(plan.body));
    REQUIRE(reply);
    CHECK(!cashu::finish_swap(plan.outputs, wallet.active, *reply, cashu::DleqPolicy::required));
    const auto again = loop.run(wallet.client.restore(plan.outputs));
    REQUIRE(again);
    CHECK(cashu::finish_restore(plan.outputs, wallet.active, *again)->coverage == cashu::Coverage::all);
  }
}

TEST_CASE("refusals carry the codes of the specification") {
  Loopback loop;
  Wallet wallet(loop);
  const std::string token = loop.world.mint.make_token(16);
  const cashu::SwapPlan plan = wallet.plan(token);
  const auto altered = [&](auto change) {
    Json body = Json::parse(plan.body);
    change(body);
    return cashu::SwapPlan{plan.outputs, {}, body.dump(), plan.next_counter};
  };
  CHECK(wallet.refusal(altered([](Json& body) { body["inputs"][0]["amount"] = 32; })) == 10001);
  CHECK(wallet.refusal(altered([](Json& body) { body["inputs"].push_back(body["inputs"][0]); })) == 11007);
  CHECK(wallet.refusal(altered([](Json& body) { body["outputs"].push_back(body["outputs"][0]); })) == 11008);
  CHECK(wallet.refusal(altered([](Json& body) { body["outputs"].erase(0); })) == 11005);
  CHECK(wallet.refusal(altered([](Json& body) { body["outputs"][0]["amount"] = 3; })) == 11006);
  CHECK(wallet.refusal(altered([](Json& body) { body["outputs"][0]["id"] = "00ffffffffffffff"; })) == 12001);
  CHECK(!loop.world.mint.is_spent(token));
  CHECK(wallet.refusal(plan) == 0);

  // New inputs, outputs that were signed before: a counter used twice.
  wallet.counter = 0;
  CHECK(wallet.refusal(wallet.plan(loop.world.mint.make_token(16))) == 11003);
}

TEST_CASE("a status ordered by a test reaches the client, 429 with its Retry-After") {
  Loopback loop;
  Wallet wallet(loop);
  const cashu::SwapPlan plan = wallet.plan(loop.world.mint.make_token(16));
  loop.world.mint.faults().order("swap", {FaultKind::status, 429});
  loop.world.mint.faults().order("swap", {FaultKind::error, 12002});
  CHECK(wallet.refusal(plan) == -1);
  CHECK(wallet.client.retry_after() == std::chrono::seconds(1));
  CHECK(wallet.refusal(plan) == 12002);
  CHECK(wallet.refusal(plan) == 0);
}

TEST_CASE("a locked token opens only for its key, or for anybody once the lock has run out") {
  Loopback loop;
  Wallet wallet(loop);
  const auto key = crypto::SecretKey::generate(loop.random);
  TokenOptions locked;
  locked.lock_to = crypto::Point::from_hex("02" + key.public_key().hex()).value();
  const std::string token = loop.world.mint.make_token(16, locked);
  const cashu::SwapPlan signed_plan = wallet.plan(token, &key);
  Json unsigned_body = Json::parse(signed_plan.body);
  for (Json& input : unsigned_body["inputs"]) input.erase("witness");
  CHECK(wallet.refusal({signed_plan.outputs, {}, unsigned_body.dump(), 0}) == 10001);
  CHECK(wallet.refusal(signed_plan) == 0);

  locked.locktime = 1;
  const cashu::SwapPlan late = wallet.plan(loop.world.mint.make_token(16, locked), &key);
  Json late_body = Json::parse(late.body);
  for (Json& input : late_body["inputs"]) input.erase("witness");
  CHECK(wallet.refusal({late.outputs, {}, late_body.dump(), 0}) == 0);
}

TEST_CASE("a mint that is down answers nobody, and is itself again when it is up") {
  Loopback loop;
  Wallet wallet(loop);
  const cashu::SwapPlan plan = wallet.plan(loop.world.mint.make_token(16));
  loop.world.mint.go_down();
  CHECK(wallet.refusal(plan) == -2);
  loop.world.mint.come_up();
  CHECK(wallet.refusal(plan) == 0);
}

TEST_CASE("the journal remembers keys, spent proofs, quotes and books through the end of the process") {
  const auto path = std::filesystem::temp_directory_path() / ("paygress-journal-test-" + std::to_string(::getpid()));
  std::filesystem::remove(path);
  crypto::SeededRandom random(5);
  MintLedger::Options options{{"sat"}, false, 100, path};
  std::string id, quote;
  Books books;
  {
    MintLedger ledger(options, random);
    ledger.issue("sat", {1, 2, 4}, {"a", "b", "c"});
    id = ledger.rotate("sat", 200);
    quote = ledger.mint_quote({{"amount", 8u}, {"unit", "sat"}}, util::from_unix(1'760'000'000)).at("quote");
    books = ledger.books();
  }
  std::ofstream(path, std::ios::app) << R"({"op":"move","unit":"sat","spent)";  // torn by the crash
  for (int start = 0; start < 2; ++start) {
    MintLedger ledger(options, random);
    CHECK(ledger.active("sat").keyset.id == id);
    CHECK(ledger.active("sat").keyset.input_fee_ppk == 200);
    CHECK(ledger.keysets().size() == 2);
    CHECK(ledger.mint_quote_state(quote).at("state") == "PAID");
    CHECK(ledger.books().issued_msat == books.issued_msat);
    CHECK(ledger.books().created_msat == 7000);
  }
  std::filesystem::remove(path);
}

}  // namespace paygress::sandbox

// The same money twice: two messages, two customers, two relays, two tokens with one proof in common, and a payer who swaps his token
// at the mint while we do. One wins, the other is told so, and what is at the mint and in the books stays what it was.
#include <array>

#include <doctest/doctest.h>

#include "cashu/mint_client.h"
#include "cashu/swap.h"
#include "cashu/token.h"
#include "net/http_client.h"
#include "net/running.h"
#include "nostr/nip17.h"
#include "nostr/nip59.h"
#include "tests/sandbox/held.h"
#include "tests/sandbox/story.h"

using namespace paygress;
using namespace paygress::test;
using namespace std::chrono_literals;

namespace {

const sandbox::Fault kDelayed{sandbox::FaultKind::delay, 1500};         // arrives, and is carried out later
const sandbox::Fault kReplyHeld{sandbox::FaultKind::hold_reply, 1500};  // carried out, and answered later

constexpr std::array kBoth = {false, true};

// A message by some relay, from somebody of his own.
struct Letter {
  crypto::SecretKey from = crypto::SecretKey::generate(crypto::system_random());
  std::string id = {};
};

Letter post(Story& story, sandbox::FakeRelay& relay, const util::Json& request) {
  Letter letter;
  const crypto::PublicKey to = story.service.public_key();
  const nostr::Rumor rumor = nostr::chat_message(letter.from.public_key(), to, request.dump(), story.clock().now());
  REQUIRE(relay.put(nostr::gift_wrap(letter.from, to, rumor, story.clock().now(), crypto::system_random())));
  letter.id = util::hex(rumor.id);
  return letter;
}

net::Task<util::Json> answer_to(Story& story, Letter letter) {
  story.customer = letter.from;
  co_return co_await story.answer(letter.id, 40s);
}

// Of a pod, or more of one; shown when it was not bought.
std::uint64_t seconds(const util::Json& answer) {
  INFO(answer.dump());
  CHECK_FALSE(answer.contains("error_type"));
  return answer.value(answer.contains("success") ? "extended_duration_seconds" : "duration_seconds", std::uint64_t{0});
}

bool bought(const util::Json& answer) { return answer.contains("pod_npub") && !answer.contains("error_type"); }

void check_spent(const util::Json& answer, const char* type) {
  INFO(answer.dump());
  CHECK(answer.value("error_type", "") == type);
  CHECK(answer.value("code", "") == "token_spent");
  CHECK_FALSE(answer.contains("refund_token"));
}

net::Task<> swap_requests(Story& story, std::uint64_t number) {
  const std::function<bool()> arrived = [&story, number] { return story.world.mint.faults().requests("swap") >= number; };
  co_await story.until("a swap arrives at the mint", arrived);
}

// Stops the daemon. All that the mint owes is what the provider holds and what the payers still have.
net::Task<> check_books(Story& story, std::uint64_t provider_sat, std::uint64_t payers_sat) {
  co_await story.stop();
  const sandbox::Books books = story.world.mint.books();
  CHECK(held(story) == provider_sat);
  CHECK(books.outstanding_msat() == (provider_sat + payers_sat) * 1000);
  CHECK(books.created_msat == books.fees_msat + books.outstanding_msat());
}

// The payer's own wallet: swaps the token for new proofs. Zero when the mint says that it is spent.
net::Task<std::uint64_t> swap_himself(Story& story, std::string text) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto http = net::make_curl_client(executor);
  cashu::MintClient mint(*http, cashu::MintUrl::parse(story.world.mint.url()).value());
  const auto listed = co_await mint.keysets();
  const cashu::Keyset entry = listed.value().front();
  const auto with_keys = co_await mint.keys(entry);
  const cashu::Keyset keyset = with_keys.value();
  const cashu::Token token = cashu::decode_token(text).value();
  const auto inputs = cashu::resolve_proofs(token.proofs, "sat", {keyset}).value();
  const auto amounts = cashu::split_amount(inputs.net, keyset).value();
  const auto outputs = cashu::make_outputs(amounts, keyset, crypto::system_random()).value();
  util::Json body;
  body["inputs"] = util::Json::array();
  for (const cashu::Proof& proof : inputs.proofs) body["inputs"].push_back(cashu::to_json(proof));
  body["outputs"] = cashu::blinded_messages(outputs);
  const auto reply = co_await mint.swap(body.dump());
  if (!reply) {
    CHECK(reply.error().code == "mint_11001");
    co_return std::uint64_t{0};
  }
  const auto proofs = cashu::finish_swap(outputs, keyset, *reply).value();
  co_return cashu::total(proofs).value().value();
}

}  // namespace

TEST_CASE("two customers send one token, by one relay and by two: the first one in the books wins") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::vector<sandbox::FakeRelay*> relays = {&story.world.relay, &story.second_relay};
    for (sandbox::FakeRelay* first_relay : relays)
      for (sandbox::FakeRelay* second_relay : relays) {
        const std::uint64_t swaps = story.world.mint.faults().requests("swap");
        const util::Json request = story.spawn(story.token(30));
        story.world.mint.faults().order("swap", kDelayed);
        const Letter first = post(story, *first_relay, request);
        co_await swap_requests(story, swaps + 1);
        const Letter second = post(story, *second_relay, request);
        const util::Json refused = co_await answer_to(story, second);
        check_spent(refused, "invalid_token");
        const util::Json delivered = co_await answer_to(story, first);
        CHECK(seconds(delivered) == 29);
        CHECK(story.world.mint.faults().requests("swap") == swaps + 1);  // the loser never reached the mint
      }
    co_await check_books(story, 4 * 29, 0);
  });
}

TEST_CASE("at the same moment, at two relays, five times: always exactly one wins") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    for (int round = 0; round < 5; ++round) {
      const util::Json request = story.spawn(story.token(30));
      const Letter one = post(story, story.world.relay, request);
      const Letter other = post(story, story.second_relay, request);
      const util::Json to_one = co_await answer_to(story, one);
      const util::Json to_other = co_await answer_to(story, other);
      CHECK(bought(to_one) != bought(to_other));
      check_spent(bought(to_one) ? to_other : to_one, "invalid_token");
    }
    co_await check_books(story, 5 * 29, 0);
  });
}

TEST_CASE("one token for a pod and for more time, in both orders") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const util::Json pod = co_await story.ask(story.spawn(story.token(61)));
    for (const bool pod_first : kBoth) {
      const std::uint64_t swaps = story.world.mint.faults().requests("swap");
      const std::string token = story.token(31);
      const util::Json spawn = story.spawn(token), top_up = story.top_up(pod["pod_npub"], token);
      story.world.mint.faults().order("swap", kDelayed);
      const Letter first = post(story, story.world.relay, pod_first ? spawn : top_up);
      co_await swap_requests(story, swaps + 1);
      const Letter second = post(story, story.second_relay, pod_first ? top_up : spawn);
      const util::Json refused = co_await answer_to(story, second);
      check_spent(refused, pod_first ? "payment_failed" : "invalid_token");
      const util::Json done = co_await answer_to(story, first);
      CHECK(seconds(done) == 30);
    }
    co_await check_books(story, 60 + 2 * 30, 0);
  });
}

TEST_CASE("two different tokens with one proof in common: one wins, and the rest of the other is still good") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    for (const bool turned : kBoth) {
      const std::uint64_t swaps = story.world.mint.faults().requests("swap");
      cashu::Token one = cashu::decode_token(story.token(24)).value();  // 8 and 16
      cashu::Token other = cashu::decode_token(story.token(16)).value(), rest = other;
      other.proofs.insert(turned ? other.proofs.end() : other.proofs.begin(), one.proofs[0]);
      story.world.mint.faults().order("swap", kDelayed);
      const Letter first = post(story, story.world.relay, story.spawn(cashu::encode_token(turned ? other : one)));
      co_await swap_requests(story, swaps + 1);
      const Letter second = post(story, story.second_relay, story.spawn(cashu::encode_token(turned ? one : other)));
      const util::Json refused = co_await answer_to(story, second);
      check_spent(refused, "invalid_token");
      const util::Json delivered = co_await answer_to(story, first);
      CHECK(seconds(delivered) == 23);
      // What only the loser's token held was not touched, and buys a pod of its own.
      if (turned) {
        rest = one;
        rest.proofs.erase(rest.proofs.begin());
      }
      const util::Json again = co_await story.ask(story.spawn(cashu::encode_token(rest)));
      CHECK(seconds(again) == 15);
    }
    co_await check_books(story, 2 * (23 + 15), 0);
  });
}

TEST_CASE("a token that was refused does not keep its good proofs from being spent") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    cashu::Token token = cashu::decode_token(story.token(24)).value(), spent = token, good = token;
    spent.proofs.erase(spent.proofs.begin());
    good.proofs.pop_back();
    const std::uint64_t kept = co_await swap_himself(story, cashu::encode_token(spent));
    CHECK(kept == 15);
    const util::Json refused = co_await story.ask(story.spawn(cashu::encode_token(token)));
    check_spent(refused, "invalid_token");
    const util::Json delivered = co_await story.ask(story.spawn(cashu::encode_token(good)));
    CHECK(seconds(delivered) == 7);
    co_await check_books(story, 7, 15);
  });
}

TEST_CASE("the payer swaps his token himself while our swap is on its way: he keeps it, and buys nothing") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const util::Json pod = co_await story.ask(story.spawn(story.token(61)));
    for (const bool for_a_pod : kBoth) {
      const std::uint64_t swaps = story.world.mint.faults().requests("swap");
      const std::string token = story.token(30);
      story.world.mint.faults().order("swap", kDelayed);
      const util::Json request = for_a_pod ? story.spawn(token) : story.top_up(pod["pod_npub"], token);
      const Letter letter = post(story, story.world.relay, request);
      co_await swap_requests(story, swaps + 1);
      const std::uint64_t his = co_await swap_himself(story, token);
      CHECK(his == 29);
      const util::Json refused = co_await answer_to(story, letter);
      check_spent(refused, for_a_pod ? "invalid_token" : "payment_failed");
    }
    CHECK(story.world.kube.running_pods() == 1);
    co_await check_books(story, 60, 2 * 29);
  });
}

TEST_CASE("the payer swaps his token himself when ours is done and the reply is still under way: the pod is bought") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string token = story.token(30);
    story.world.mint.faults().order("swap", kReplyHeld);
    const Letter letter = post(story, story.world.relay, story.spawn(token));
    const std::function<bool()> swapped = [&] { return story.spent(token); };
    co_await story.until("the mint has swapped", swapped);
    const std::uint64_t his = co_await swap_himself(story, token);
    CHECK(his == 0);
    const util::Json delivered = co_await answer_to(story, letter);
    CHECK(seconds(delivered) == 29);
    co_await check_books(story, 29, 0);
  });
}

TEST_CASE("the payer's swap is under way when ours comes: whichever the mint carries out first wins") {
  tell([](Story& story) -> net::Task<> {
    const auto executor = co_await boost::asio::this_coro::executor;
    co_await story.start();
    for (const bool his_is_first : kBoth) {
      const std::uint64_t swaps = story.world.mint.faults().requests("swap");
      const std::string token = story.token(30);
      std::optional<std::uint64_t> his;
      const auto swapping = [&]() -> net::Task<> { his = co_await swap_himself(story, token); };
      story.world.mint.faults().order("swap", his_is_first ? kReplyHeld : kDelayed);
      net::Running payer(executor, swapping());
      co_await swap_requests(story, swaps + 1);
      const Letter letter = post(story, story.world.relay, story.spawn(token));
      const util::Json answer = co_await answer_to(story, letter);
      const std::function<bool()> done = [&payer] { return payer.done(); };
      co_await story.until("the payer has his answer", done);
      CHECK(his == (his_is_first ? 29 : 0));
      CHECK(bought(answer) != his_is_first);
      if (his_is_first) check_spent(answer, "invalid_token");
    }
    co_await check_books(story, 29, 29);
  });
}

TEST_CASE("our reply is lost, and the payer tries to swap again before we ask: the evidence is ours, the pod is bought") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string token = story.token(30);
    const std::uint64_t swaps = story.world.mint.faults().requests("swap");
    story.world.mint.faults().order("swap", {sandbox::FaultKind::lose_reply, 0});
    story.world.mint.faults().order("checkstate", {sandbox::FaultKind::delay, 1000});
    const Letter letter = post(story, story.world.relay, story.spawn(token));
    co_await swap_requests(story, swaps + 1);
    const std::uint64_t his = co_await swap_himself(story, token);
    CHECK(his == 0);
    const util::Json delivered = co_await answer_to(story, letter);
    CHECK(seconds(delivered) == 29);
    co_await check_books(story, 29, 0);
  });
}

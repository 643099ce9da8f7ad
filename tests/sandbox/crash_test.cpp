// kill -9 at the moments that cost money elsewhere. The test holds the mint's reply, or the cluster's, and kills meanwhile.
#include <doctest/doctest.h>

#include "cashu/token.h"
#include "tests/sandbox/held.h"
#include "tests/sandbox/story.h"

using namespace paygress;
using namespace paygress::test;
using namespace std::chrono_literals;

namespace {

// What the provider's books must add up to: all that the mint has issued and that is not the customer's or the mint's fee.
std::uint64_t face(const std::string& token) {
  std::uint64_t sum = 0;
  const cashu::Token decoded = cashu::decode_token(token).value();
  for (const cashu::Proof& proof : decoded.proofs) sum += proof.amount.value();
  return sum;
}

net::Task<> kill_after_swap(Story& story, sandbox::Fault reply) {
  co_await story.start();
  const std::string token = story.token(30);
  story.world.mint.faults().order("swap", reply);
  const std::string message = story.send(story.spawn(token));
  const std::function<bool()> swapped = [&] { return story.spent(token); };
  co_await story.until("the mint has swapped", swapped);
  story.kill();
  co_await story.start();
  const util::Json answer = co_await story.answer(message, 60s);
  INFO(answer.dump());
  CHECK(answer["pod_npub"].is_string());
  CHECK(answer["duration_seconds"] == 29);
  CHECK(story.world.kube.running_pods() == 1);
  co_await story.stop();
  CHECK(held(story) == 29);
}

}  // namespace

TEST_CASE("killed between the mint's swap and its reply: the customer has his pod, and no sat is missing") {
  tell([](Story& story) -> net::Task<> {
    const sandbox::Fault held_back{sandbox::FaultKind::hold_reply, 2000};
    co_await kill_after_swap(story, held_back);
  });
}

TEST_CASE("killed after the reply was lost on the way: the same") {
  tell([](Story& story) -> net::Task<> {
    const sandbox::Fault lost{sandbox::FaultKind::lose_reply, 0};
    co_await kill_after_swap(story, lost);
  });
}

TEST_CASE("killed while the swap is on its way to the mint: it is sent again, the same bytes") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string token = story.token(30);
    story.world.mint.faults().order("swap", {sandbox::FaultKind::lose_request, 0});
    bool asked = false;
    story.world.mint.faults().on_request = [&asked](std::string_view endpoint, std::uint64_t) {
      asked = asked || endpoint == "swap";
    };
    const std::string message = story.send(story.spawn(token));
    const std::function<bool()> sent = [&asked] { return asked; };
    co_await story.until("the swap was sent", sent);
    story.kill();
    CHECK_FALSE(story.spent(token));
    co_await story.start();
    const util::Json answer = co_await story.answer(message, 60s);
    CHECK(answer["pod_npub"].is_string());
    CHECK(story.world.kube.running_pods() == 1);
    co_await story.stop();
    CHECK(held(story) == 29);
  });
}

TEST_CASE("killed while the pod starts: exactly one pod, the full time, one answer") {
  tell([](Story& story) -> net::Task<> {
    story.world.kube.manners.start_delay = 2s;
    co_await story.start();
    const std::string message = story.send(story.spawn(story.token(30)));
    const std::function<bool()> begun = [&story] { return !story.world.kube.list("jobs").empty(); };
    co_await story.until("the job exists", begun);
    story.kill();
    co_await story.start();
    const util::Json answer = co_await story.answer(message, 60s);
    REQUIRE(answer["pod_npub"].is_string());
    const auto left = util::parse_rfc3339(answer["expires_at"].get<std::string>()).value() - story.clock().now();
    CHECK(left > 24s);
    CHECK(story.world.kube.list("jobs").size() == 1);
    CHECK(story.world.kube.running_pods() == 1);
    CHECK(story.answers(message).size() == 1);
  });
}

TEST_CASE("killed during a top-up's claim: the pod is extended once") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const util::Json pod = co_await story.ask(story.spawn(story.token(61)));
    const std::string token = story.token(31);
    story.world.mint.faults().order("swap", {sandbox::FaultKind::hold_reply, 2000});
    const std::string message = story.send(story.top_up(pod["pod_npub"], token));
    const std::function<bool()> swapped = [&] { return story.spent(token); };
    co_await story.until("the mint has swapped", swapped);
    story.kill();
    co_await story.start();
    const util::Json answer = co_await story.answer(message, 60s);
    CHECK(answer["extended_duration_seconds"] == 30);
    const auto end = util::parse_rfc3339(pod["expires_at"].get<std::string>()).value() + 30s;
    CHECK(util::parse_rfc3339(answer["new_expires_at"].get<std::string>()).value() == end);
    co_await story.stop();
    CHECK(held(story) == 60 + 30);
  });
}

TEST_CASE("killed while money goes back: it goes back once") {
  tell([](Story& story) -> net::Task<> {
    story.world.kube.manners.image_never_pulls = true;
    story.world.relay.manners.no_ok = true;
    story.second_relay.manners.no_ok = true;
    co_await story.start();
    const std::string message = story.send(story.spawn(story.token(30)));
    const std::function<bool()> answered = [&] { return !story.answers(message).empty(); };
    co_await story.until("the refund is on its way", answered, 60s);
    story.kill();
    story.world.relay.manners.no_ok = false;
    story.second_relay.manners.no_ok = false;
    co_await story.start();
    co_await story.clock().sleep_for(3s);
    const std::vector<util::Json> answers = story.answers(message);
    REQUIRE(answers.size() == 1);
    CHECK(face(answers[0]["refund_token"]) == 29);
    co_await story.stop();
    CHECK(held(story) == 0);
  });
}

// One story per row of the contract's error table, and for each: refused means that the token is unspent at the mint.
#include <doctest/doctest.h>

#include "cashu/token.h"
#include "sandbox/fake_mint.h"
#include "tests/sandbox/story.h"

using namespace paygress;
using namespace paygress::test;
using namespace std::chrono_literals;

namespace {

void check_refused(const Story& story, const util::Json& answer, const std::string& token, const std::string& type,
                   const std::string& code) {
  INFO(answer.dump());
  REQUIRE(answer.contains("error_type"));
  CHECK(answer["error_type"] == type);
  CHECK(answer["code"] == code);
  CHECK(answer["token_consumed"] == false);
  CHECK(answer["message"].is_string());
  CHECK(answer.dump().find(token) == std::string::npos);
  CHECK_FALSE(story.spent(token));
}

// Gives the amount back at the mint, which takes only what is unspent and real.
void check_refund(const Story& story, const util::Json& answer, std::uint64_t sat) {
  REQUIRE(answer["refund_token"].is_string());
  const std::string token = answer["refund_token"];
  CHECK_FALSE(story.spent(token));
  std::uint64_t sum = 0;
  const cashu::Token decoded = cashu::decode_token(token).value();
  for (const cashu::Proof& proof : decoded.proofs) sum += proof.amount.value();
  CHECK(sum == sat);
}

}  // namespace

TEST_CASE("invalid_spec: an unknown specification") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string token = story.token(30);
    util::Json request = story.spawn(token);
    request["pod_spec_id"] = "huge";
    request["request_id"] = "r";
    const util::Json answer = co_await story.ask(request);
    check_refused(story, answer, token, "invalid_spec", "spec_unknown");
    CHECK(answer["request_id"] == "r");
  });
}

TEST_CASE("invalid_token: not a token, a foreign mint, a foreign unit, a foreign lock") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const util::Json garbage = co_await story.ask(story.spawn("cashuBnonsense"));
    CHECK(garbage["error_type"] == "invalid_token");
    CHECK(garbage["code"] == "token_malformed");

    const auto executor = co_await boost::asio::this_coro::executor;
    sandbox::FakeMint foreign(executor, story.clock(), crypto::system_random());
    const std::string elsewhere = foreign.make_token(30);
    const util::Json not_accepted = co_await story.ask(story.spawn(elsewhere));
    CHECK(not_accepted["error_type"] == "invalid_token");
    CHECK(not_accepted["code"] == "mint_not_accepted");
    CHECK_FALSE(foreign.is_spent(elsewhere));
    CHECK(foreign.faults().requests() == 0);

    sandbox::TokenOptions locked;
    const crypto::SecretKey stranger = crypto::SecretKey::generate(crypto::system_random());
    locked.lock_to = crypto::Point::from_hex("02" + stranger.public_key().hex()).value();
    const std::string not_ours = story.world.mint.make_token(30, locked);
    const util::Json refused = co_await story.ask(story.spawn(not_ours));
    check_refused(story, refused, not_ours, "invalid_token", "token_locked");
  });
}

TEST_CASE("invalid_token: forged and already spent") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string token = story.token(30);
    cashu::Token forged = cashu::decode_token(token).value();
    for (cashu::Proof& proof : forged.proofs) proof.secret = std::string(64, 'f') + std::to_string(proof.amount.value());
    const util::Json forgery = co_await story.ask(story.spawn(cashu::encode_token(forged, cashu::WithDleq::yes)));
    CHECK(forgery["error_type"] == "invalid_token");
    CHECK(forgery["code"] == "token_forged");

    for (cashu::Proof& proof : forged.proofs) proof.dleq.reset();
    const util::Json without_proof = co_await story.ask(story.spawn(cashu::encode_token(forged)));
    CHECK(without_proof["error_type"] == "invalid_token");
    CHECK(without_proof["code"] == "token_forged");
    CHECK_FALSE(story.spent(token));

    co_await story.ask(story.spawn(token));
    REQUIRE(story.spent(token));
    const util::Json again = co_await story.ask(story.spawn(token));
    CHECK(again["error_type"] == "invalid_token");
    CHECK(again["code"] == "token_spent");
    CHECK(story.world.kube.running_pods() == 1);
  });
}

TEST_CASE("invalid_token: spent somewhere else, as only the mint can know") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string token = story.token(30);
    const crypto::SecretKey first = story.customer;
    co_await story.ask(story.spawn(token));
    // Another provider at the same mint, with books of its own, gets the spent token.
    co_await story.stop();
    story.settings["CASHU_DB_PATH"] = story.folder() / "another.db";
    story.customer = crypto::SecretKey::generate(crypto::system_random());
    co_await story.start();
    const util::Json answer = co_await story.ask(story.spawn(token));
    CHECK(answer["error_type"] == "invalid_token");
    CHECK(answer["code"] == "token_spent");
  });
}

TEST_CASE("insufficient_payment: the net amount counts, and the details give the figures") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string token = story.token(5);  // the minimum is 5 s at 1 sat, but the mint keeps 1
    const util::Json answer = co_await story.ask(story.spawn(token));
    check_refused(story, answer, token, "insufficient_payment", "insufficient_payment");
    CHECK(answer["details"] == "face 5000 msats, fee 1000 msats, net 4000 msats, required 5000 msats");
  });
}

TEST_CASE("resource_unavailable: no port, no room, no cluster; asked before the token is touched") {
  tell([](Story& story) -> net::Task<> {
    story.settings["MAX_PODS"] = "1";
    story.settings["SSH_PORT_RANGE_END"] = story.settings["SSH_PORT_RANGE_START"];
    co_await story.start();
    co_await story.ask(story.spawn(story.token(60)));
    const std::string token = story.token(30);
    const util::Json full = co_await story.ask(story.spawn(token));
    check_refused(story, full, token, "resource_unavailable", "no_capacity");
    CHECK(full["retryable"] == true);
    co_await story.stop();

    story.settings["MAX_PODS"] = "10";
    co_await story.start();
    const util::Json no_port = co_await story.ask(story.spawn(token));
    check_refused(story, no_port, token, "resource_unavailable", "no_port");
    co_await story.stop();
    story.world.kube.go_down();
    co_await story.start();
    const util::Json no_cluster = co_await story.answer(story.send(story.spawn(token)), 90s);
    check_refused(story, no_cluster, token, "resource_unavailable", "cluster_unreachable");
  });
}

TEST_CASE("pod_creation_failed: the amount comes back as a token") {
  tell([](Story& story) -> net::Task<> {
    story.world.kube.manners.image_never_pulls = true;
    co_await story.start();
    const std::string token = story.token(30);
    const util::Json answer = co_await story.answer(story.send(story.spawn(token)), 60s);
    CHECK(answer["error_type"] == "pod_creation_failed");
    CHECK(answer["token_consumed"] == true);
    CHECK(story.spent(token));
    check_refund(story, answer, 29);
    const std::function<bool()> clean = [&story] { return story.world.kube.list("jobs").empty(); };
    co_await story.until("nothing is left of it", clean, 30s);
  });
}

TEST_CASE("pod_creation_failed: a pod that never answers within the time allowed") {
  tell([](Story& story) -> net::Task<> {
    story.settings["POD_START_TIMEOUT_SECONDS"] = "5";
    story.world.kube.manners.never_ready = true;
    co_await story.start();
    const util::Json answer = co_await story.answer(story.send(story.spawn(story.token(30))), 60s);
    CHECK(answer["error_type"] == "pod_creation_failed");
    check_refund(story, answer, 29);
  });
}

TEST_CASE("pod_not_found: top-up, status and end of an unknown and of an ended pod") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string unknown = "npub1" + std::string(58, 'q');
    const std::string token = story.token(30);
    const util::Json nowhere = co_await story.ask(story.top_up(unknown, token));
    check_refused(story, nowhere, token, "pod_not_found", "pod_not_found");
    const std::vector<util::Json> requests = {{{"pod_npub", unknown}}, {{"pod_id", "0123456789ab"}}, {{"end", unknown}}};
    for (const util::Json& request : requests) {
      const util::Json answer = co_await story.ask(request);
      CHECK(answer["error_type"] == "pod_not_found");
    }
    const util::Json pod = co_await story.ask(story.spawn(story.token(7)));
    co_await story.clock().sleep_for(7s);
    const util::Json ended = co_await story.ask(story.top_up(pod["pod_npub"], token));
    check_refused(story, ended, token, "pod_not_found", "pod_not_found");
  });
}

TEST_CASE("payment_failed: a top-up's token fails, and code says how") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string first = story.token(61);  // 20 s at 3000 msat, and nothing left over
    util::Json request = story.spawn(first);
    request["pod_spec_id"] = "big";
    const util::Json pod = co_await story.ask(request);
    REQUIRE(pod["pod_npub"].is_string());
    const util::Json spent = co_await story.ask(story.top_up(pod["pod_npub"], first));
    CHECK(spent["error_type"] == "payment_failed");
    CHECK(spent["code"] == "token_spent");
    const util::Json garbage = co_await story.ask(story.top_up(pod["pod_npub"], "cashuAnonsense"));
    CHECK(garbage["error_type"] == "payment_failed");
    CHECK(garbage["code"] == "token_malformed");
    // At the pod's own rate (3000 msat per second), not at the first specification's.
    const std::string small = story.token(2);
    const util::Json too_little = co_await story.ask(story.top_up(pod["pod_npub"], small));
    check_refused(story, too_little, small, "payment_failed", "insufficient_payment");
  });
}

TEST_CASE("payment_failed: a pod that ends while its top-up is being claimed; the amount comes back") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const util::Json pod = co_await story.ask(story.spawn(story.token(30)));
    story.world.kube.manners.too_late = true;
    const util::Json answer = co_await story.ask(story.top_up(pod["pod_npub"], story.token(30)));
    CHECK(answer["error_type"] == "payment_failed");
    CHECK(answer["code"] == "pod_ended");
    CHECK(answer["token_consumed"] == true);
    check_refund(story, answer, 29);
  });
}

TEST_CASE("invalid_request: not understood, incomplete, not allowed") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string token = story.token(30);
    util::Json image = story.spawn(token);
    image["pod_image"] = "evil:latest";
    const util::Json not_allowed = co_await story.ask(image);
    check_refused(story, not_allowed, token, "invalid_request", "image_not_allowed");
    util::Json user = story.spawn(token);
    user["ssh_username"] = "root; rm -rf /";
    const util::Json not_a_name = co_await story.ask(user);
    check_refused(story, not_a_name, token, "invalid_request", "ssh_username_invalid");
    util::Json incomplete;
    incomplete["cashu_token"] = token;
    incomplete["ssh_username"] = "alice";
    const util::Json missing = co_await story.ask(incomplete);
    CHECK(missing["error_type"] == "invalid_request");
    const util::Json unclear = co_await story.answer(story.send_text("{\"a\": "));
    CHECK(unclear["error_type"] == "invalid_request");
    CHECK_FALSE(story.spent(token));
  });
}

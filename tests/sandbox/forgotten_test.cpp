// A database that was lost: what the seed finds at the mint, whose it is, and what becomes of orders that come again.
#include <doctest/doctest.h>

#include "tests/sandbox/operator.h"
#include "tests/sandbox/redeem.h"

using namespace paygress;
using namespace paygress::test;
using namespace std::chrono_literals;

namespace {

// What was written there does not come again.
void forget_second_relay(Story& story) {
  story.settings["NOSTR_RELAYS"] = story.world.relay.url();
  story.writes_to = &story.world.relay;
}

}  // namespace

TEST_CASE("a refund that its customer has not redeemed yet is not counted as the operator's when the disk was lost") {
  tell([](Story& story) -> net::Task<> {
    story.world.kube.manners.image_never_pulls = true;
    story.writes_to = &story.second_relay;
    co_await start_with_admin(story);
    const std::string message = story.send(story.spawn(story.token(30)));
    const util::Json answer = co_await story.answer(message, 60s);
    REQUIRE(answer["refund_token"].is_string());
    co_await story.stop();
    lose_database(story);
    story.world.kube.manners.image_never_pulls = false;
    forget_second_relay(story);
    co_await story.start();
    // The first sale looks at the counters, finds the refund, and sets it apart.
    story.customer = crypto::SecretKey::generate(crypto::system_random());
    const util::Json pod = co_await story.ask(story.spawn(story.token(20)));
    CHECK(pod["pod_npub"].is_string());
    const Said balance = co_await paygressctl(story, "wallet balance");
    const util::Json line = balance.json().at(0);
    CHECK(line.at("found") == 29);
    CHECK(line.at("owed") == 19);
    CHECK(line.at("solvent") == 0);
    CHECK(line.at("at_once") == 19);
    // The customer redeems it; what the operator takes in afterwards is not his any more.
    CHECK_FALSE(story.spent(answer["refund_token"]));
    co_await redeem(story, answer["refund_token"]);
    const Said restored = co_await paygressctl(story, "wallet restore");
    REQUIRE(restored.exit_code == 0);
    CHECK(restored.json().at(0).at("brought_in") == 0);
    const Said after = co_await paygressctl(story, "wallet balance");
    CHECK(after.json().at(0).at("found") == 0);
    CHECK(after.json().at(0).at("solvent") == 0);
  });
}

TEST_CASE("an order that was paid and forgotten goes on with its money when it comes again, and its old refund is worth nothing") {
  tell([](Story& story) -> net::Task<> {
    story.world.kube.manners.image_never_pulls = true;
    story.settings["END_REFUNDS"] = "true";
    co_await start_with_admin(story);
    const std::string message = story.send(story.spawn(story.token(30)));
    const util::Json refunded = co_await story.answer(message, 60s);
    REQUIRE(refunded["refund_token"].is_string());
    co_await story.stop();
    lose_database(story);
    story.world.kube.manners.image_never_pulls = false;
    co_await story.start();
    const util::Json pod = co_await story.answer(message, 60s);
    REQUIRE(pod["pod_npub"].is_string());
    CHECK(pod["duration_seconds"] == 29);
    CHECK(story.spent(refunded["refund_token"]));
    const Said balance = co_await paygressctl(story, "wallet balance");
    const util::Json line = balance.json().at(0);
    CHECK(line.at("found") == 0);
    CHECK(line.at("held") == 28);  // the fee of taking it over is the provider's
    CHECK(line.at("owed") == 29);
    CHECK(story.world.mint.books().outstanding_msat() == 28'000);
    // Whether unused time of it had gone back before is forgotten, too.
    util::Json end = {{"end", pod["pod_npub"]}};
    const util::Json ended = co_await story.ask(std::move(end));
    CHECK(ended["success"] == true);
    CHECK_FALSE(ended.contains("refund_token"));
  });
}

TEST_CASE("an order that was forgotten, and whose time is over by now, is not served again: that is left to the operator") {
  tell([](Story& story) -> net::Task<> {
    story.settings["POD_START_TIMEOUT_SECONDS"] = "5";
    co_await start_with_admin(story);
    const std::string message = story.send(story.spawn(story.token(6)));
    const util::Json pod = co_await story.answer(message);
    REQUIRE(pod.value("duration_seconds", 0) == 5);
    co_await story.stop();
    lose_database(story);
    co_await story.clock().sleep_for(11s);
    co_await story.start();
    const util::Json answer = co_await story.answer(message);
    REQUIRE(answer.value("code", "") == "token_spent");
    CHECK(answer["message"].get<std::string>().find("the order's time is over") != std::string::npos);
    const Said balance = co_await paygressctl(story, "wallet balance");
    CHECK(balance.json().at(0).at("found") == 5);
  });
}

TEST_CASE("what was found for one order is nobody else's, however much his spent token looks like it") {
  tell([](Story& story) -> net::Task<> {
    story.writes_to = &story.second_relay;
    co_await start_with_admin(story);
    const util::Json pod = co_await story.ask(story.spawn(story.token(30)));
    REQUIRE(pod["pod_npub"].is_string());
    co_await story.stop();
    lose_database(story);
    forget_second_relay(story);
    co_await story.start();
    story.customer = crypto::SecretKey::generate(crypto::system_random());
    const std::string token = story.token(30);
    co_await redeem(story, token);
    const util::Json answer = co_await story.ask(story.spawn(token));
    CHECK(answer["code"] == "token_spent");
    const Said balance = co_await paygressctl(story, "wallet balance");
    CHECK(balance.json().at(0).at("found") == 29);
  });
}

TEST_CASE(
    "a forgotten pod and its forgotten time are taken in the order in which they were bought, though the newest comes first") {
  tell([](Story& story) -> net::Task<> {
    co_await start_with_admin(story);
    // Its events carry their true dates, so that the relay's order is certain.
    const std::string bought = story.send(story.spawn(story.token(120)), By::nip04);
    const util::Json pod = co_await story.answer(bought);
    REQUIRE(pod["pod_npub"].is_string());
    co_await story.clock().sleep_for(1100ms);
    const std::string more = story.send(story.top_up(pod["pod_npub"], story.token(40)), By::nip04);
    const util::Json extended = co_await story.answer(more);
    REQUIRE(extended["success"] == true);
    co_await story.stop();
    lose_database(story);
    co_await story.start();
    const util::Json again = co_await story.answer(bought, 60s);
    CHECK(again["pod_npub"] == pod["pod_npub"]);
    const util::Json more_again = co_await story.answer(more, 60s);
    CHECK(more_again.value("success", false));
    CHECK(more_again["extended_duration_seconds"] == extended["extended_duration_seconds"]);
    // The pod was found with that time, so it is not added once more.
    const auto end = util::parse_rfc3339(extended["new_expires_at"].get<std::string>()).value();
    const auto end_again = util::parse_rfc3339(more_again["new_expires_at"].get<std::string>()).value();
    CHECK(std::chrono::abs(end_again - end) <= 1s);
  });
}

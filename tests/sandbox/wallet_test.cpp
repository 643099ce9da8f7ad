// The operator's wallet, asked as he asks it: paygressctl at the admin socket of a running daemon.
#include <doctest/doctest.h>

#include <filesystem>

#include "cashu/token.h"
#include "tests/sandbox/held.h"
#include "tests/sandbox/operator.h"
#include "tests/sandbox/redeem.h"
#include "tests/sandbox/story.h"

using namespace paygress;
using namespace paygress::test;
using namespace std::chrono_literals;

namespace {

// One pod of `seconds`, sold and over: what is left is the operator's own.
net::Task<> earn(Story& story, std::uint64_t sat) {
  const util::Json pod = co_await story.ask(story.spawn(story.token(sat)));
  CHECK(pod["pod_npub"].is_string());
  util::Json end = {{"end", pod["pod_npub"]}};
  static_cast<void>(co_await story.ask(std::move(end)));
}

net::Task<> until_own(Story& story, std::int64_t sat) {
  for (int tries = 0; tries < 100; ++tries) {
    const Said balance = co_await paygressctl(story, "wallet balance");
    if (balance.exit_code == 0 && balance.json().at(0).at("solvent") == sat) co_return;
    co_await story.clock().sleep_for(200ms);
  }
  FAIL("the operator's own never was " << sat);
}

std::uint64_t face(const std::string& token) { return cashu::total(cashu::decode_token(token)->proofs)->value(); }

}  // namespace

TEST_CASE("what customers may still get back is not the operator's; when their time is over it is") {
  tell([](Story& story) -> net::Task<> {
    co_await start_with_admin(story);
    const util::Json pod = co_await story.ask(story.spawn(story.token(120)));
    REQUIRE(pod["pod_npub"].is_string());
    const Said running = co_await paygressctl(story, "wallet balance");
    REQUIRE(running.exit_code == 0);
    const util::Json line = running.json().at(0);
    CHECK(line.at("held") == 119);
    CHECK(line.at("owed") == 119);
    CHECK(line.at("solvent") == 0);
    const Said refused = co_await paygressctl(story, "wallet export 10");
    CHECK(refused.exit_code == 1);
    CHECK(refused.text.find("belongs to customers") != std::string::npos);
    util::Json end = {{"end", pod["pod_npub"]}};
    static_cast<void>(co_await story.ask(std::move(end)));
    co_await until_own(story, 119);
  });
}

TEST_CASE("money is taken out as a token, once, and the books follow") {
  tell([](Story& story) -> net::Task<> {
    co_await start_with_admin(story);
    co_await earn(story, 120);
    co_await until_own(story, 119);
    const Said exported = co_await paygressctl(story, "wallet export 50");
    REQUIRE(exported.exit_code == 0);
    const std::string token = exported.json().at(0).at("token");
    CHECK(face(token) == 50);
    CHECK_FALSE(story.spent(token));
    // The operator's token is kept until somebody redeems it.
    const Said tokens = co_await paygressctl(story, "wallet tokens");
    CHECK(tokens.json().at(0).at("token") == token);
    CHECK(tokens.json().at(0).at("for") == "withdrawal");
    const Said drained = co_await paygressctl(story, "wallet drain");
    REQUIRE(drained.exit_code == 0);
    const std::string rest = drained.json().at(0).at("token");
    CHECK(face(rest) == 119 - 50 - 2);  // a fee of one for each of the two swaps
    co_await until_own(story, 0);
    co_await story.stop();
    CHECK(held(story) == 0);
    CHECK(story.world.mint.books().outstanding_msat() == (50 + face(rest)) * 1000);
  });
}

TEST_CASE("killed while a token is taken out: it is there afterwards, once") {
  tell([](Story& story) -> net::Task<> {
    co_await start_with_admin(story);
    co_await earn(story, 120);
    co_await until_own(story, 119);
    story.world.mint.faults().order("swap", {sandbox::FaultKind::hold_reply, 4000});
    bool asked = false;
    story.world.mint.faults().on_done = [&](std::string_view endpoint) { asked = asked || endpoint == "swap"; };
    const std::map<std::string, std::string> environment = {{"PAYGRESS_ADMIN_SOCKET", story.settings.at("PAYGRESS_ADMIN_SOCKET")}};
    const std::vector<std::string> words = {"wallet", "export", "50"};
    const DaemonProcess exporting(environment, story.folder() / "exporting", words, {}, "paygressctl");
    const std::function<bool()> swapped = [&] { return asked; };
    co_await story.until("the mint has swapped", swapped);
    story.kill();
    co_await story.start();
    Said tokens;
    for (int tries = 0; tries < 50; ++tries) {
      tokens = co_await paygressctl(story, "wallet tokens");
      if (tokens.exit_code == 0 && !tokens.json().empty()) break;
      co_await story.clock().sleep_for(200ms);
    }
    REQUIRE(tokens.json().size() == 1);
    CHECK(face(tokens.json().at(0).at("token")) == 50);
    co_await until_own(story, 68);
  });
}

TEST_CASE("the books of a period are exported as CSV, and their sum is nothing") {
  tell([](Story& story) -> net::Task<> {
    co_await start_with_admin(story);
    co_await earn(story, 30);
    co_await until_own(story, 29);
    const std::string from = util::rfc3339(story.clock().now() - 24h), to = util::rfc3339(story.clock().now() + 24h);
    const Said csv = co_await paygressctl(story, "wallet ledger --from " + from + " --to " + to);
    REQUIRE(csv.exit_code == 0);
    CHECK(csv.text.starts_with("time,what,debit,credit,mint,unit,amount,msat,reference\r\n"));
    const std::vector<const char*> entries = {"\"claim\",\"proofs\",\"orders\"", "\"input fee\",\"orders\",\"proofs\"",
                                              "\"delivered\",\"orders\",\"leases\"", "\"time served\",\"leases\",\"earnings\""};
    for (const char* what : entries) {
      INFO(csv.text);
      CHECK(csv.text.find(what) != std::string::npos);
    }
    // A period in which there was nothing, and one that runs backward.
    const Said nothing = co_await paygressctl(story, "wallet ledger --from 2026-01-01 --to 2026-01-01");
    CHECK(nothing.exit_code == 0);
    CHECK(nothing.text == "time,what,debit,credit,mint,unit,amount,msat,reference\r\n");
    const Said backward = co_await paygressctl(story, "wallet ledger --from " + to + " --to " + from);
    CHECK(backward.exit_code == 2);
    CHECK(backward.text.find("--to is before --from") != std::string::npos);
  });
}

TEST_CASE("a disk that was lost: the words alone bring the money back, verified first") {
  tell([](Story& story) -> net::Task<> {
    co_await start_with_admin(story);
    co_await earn(story, 120);
    co_await until_own(story, 119);
    const Said backup = co_await paygressctl(story, "wallet backup");
    REQUIRE(backup.exit_code == 0);
    const std::string words = backup.text.substr(0, backup.text.find('\n'));
    co_await story.stop();
    std::filesystem::remove(story.settings.at("CASHU_DB_PATH"));
    std::filesystem::remove(story.settings.at("CASHU_DB_PATH") + "-wal");
    std::filesystem::remove(story.settings.at("CASHU_DB_PATH") + ".seed");
    story.settings["WALLET_SEED"] = words;
    // Rotated meanwhile: the money is in a keyset that no new swap asks for.
    story.world.mint.rotate();
    co_await story.start();
    const Said verified = co_await paygressctl(story, "wallet restore --verify");
    REQUIRE(verified.exit_code == 0);
    CHECK(verified.json().at(0).at("unspent") == 119);
    CHECK(verified.json().at(0).at("unknown_here") == 119);
    const Said nothing_yet = co_await paygressctl(story, "wallet balance");
    CHECK(nothing_yet.json().at(0).at("held") == 0);
    const Said restored = co_await paygressctl(story, "wallet restore");
    CHECK(restored.json().at(0).at("brought_in") == 119);
    const Said again = co_await paygressctl(story, "wallet restore");
    CHECK(again.json().at(0).at("brought_in") == 0);
    co_await until_own(story, 119);
  });
}

TEST_CASE("who ends his pod early gets the unused time back, less the mint's fee, if the operator allows it") {
  tell([](Story& story) -> net::Task<> {
    story.settings["END_REFUNDS"] = "true";
    co_await start_with_admin(story);
    const util::Json pod = co_await story.ask(story.spawn(story.token(121)));
    REQUIRE(pod["duration_seconds"] == 120);
    util::Json end = {{"end", pod["pod_npub"]}};
    const util::Json ended = co_await story.ask(std::move(end));
    INFO(ended.dump());
    REQUIRE(ended["refund_token"].is_string());
    const std::uint64_t back = face(ended["refund_token"]);
    CHECK(back >= 110);
    CHECK(back <= 119);
    CHECK_FALSE(story.spent(ended["refund_token"]));
    co_await until_own(story, static_cast<std::int64_t>(120 - 1 - back));
    co_await story.stop();
    CHECK(held(story) == 120 - 1 - back);
  });
}

TEST_CASE("killed while unused time goes back: it goes back once") {
  tell([](Story& story) -> net::Task<> {
    story.settings["END_REFUNDS"] = "true";
    co_await start_with_admin(story);
    const util::Json pod = co_await story.ask(story.spawn(story.token(121)));
    bool swapped = false;
    story.world.mint.faults().order("swap", {sandbox::FaultKind::hold_reply, 3000});
    story.world.mint.faults().on_done = [&](std::string_view endpoint) { swapped = swapped || endpoint == "swap"; };
    const util::Json end = {{"end", pod["pod_npub"]}};
    const std::string message = story.send(end);
    const std::function<bool()> done = [&] { return swapped; };
    co_await story.until("the mint has swapped", done);
    story.kill();
    co_await story.start();
    const util::Json ended = co_await story.answer(message, 60s);
    REQUIRE(ended["refund_token"].is_string());
    co_await story.clock().sleep_for(1s);
    CHECK(story.answers(message).size() == 1);
    co_await story.stop();
    CHECK(held(story) == 120 - 1 - face(ended["refund_token"]));
  });
}

TEST_CASE("a refund that nobody read is sent again by the operator") {
  tell([](Story& story) -> net::Task<> {
    story.world.kube.manners.image_never_pulls = true;
    co_await start_with_admin(story);
    const std::string message = story.send(story.spawn(story.token(30)));
    const util::Json answer = co_await story.answer(message, 60s);
    REQUIRE(answer["refund_token"].is_string());
    const Said tokens = co_await paygressctl(story, "wallet tokens");
    REQUIRE(tokens.exit_code == 0);
    const util::Json refund = tokens.json().at(0);
    CHECK(refund.at("for") == "refund");
    CHECK(refund.at("token") == answer["refund_token"]);
    const Said sent = co_await paygressctl(story, "wallet resend " + refund.at("id").get<std::string>());
    CHECK(sent.exit_code == 0);
    const std::function<bool()> twice = [&] { return story.answers(message).size() == 2; };
    co_await story.until("it was sent again", twice);
    const Said unknown = co_await paygressctl(story, "wallet resend nonsense");
    CHECK(unknown.exit_code == 1);
  });
}

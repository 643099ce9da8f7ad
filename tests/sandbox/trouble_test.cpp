// When something is wrong, one clear line names the thing and says what to do; and what was begun goes on when it is mended.
#include <doctest/doctest.h>

#include "tests/sandbox/story.h"

using namespace paygress;
using namespace paygress::test;
using namespace std::chrono_literals;

TEST_CASE("wrong and missing settings are all reported at once, by name, and no secret is repeated") {
  tell([](Story& story) -> net::Task<> {
    story.settings["NOSTR_PRIVATE_KEY"] = "nsec1thisisnotakey";
    story.settings["WHITELISTED_MINTS"] = "not a url";
    story.settings["MINIMUM_POD_DURATION_SECONDS"] = "soon";
    story.settings["POD_SPECS"] = R"([{"id":"a","rate_msats_per_sec":0}])";
    story.settings["SSH_PORT_RANGE_START"] = "80";
    story.settings["UNIT_RATES"] = "usd,eur=0,gbp=-1,chf=1.5,jpy=99999999999999999999,USD=5,sat=2,auth=1,btc=5,btc=6";
    story.settings.erase("SSH_HOST");
    DaemonProcess daemon(story.settings, story.folder() / "check", {"--check-config"});
    const std::function<bool()> ended = [&] { return daemon.exit_code().has_value(); };
    co_await story.until("it ends", ended);
    CHECK(daemon.exit_code() == 78);
    for (const char* rate : {"usd", "eur=0", "gbp=-1", "chf=1.5", "jpy=99999999999999999999", "USD=5", "sat=2", "auth=1", "btc=6"})
      CHECK_MESSAGE(daemon.said("UNIT_RATES: \"" + std::string(rate) + "\" "), rate);
    for (const char* name : {"NOSTR_PRIVATE_KEY", "WHITELISTED_MINTS", "MINIMUM_POD_DURATION_SECONDS", "POD_SPECS",
                             "SSH_PORT_RANGE_START", "SSH_HOST"})
      CHECK_MESSAGE(daemon.said(name), name);
    CHECK_FALSE(daemon.said("thisisnotakey"));
  });
}

TEST_CASE("no key, no kubeconfig: one line, exit 78") {
  tell([](Story& story) -> net::Task<> {
    const auto ends_with_78 = [&story](const char* log, const char* says) -> net::Task<> {
      DaemonProcess daemon(story.settings, story.folder() / log);
      const std::function<bool()> ended = [&] { return daemon.exit_code().has_value(); };
      co_await story.until("it ends", ended);
      CHECK(daemon.exit_code() == 78);
      CHECK(daemon.said(says));
    };
    const std::string key = story.settings["NOSTR_PRIVATE_KEY"];
    story.settings["NOSTR_PRIVATE_KEY"] = "";
    co_await ends_with_78("no-key", "NOSTR_PRIVATE_KEY is missing");
    story.settings["NOSTR_PRIVATE_KEY"] = key;
    story.settings["KUBECONFIG"] = "/nowhere/kubeconfig";
    co_await ends_with_78("no-cluster", "/nowhere/kubeconfig");
  });
}

TEST_CASE("a stopped mint: the log names it, the customer hears that it takes longer, and gets his pod when it is back") {
  tell([](Story& story) -> net::Task<> {
    story.world.mint.go_down();
    co_await story.start();
    const std::function<bool()> named = [&] {
      return story.daemon->said("a mint does not answer") && story.daemon->said(story.world.mint.url());
    };
    co_await story.until("the log names the mint", named);
    const std::string token = story.token(30);
    const std::string message = story.send(story.spawn(token));
    const util::Json notice = co_await story.answer(message, 30s);
    CHECK_FALSE(notice.contains("error_type"));
    CHECK(notice["code"] == "mint_unreachable");
    story.world.mint.come_up();
    const util::Json answer = co_await story.answer(message, 60s);
    CHECK(answer["pod_npub"].is_string());
    CHECK(story.answers(message).size() == 2);
  });
}

TEST_CASE("a stopped relay: the log names it, the other one serves meanwhile") {
  tell([](Story& story) -> net::Task<> {
    story.second_relay.go_down();
    co_await story.start();
    const std::function<bool()> named = [&] { return story.daemon->said(story.second_relay.url()); };
    co_await story.until("the log names the relay", named);
    const util::Json answer = co_await story.ask(story.spawn(story.token(30)));
    CHECK(answer["pod_npub"].is_string());
  });
}

TEST_CASE("a stopped API server: the log names it and what to check") {
  tell([](Story& story) -> net::Task<> {
    story.world.kube.go_down();
    co_await story.start();
    const std::function<bool()> named = [&] {
      return story.daemon->said("the cluster cannot be used") && story.daemon->said(story.world.kube.url());
    };
    co_await story.until("the log names the server", named, 60s);
  });
}

TEST_CASE("an API server that stops later is noticed without an order, and so is its return, each in one line") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const auto times = [&story](const char* line) {
      const std::string log = story.daemon->log();
      int count = 0;
      for (std::size_t at = log.find(line); at != std::string::npos; at = log.find(line, at + 1)) ++count;
      return count;
    };
    const std::function<bool()> fine = [&] { return times("the cluster answers") == 1; };
    co_await story.until("the cluster answers", fine);
    story.world.kube.go_down();
    const std::function<bool()> gone = [&] { return times("the cluster cannot be used") == 1; };
    co_await story.until("the log names the server", gone, 60s);
    story.world.kube.come_up();
    const std::function<bool()> back = [&] { return times("the cluster answers") == 2; };
    co_await story.until("the cluster answers again", back, 60s);
    CHECK(times("the cluster cannot be used") == 1);
  });
}

TEST_CASE("node ports that the cluster does not have: the log says which it has, and orders are declined unpaid") {
  tell([](Story& story) -> net::Task<> {
    story.settings["SSH_PORT_RANGE_START"] = "2000";
    story.settings["SSH_PORT_RANGE_END"] = "3000";
    co_await story.start();
    const auto& options = story.world.kube.options();
    const std::string range = std::to_string(options.node_port_first) + "-" + std::to_string(options.node_port_last);
    const std::function<bool()> named = [&] {
      return story.daemon->said("the cluster cannot be used") && story.daemon->said(range) &&
             story.daemon->said("SSH_PORT_RANGE_START");
    };
    co_await story.until("the log names the setting", named, 60s);
    const std::string token = story.token(30);
    const util::Json answer = co_await story.ask(story.spawn(token));
    CHECK(answer["error_type"] == "resource_unavailable");
    CHECK(answer["token_consumed"] == false);
    CHECK_FALSE(story.spent(token));
  });
}

TEST_CASE("a second daemon on the same wallet is refused, and says which file") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    DaemonProcess second(story.settings, story.folder() / "second");
    const std::function<bool()> ended = [&] { return second.exit_code().has_value(); };
    co_await story.until("it ends", ended);
    CHECK(second.exit_code() == 1);
    CHECK(second.said(story.settings["CASHU_DB_PATH"]));
  });
}

TEST_CASE("neither key, token nor password is in the log, whatever happened") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string token = story.token(30);
    co_await story.ask(story.spawn(token));
    co_await story.ask(story.spawn(token));
    const std::string log = story.daemon->log();
    CHECK(log.find("a pod was sold") != std::string::npos);
    CHECK(log.find(story.settings["NOSTR_PRIVATE_KEY"]) == std::string::npos);
    CHECK(log.find("correct horse") == std::string::npos);
    CHECK(log.find(token.substr(20, 60)) == std::string::npos);
  });
}

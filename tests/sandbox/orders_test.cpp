// What customers order, and what they get.
#include <doctest/doctest.h>

#include <algorithm>

#include "nostr/message.h"
#include "nostr/nip04.h"
#include "nostr/nip17.h"
#include "nostr/nip19.h"
#include "nostr/nip59.h"
#include "tests/sandbox/story.h"

using namespace paygress;
using namespace paygress::test;
using namespace std::chrono_literals;

TEST_CASE("a token becomes a pod, and the answer says how to reach it") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string token = story.token(30);
    util::Json request = story.spawn(token);
    request["request_id"] = "first";
    const util::Json answer = co_await story.ask(request);
    CHECK(answer["request_id"] == "first");
    CHECK(answer["pod_spec_name"] == "Basic");
    CHECK(answer["host_address"] == "127.0.0.1");
    CHECK(answer["ssh_username"] == "alice");
    CHECK(answer["paid_msats"] == 30000);
    CHECK(answer["fee_msats"] == 1000);
    CHECK(answer["duration_seconds"] == 29);
    CHECK(answer["instructions"].is_array());
    CHECK(answer.dump().find("correct horse") == std::string::npos);
    CHECK(nostr::decode_npub(answer["pod_npub"].get<std::string>()));
    CHECK(story.spent(token));
    CHECK(story.world.kube.running_pods() == 1);
    const auto expires = util::parse_rfc3339(answer["expires_at"].get<std::string>()).value();
    CHECK(expires - story.clock().now() > 25s);
    CHECK(expires - story.clock().now() <= 30s);  // the cluster counts whole seconds, rounded up
  });
}

TEST_CASE("a top-up moves the end of the same pod, whoever pays, and tells the owner") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const util::Json pod = co_await story.ask(story.spawn(story.token(30)));
    const util::Json before = story.world.kube.list("pods").at(0);
    const crypto::SecretKey owner = story.customer;
    story.customer = crypto::SecretKey::generate(crypto::system_random());
    const util::Json answer = co_await story.ask(story.top_up(pod["pod_npub"], story.token(51)));
    CHECK(answer["success"] == true);
    CHECK(answer["extended_duration_seconds"] == 50);
    const auto old_end = util::parse_rfc3339(pod["expires_at"].get<std::string>()).value();
    const auto new_end = util::parse_rfc3339(answer["new_expires_at"].get<std::string>()).value();
    CHECK(new_end == old_end + 50s);
    const util::Json after = story.world.kube.list("pods").at(0);
    CHECK(after["metadata"]["uid"] == before["metadata"]["uid"]);
    story.customer = owner;
    const util::Json told = co_await story.answer("");
    CHECK(told["success"] == true);
  });
}

TEST_CASE("the cluster ends a pod at its time with the daemon stopped") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    co_await story.ask(story.spawn(story.token(7)));
    co_await story.stop();
    CHECK(story.world.kube.running_pods() == 1);
    const std::function<bool()> ended = [&story] { return story.world.kube.running_pods() == 0; };
    co_await story.until("the pod is gone", ended, 15s);
    const std::function<bool()> freed = [&story] {
      const auto services = story.world.kube.list("services");
      return std::none_of(services.begin(), services.end(),
                          [](const util::Json& one) { return one["spec"]["type"] == "NodePort"; });
    };
    co_await story.until("its Service and so its port are gone", freed, 60s);
  });
}

TEST_CASE("what is sent while the daemon is stopped is served when it starts") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    co_await story.stop();
    const std::string token = story.token(30);
    const std::string message = story.send(story.spawn(token));
    CHECK_FALSE(story.spent(token));
    co_await story.start();
    const util::Json answer = co_await story.answer(message);
    CHECK(answer["pod_npub"].is_string());
  });
}

TEST_CASE("one message by two relays, in two wraps, and after a restart is charged once") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    auto& random = crypto::system_random();
    const crypto::PublicKey to = story.service.public_key();
    const nostr::Rumor rumor =
        nostr::chat_message(story.customer.public_key(), to, story.spawn(story.token(30)).dump(), story.clock().now());
    const nostr::Event wrap = nostr::gift_wrap(story.customer, to, rumor, story.clock().now(), random);
    REQUIRE(story.world.relay.put(wrap));
    REQUIRE(story.second_relay.put(wrap));
    REQUIRE(story.world.relay.put(nostr::gift_wrap(story.customer, to, rumor, story.clock().now(), random)));
    const util::Json answer = co_await story.answer(util::hex(rumor.id));
    CHECK(answer["pod_npub"].is_string());
    co_await story.stop();
    REQUIRE(story.second_relay.put(nostr::gift_wrap(story.customer, to, rumor, story.clock().now(), random)));
    co_await story.start();
    co_await story.clock().sleep_for(500ms);
    CHECK(story.answers(util::hex(rumor.id)).size() == 1);
    CHECK(story.world.kube.running_pods() == 1);
  });
}

TEST_CASE("the same request_id again gets the same answer and is never charged twice") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    util::Json request = story.spawn(story.token(30));
    request["request_id"] = "order-7";
    const util::Json first = co_await story.ask(request);
    const std::string other = story.token(30);
    request["cashu_token"] = other;
    const util::Json second = co_await story.ask(request);
    CHECK(second == first);
    CHECK_FALSE(story.spent(other));
  });
}

TEST_CASE("NIP-04 is answered by NIP-04, and refused when it is switched off") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const util::Json answer = co_await story.ask(story.spawn(story.token(30)), By::nip04);
    CHECK(answer["pod_npub"].is_string());
    std::size_t letters = 0;
    for (const nostr::Event& event : story.world.relay.stored())
      if (event.kind == nostr::nip04::kKind && event.pubkey == story.service.public_key()) ++letters;
    CHECK(letters == 1);
    co_await story.stop();
    story.settings["NOSTR_ACCEPT_NIP04"] = "false";
    co_await story.start();
    const std::string token = story.token(30);
    const std::string message = story.send(story.spawn(token), By::nip04);
    co_await story.clock().sleep_for(1s);
    CHECK(story.answers(message).empty());
    CHECK_FALSE(story.spent(token));
  });
}

TEST_CASE("status and list are the owner's; for anybody else the pod is not found; the owner may end it") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const util::Json pod = co_await story.ask(story.spawn(story.token(60)));
    util::Json by_npub, by_id, everything, end;
    by_npub["pod_npub"] = pod["pod_npub"];
    by_id["pod_id"] = pod["pod_id"];
    everything["list"] = true;
    end["end"] = pod["pod_npub"];
    for (const util::Json* by : {&by_npub, &by_id}) {
      const util::Json request = *by;
      const util::Json status = co_await story.ask(request);
      CHECK(status["status"] == "active");
      CHECK(status["node_port"] == pod["node_port"]);
    }
    const util::Json list = co_await story.ask(everything);
    CHECK(list["pods"].size() == 1);
    const crypto::SecretKey owner = story.customer;
    story.customer = crypto::SecretKey::generate(crypto::system_random());
    const util::Json foreign = co_await story.ask(by_npub);
    CHECK(foreign["error_type"] == "pod_not_found");
    const util::Json nothing = co_await story.ask(everything);
    CHECK(nothing["pods"].empty());
    const util::Json refused = co_await story.ask(end);
    CHECK(refused["error_type"] == "pod_not_found");
    story.customer = owner;
    const util::Json ended = co_await story.ask(end);
    CHECK(ended["success"] == true);
    const std::function<bool()> gone = [&story] { return story.world.kube.running_pods() == 0; };
    co_await story.until("the pod is gone", gone);
  });
}

TEST_CASE("plain words get plain words, a bare token stays untouched, our own answers are not answered") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const util::Json offers = co_await story.answer(story.send_text("offers"));
    CHECK(offers["pod_specs"].size() == 2);
    co_await story.answer(story.send_text("help me please"));
    const std::string token = story.token(30);
    const util::Json bare = co_await story.answer(story.send_text("here you are: " + token));
    CHECK(bare["error_type"] == "invalid_request");
    CHECK_FALSE(story.spent(token));
    const std::string echo = story.send_text(R"({"error_type":"invalid_request","message":"what?"})");
    co_await story.clock().sleep_for(500ms);
    CHECK(story.answers(echo).empty());
  });
}

TEST_CASE("the offer is on the relays, ours and signed, and an older one is withdrawn") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const auto offers = [&story](std::uint16_t kind) {
      std::vector<nostr::Event> found;
      for (const nostr::Event& event : story.world.relay.stored())
        if (event.kind == kind && event.pubkey == story.service.public_key()) found.push_back(event);
      return found;
    };
    const std::function<bool()> published = [&] { return !offers(10050).empty(); };
    co_await story.until("everything is published", published);
    REQUIRE(offers(999).size() == 1);
    const nostr::Event first = offers(999)[0];
    CHECK(nostr::has_tag(first.tags, "t", "paygress"));
    CHECK(nostr::has_tag(first.tags, "t", "offer"));
    CHECK(nostr::expiration(first));
    const util::Json content = util::Json::parse(first.content);
    CHECK(content["minimum_duration_seconds"] == 5);
    CHECK(content["whitelisted_mints"][0] == story.world.mint.url());
    CHECK(content["pod_specs"][0]["rate_msats_per_sec"] == 1000);
    CHECK(offers(30999).size() == 1);
    CHECK(offers(0).size() == 1);
    CHECK(offers(10002).size() == 1);
    co_await story.stop();
    story.settings["MINIMUM_POD_DURATION_SECONDS"] = "6";
    co_await story.start();
    const std::function<bool()> replaced = [&] { return offers(999).size() == 1 && offers(999)[0].id != first.id; };
    co_await story.until("the new offer has replaced the old one", replaced);
  });
}

TEST_CASE("an old message of NIP-04 that a relay brings again is not served, and a new one is") {
  tell([](Story& story) -> net::Task<> {
    const std::string me = story.service.public_key().hex();
    const std::string content =
        nostr::nip04::encrypt(R"({"list":true})", story.customer, story.service.public_key(), crypto::system_random());
    const std::int64_t now = util::unix_seconds(story.clock().now());
    std::vector<std::string> ids;
    std::vector<nostr::Event> events;
    for (const std::int64_t date : {now - 8 * 86400, now + 86400, now - 3600}) {
      nostr::EventDraft draft{date, nostr::nip04::kKind, {{"p", me}}, content};
      events.push_back(nostr::sign_event(story.customer, std::move(draft), crypto::system_random()));
      ids.push_back(util::hex(events.back().id));
    }
    // It does not know `since`.
    story.second_relay.script = [&](const util::Json& frame) {
      std::optional<std::vector<std::string>> frames;
      if (frame.at(0) != "REQ" || frame.at(2).at("kinds").at(0) != nostr::nip04::kKind) return frames;
      frames.emplace();
      for (const nostr::Event& event : events) frames->push_back(nostr::event_message(frame.at(1).get<std::string>(), event));
      frames->push_back(nostr::eose_message(frame.at(1).get<std::string>()));
      return frames;
    };
    co_await story.start();
    const util::Json answer = co_await story.answer(ids[2]);
    CHECK(answer["pods"].is_array());
    CHECK(story.answers(ids[0]).empty());
    CHECK(story.answers(ids[1]).empty());
  });
}

TEST_CASE("a relay that was away when the offer was published gets it when it is back") {
  tell([](Story& story) -> net::Task<> {
    story.second_relay.go_down();
    co_await story.start();
    const auto has = [&](const sandbox::FakeRelay& relay, std::uint16_t kind) {
      const std::vector<nostr::Event> events = relay.stored();
      return std::any_of(events.begin(), events.end(), [&](const nostr::Event& event) { return event.kind == kind; });
    };
    const std::function<bool()> first = [&] { return has(story.world.relay, 999) && has(story.world.relay, 10050); };
    co_await story.until("the offer is at the relay that is there", first);
    story.second_relay.come_up();
    const std::function<bool()> then = [&] {
      return has(story.second_relay, 999) && has(story.second_relay, 30999) && has(story.second_relay, 10050);
    };
    co_await story.until("the other has it, too", then, 60s);
  });
}

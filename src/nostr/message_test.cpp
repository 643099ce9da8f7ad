#include "nostr/message.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nostr/nip42.h"

using namespace paygress;
using namespace paygress::nostr;

namespace {

using Prefix = Reason::Prefix;

Event some_event(std::uint16_t kind = 1, Tags tags = {}) {
  static crypto::SeededRandom random(1);
  static const auto key = crypto::SecretKey::generate(random);
  return sign_event(key, {1700000000, kind, std::move(tags), "text with \"quotes\""}, random);
}

template <class Message, class Variant>
Message as(const util::Result<Variant>& message) {
  REQUIRE(message);
  REQUIRE(std::holds_alternative<Message>(*message));
  return std::get<Message>(*message);
}

}  // namespace

TEST_CASE("what our relay writes our client reads") {
  const Event event = some_event();
  const auto got = as<EventMessage>(parse_relay_message(event_message("in\"box", event)));
  CHECK(got.subscription == "in\"box");
  CHECK(to_text(got.event) == to_text(event));
  const auto ok = as<OkMessage>(parse_relay_message(ok_message(event.id, false, "rate-limited: slow down")));
  CHECK(ok.event_id == event.id);
  CHECK_FALSE(ok.accepted);
  CHECK(ok.reason.prefix == Prefix::rate_limited);
  CHECK(as<EoseMessage>(parse_relay_message(eose_message("a"))).subscription == "a");
  CHECK(as<ClosedMessage>(parse_relay_message(closed_message("a", "auth-required: who?"))).reason.prefix == Prefix::auth_required);
  CHECK(as<NoticeMessage>(parse_relay_message(notice_message("hi"))).text == "hi");
  CHECK(as<AuthChallenge>(parse_relay_message(auth_challenge_message("c"))).challenge == "c");
}

TEST_CASE("what our client writes our relay reads") {
  const Event event = some_event();
  CHECK(as<PublishMessage>(parse_client_message(publish_message(event))).event.id == event.id);
  CHECK(as<AuthMessage>(parse_client_message(auth_message(event))).event.id == event.id);
  CHECK(as<CloseMessage>(parse_client_message(close_message("a"))).subscription == "a");
  Filter wraps, old;
  wraps.kinds = {1059};
  wraps.tags['p'] = {event.pubkey.hex()};
  wraps.since = 1700000000;
  wraps.limit = 500;
  old.ids = {event.id};
  old.authors = {event.pubkey};
  old.until = 5;
  const auto request = as<RequestMessage>(parse_client_message(request_message("inbox", {wraps, old})));
  CHECK(request.subscription == "inbox");
  REQUIRE(request.filters.size() == 2);
  CHECK(to_json(request.filters[0]) == to_json(wraps));
  CHECK(to_json(request.filters[1]) == to_json(old));
}

TEST_CASE("relays' reasons are read as they are really written") {
  const std::pair<const char*, Prefix> rows[] = {
      {"auth-required: we only serve our own", Prefix::auth_required},
      {"ERROR: auth-required: restricted kind", Prefix::auth_required},  // strfry
      {"Auth-Required:", Prefix::auth_required},
      {"ERROR: bad req: filter", Prefix::error},
      {"error: already authenticated", Prefix::error},
      {"restricted: members only", Prefix::restricted},
      {"rate-limited", Prefix::rate_limited},
      {"pow: 28 bits needed", Prefix::pow},
      {"unsupported: filter", Prefix::unsupported},
      {"reject: expired", Prefix::error},
      {"authentication needed", Prefix::error},
      {"invalidated", Prefix::error},
      {"", Prefix::error},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(read_reason(row.first, false).prefix == row.second);
    CHECK(read_reason(row.first, false).text == row.first);
  }
  CHECK(read_reason("", true).prefix == Prefix::none);
  CHECK(read_reason("stored", true).prefix == Prefix::none);
  CHECK(read_reason("duplicate: have it", true).prefix == Prefix::duplicate);
  CHECK(read_reason(std::string(100000, 'x'), false).text.size() == kMaxReason);
}

TEST_CASE("frames that relays send in their own way are understood or passed over") {
  const std::string id(64, 'a');
  CHECK(as<OkMessage>(parse_relay_message("[\"OK\",\"" + id + "\",true]")).accepted);
  CHECK(as<ClosedMessage>(parse_relay_message("[\"CLOSED\",\"a\"]")).reason.prefix == Prefix::error);
  CHECK(as<OkMessage>(parse_relay_message("[\"OK\",\"" + id + "\",true,null]")).accepted);
  CHECK(as<ClosedMessage>(parse_relay_message("[\"CLOSED\",\"a\",null]")).reason.prefix == Prefix::error);
  CHECK(as<EoseMessage>(parse_relay_message(" [ \"EOSE\" , \"a\" , {\"more\":[1]} ] ")).subscription == "a");
  CHECK(as<UnknownMessage>(parse_relay_message("[\"COUNT\",\"a\",{\"count\":3}]")).type == "COUNT");
  CHECK(as<UnknownMessage>(parse_relay_message("[\"NEG-ERR\",\"a\",\"auth-required\"]")).type == "NEG-ERR");
}

TEST_CASE("garbage from a relay is an error, never more") {
  const std::string event = to_text(some_event());
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), std::string("null"), std::string("[1]"), std::string("[\"EVENT\"]"),
        "[\"EVENT\"," + event + "]", "[\"EVENT\",\"a\"," + event, "[\"EVENT\",\"a\"," + event + "]]",
        std::string("[\"EVENT\",\"a\",{}]"), std::string("[\"OK\",\"abc\",true,\"\"]"),
        "[\"OK\",\"" + std::string(64, 'a') + "\",\"true\"]", std::string("[\"EOSE\",5]"), std::string("[\"CLOSED\",\"a\",5]"),
        std::string("[\"NOTICE\"]"), std::string("[\"AUTH\",null]"), std::string("[\"NOTICE\",\"\xff\"]"),
        "[\"COUNT\"," + std::string(10000, '['), std::string("[\"EOSE\",\"a\",]")}) {
    CAPTURE(text);
    CHECK_FALSE(parse_relay_message(text));
  }
}

TEST_CASE("a relay refuses requests that NIP-01 does not allow") {
  CHECK(parse_client_message("[\"REQ\",\"" + std::string(64, 's') + "\",{}]"));
  for (const std::string& text :
       {"[\"REQ\",\"" + std::string(65, 's') + "\",{}]", std::string("[\"REQ\",\"\",{}]"), std::string("[\"REQ\",\"a\"]"),
        std::string("[\"REQ\",\"a\",[]]"), std::string("[\"REQ\",\"a\",{\"kinds\":[65536]}]"),
        std::string("[\"REQ\",\"a\",{\"kinds\":[-1]}]"), std::string("[\"REQ\",\"a\",{\"authors\":[\"abc\"]}]"),
        "[\"REQ\",\"a\",{\"ids\":[\"" + std::string(64, 'A') + "\"]}]", std::string("[\"REQ\",\"a\",{\"since\":1.5}]"),
        std::string("[\"REQ\",\"a\",{\"#p\":\"x\"}]"), std::string("[\"REQ\",\"a\",{\"limit\":-1}]")}) {
    CAPTURE(text);
    CHECK_FALSE(parse_client_message(text));
  }
}

TEST_CASE("a filter asks for all of its conditions and any of their values") {
  const Event event = some_event(1059, {{"p", "us"}, {"t"}, {"t", "paygress"}});
  Filter filter;
  CHECK(matches(filter, event));
  filter.kinds = {4, 1059};
  filter.tags['p'] = {"them", "us"};
  filter.tags['t'] = {"paygress"};
  filter.since = event.created_at;
  filter.until = event.created_at;
  filter.authors = {event.pubkey};
  filter.ids = {event.id};
  filter.limit = 0;  // says how many stored events to send, nothing about a match
  CHECK(matches(filter, event));
  const auto without = [&](auto&& change) {
    Filter changed = filter;
    change(changed);
    return matches(changed, event);
  };
  CHECK_FALSE(without([](Filter& f) { f.kinds = {4}; }));
  CHECK_FALSE(without([](Filter& f) { f.kinds = std::vector<std::uint16_t>(); }));
  CHECK_FALSE(without([](Filter& f) { f.tags['p'] = {"them"}; }));
  CHECK_FALSE(without([](Filter& f) { f.tags['e'] = {"us"}; }));
  CHECK_FALSE(without([](Filter& f) { *f.since += 1; }));
  CHECK_FALSE(without([](Filter& f) { *f.until -= 1; }));
  CHECK_FALSE(without([](Filter& f) { f.ids = {crypto::Hash256{}}; }));
}

TEST_CASE("NIP-42: the proof is for this relay, this challenge and now") {
  crypto::SeededRandom random(2);
  const auto key = crypto::SecretKey::generate(random);
  const util::Time now = util::from_unix(1700000000);
  Event auth = auth_event(key, "wss://relay.example/", "abc", now, random);
  CHECK(check_auth_event(auth, "wss://relay.example/", "abc", now));
  CHECK_FALSE(check_auth_event(auth, "wss://relay.example", "abc", now));
  CHECK_FALSE(check_auth_event(auth, "wss://relay.example/", "abd", now));
  CHECK_FALSE(check_auth_event(auth, "wss://relay.example/", "abc", now + std::chrono::minutes(11)));
  auth.sig[5] ^= 1;
  CHECK_FALSE(check_auth_event(auth, "wss://relay.example/", "abc", now));
  CHECK_FALSE(check_auth_event(some_event(), "wss://relay.example/", "abc", now));
}

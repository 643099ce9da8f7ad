#include "nostr/event.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nostr/json_text.h"
#include "tests/support/vectors.h"
#include "util/bytes.h"
#include "util/json.h"

using namespace paygress;
using namespace paygress::nostr;
using nlohmann::json;

namespace {

const crypto::SecretKey& key() {
  static const auto key = crypto::SecretKey::from_hex(std::string(63, '0') + "3").value();
  return key;
}

Event signed_event(EventDraft draft) {
  crypto::SeededRandom random(1);
  return sign_event(key(), std::move(draft), random);
}

// A whole event as text, with one member replaced by raw JSON (or left out when it is empty).
std::string text_with(const std::string& member, const std::string& raw) {
  const json event = to_json(signed_event({1700000000, 1, {{"t", "x"}}, "hello"}));
  std::string text = "{";
  for (const auto& [name, value] : event.items()) {
    const std::string written = name == member ? raw : value.dump();
    if (!written.empty()) text += (text.size() > 1 ? ",\"" : "\"") + name + "\":" + written;
  }
  return text + "}";
}

}  // namespace

TEST_CASE("NIP-01: ids and signatures of tricky events hold, and every event survives being written and read") {
  const auto vectors = test::vector_json("nostr/nip01-events.json");
  if (!vectors) return;
  for (const json& row : (*vectors)["valid"]) {
    CAPTURE(row["name"].get<std::string>());
    json source = row["event"];
    if (row.contains("json_escaped_id")) {  // where text and deployed software differ, we do as the software
      source["id"] = row["json_escaped_id"];
      source["sig"] = row["json_escaped_sig"];
    }
    const auto event = parse_event(source);
    REQUIRE(event);
    CHECK(verify(*event));
    CHECK(to_json(*event) == source);
    const auto again = parse_event(to_text(*event));
    REQUIRE(again);
    CHECK(to_json(*again) == source);
  }
}

TEST_CASE("NIP-01: malformed events are refused when read or when verified") {
  const auto vectors = test::vector_json("nostr/nip01-events.json");
  if (!vectors) return;
  for (const json& row : (*vectors)["invalid"]) {
    CAPTURE(row["name"].get<std::string>());
    const auto event = parse_event(row["raw"].get<std::string>());
    CHECK_FALSE((event && verify(*event)));
  }
}

TEST_CASE("only the seven members count, each exactly once and of its own type") {
  CHECK(parse_event(text_with("", "")));
  for (const char* member : {"id", "pubkey", "created_at", "kind", "tags", "content", "sig"}) {
    CAPTURE(member);
    for (const char* raw :
         {"", "null", "true", "{}", "\"\"", "-1", "1.0", "1e3", "99999999999999999999", "[[1]]", "[\"p\"]", "\"\\ud800\""}) {
      CAPTURE(raw);
      if (std::string_view(member) == "content" && std::string_view(raw) == "\"\"") continue;
      CHECK_FALSE(parse_event(text_with(member, raw)));
    }
    const std::string twice = "\"" + std::string(member) + "\":null,";
    CHECK_FALSE(parse_event("{" + twice + text_with("", "").substr(1)));
  }
  // An escaped spelling is the same key again.
  CHECK_FALSE(parse_event("{\"k\\u0069nd\":1," + text_with("", "").substr(1)));
}

TEST_CASE("strangers' additions are ignored, as deep as we read") {
  const std::string plain = text_with("", "").substr(1);
  CHECK(parse_event("{\"seen\":[{\"on\":null},-1.5e+3,true,false,\"x\"]," + plain));
  CHECK(parse_event(" { \"relay\" : [ ] ,\r\n\t" + plain + " "));
  CHECK_FALSE(parse_event("{\"x\":" + std::string(100000, '[') + std::string(100000, ']') + "," + plain));
  CHECK_FALSE(parse_event("{\"x\":" + std::string(40, '[') + std::string(40, ']') + "," + plain));
  for (const char* broken :
       {"{\"x\":tru,", "{\"x\":01,", "{\"x\":1.,", "{\"x\":+1,", "{\"x\":[1,],", "{\"x\":{\"a\"},", "{\"x\":\"\t\",", "{,"})
    CHECK_FALSE(parse_event(broken + plain));
}

TEST_CASE("an event ends where its object ends, is UTF-8 and of bounded size") {
  const std::string text = text_with("", "");
  CHECK(parse_event(text + "\n"));
  CHECK_FALSE(parse_event(text + ","));
  CHECK_FALSE(parse_event(text + text));
  CHECK_FALSE(parse_event(text_with("content", "\"\xc3\x28\"")));
  CHECK_FALSE(parse_event(text + std::string(1 << 20, ' ')));
  CHECK_FALSE(parse_event(std::string_view()));
  for (std::size_t size = 0; size < text.size(); ++size) CHECK_FALSE(parse_event(text.substr(0, size)));
}

TEST_CASE("escapes are resolved and written as NIP-01 writes them") {
  const auto event = parse_event(text_with("content", R"("\u0041\/\b\f\n\r\t\"\\\ud83d\ude80\u0000\u20ac\u00e9")"));
  REQUIRE(event);
  CHECK(event->content == std::string("A/\b\f\n\r\t\"\\\xf0\x9f\x9a\x80\0\xe2\x82\xac\xc3\xa9", 19));
  const std::string text = to_text(*event);
  CHECK(text.find(R"("content":"A/\b\f\n\r\t\"\\)"
                  "\xf0\x9f\x9a\x80"
                  R"(\u0000)"
                  "\xe2\x82\xac\xc3\xa9\"") != std::string::npos);
  for (const char* bad :
       {R"("\ude80")", R"("\ud83d")", R"("\ud83dx")", R"("\ud83d\u0041")", R"("\x41")", R"("\u00g0")", R"("\u00)", R"("\)"})
    CHECK_FALSE(parse_event(text_with("content", bad)));
}

TEST_CASE("a special byte is found wherever it stands, and nothing else is taken for one") {
  for (std::size_t size = 1; size <= 20; ++size)
    for (std::size_t at = 0; at < size; ++at)
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(byte);
        const bool special = byte < 0x20 || byte == '"' || byte == '\\';
        if (next_special(text, 0) != (special ? at : size)) FAIL_CHECK("byte ", byte, " at ", at, " of ", size);
      }
}

TEST_CASE("the reader agrees with the project's JSON doorway on every event with a byte changed") {
  // nlohmann is the second opinion: what we accept it accepts, with the same meaning.
  const std::string text =
      to_text(signed_event({1700000000, 1059, {{"p", std::string(64, 'a')}, {}}, "a \"quoted\" \\ text \xe2\x82\xac\n"}));
  crypto::SeededRandom random(11);
  std::size_t accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string changed = text;
    const int times = static_cast<int>(crypto::random_below(random, 3)) + 1;
    for (int k = 0; k < times; ++k) {
      constexpr std::string_view kLikely = "\"\\{}[],:0aeu \n\x01\x80\xe2.-";
      const std::uint64_t at = crypto::random_below(random, changed.size());
      changed[at] = kLikely[crypto::random_below(random, kLikely.size())];
    }
    const auto event = parse_event(changed);
    if (!event) continue;
    ++accepted;
    const auto tree = util::parse_json(changed);
    REQUIRE(tree);
    const json ours = to_json(*event);
    for (const auto& [name, value] : ours.items()) CHECK((*tree)[name] == value);
  }
  CHECK(accepted > 0);
}

TEST_CASE("signing fills in what follows from key and draft; any change is noticed") {
  Event event = signed_event({1700000000, 14, {{"p", "x"}}, "text"});
  CHECK(event.pubkey == key().public_key());
  CHECK(verify(event));
  Event changed = event;
  changed.content += ".";
  CHECK(verify(changed).error().code == "event_id_mismatch");
  changed = event;
  changed.sig[0] ^= 1;
  CHECK(verify(changed).error().code == "event_bad_signature");
}

TEST_CASE("expiration: a whole number of seconds, else none") {
  const auto with = [](std::string value) { return signed_event({1, 1, {{"expiration", std::move(value)}}, ""}); };
  CHECK(expiration(with("1700000000")) == 1700000000);
  for (const char* malformed : {"", "soon", "-1", "1.5", "17 ", "99999999999999999999"}) CHECK_FALSE(expiration(with(malformed)));
  CHECK(is_expired(with("1700000000"), util::from_unix(1700000000)));
  CHECK_FALSE(is_expired(with("1700000000"), util::from_unix(1699999999)));
  CHECK_FALSE(is_expired(with("soon"), util::from_unix(1700000000)));
}

TEST_CASE("tags are found by name and value; short ones are passed over") {
  const Tags tags{{}, {"p"}, {"p", "one", "wss://relay.example"}, {"p", "two"}};
  CHECK(first_tag(tags, "p") == "one");
  CHECK_FALSE(first_tag(tags, "e"));
  CHECK(has_tag(tags, "p", "two"));
  CHECK_FALSE(has_tag(tags, "p", "wss://relay.example"));
}

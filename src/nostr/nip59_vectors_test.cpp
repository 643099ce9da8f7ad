// Gift wraps made by others: the NIPs' own, those of client libraries, and the constructed cases with their verdicts.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <set>

#include "nostr/nip59.h"
#include "tests/support/vectors.h"
#include "util/bytes.h"

using namespace paygress;
using namespace paygress::nostr;
using nlohmann::json;

namespace {

crypto::SecretKey secret(const json& hex) { return crypto::SecretKey::from_hex(hex.get<std::string>()).value(); }

// What a case's verdict says about us: is it acted on?
bool acts_on(const std::string& verdict) {
  return verdict == "accept" || verdict == "accept-computed-id" || verdict == "accept-if-supported";
}

}  // namespace

TEST_CASE("every gift wrap of the vectors gets its verdict, in order, with one table of handled rumors") {
  const auto vectors = test::vector_json("nostr/giftwrap-cases.json");
  if (!vectors) return;
  const auto service = secret((*vectors)["service_secret"]);
  std::set<crypto::Hash256> handled;
  ConversationKeys keys(16);
  for (const json& row : (*vectors)["cases"]) {
    CAPTURE(row["name"].get<std::string>());
    const std::string verdict = row["verdict"];
    const util::Time now = util::from_unix(row.value("now", (*vectors)["now"].get<std::int64_t>()));
    const auto wrap = parse_event(row["wrap"].dump());
    if (!wrap) {
      CHECK(verdict == "reject");
      continue;
    }
    const auto opened = open_gift_wrap(*wrap, service, now, &keys);
    const bool first_time = opened && handled.insert(opened->rumor.id).second;
    if (opened && row.contains("sender")) CHECK(opened->sender.hex() == row["sender"]);
    if (opened && row.contains("rumor_id")) CHECK(util::hex(opened->rumor.id) == row["rumor_id"]);
    CHECK(first_time == acts_on(verdict));
    if (verdict == "duplicate") CHECK((opened && !first_time));
    if (verdict == "ignore") CHECK((!opened && opened.error().kind == util::Errc::refused));
    if (verdict == "reject") CHECK((!opened && opened.error().kind != util::Errc::refused));
    if (verdict == "reject-stale") CHECK((!opened && opened.error().code == "rumor_stale"));
  }
}

TEST_CASE("the wraps printed in NIP-17 and NIP-59 open to the last layer") {
  const auto vectors = test::vector_json("nostr/nip17-nip59-spec-examples.json");
  if (!vectors) return;
  for (const json& row : (*vectors)["nip17"]["wraps"]) {
    const auto recipient = secret(row["recipient_secret"]);
    const json rumor = json::parse(row["rumor_json"].get<std::string>());
    const auto wrap = parse_event(row["wrap"]);
    REQUIRE(wrap);
    const auto opened = open_gift_wrap(*wrap, recipient, util::from_unix(rumor["created_at"]));
    if (rumor["pubkey"] == recipient.public_key().hex()) {  // the sender's copy to himself
      CHECK(opened.error().code == "rumor_from_ourselves");
      continue;
    }
    REQUIRE(opened);
    CHECK(opened->rumor.content == rumor["content"]);
    CHECK(opened->sender.hex() == rumor["pubkey"]);
  }
  const json& nip59 = (*vectors)["nip59"];
  const auto author = secret(nip59["author_secret"]), recipient = secret(nip59["recipient_secret"]);
  const auto wrap = parse_event(nip59["wrap"]);
  REQUIRE(wrap);
  CHECK(verify(*wrap));
  const auto seal_text = nip44::decrypt(wrap->content, nip44::ConversationKey(recipient, wrap->pubkey));
  REQUIRE(seal_text);
  const auto seal = parse_event(*seal_text);
  REQUIRE(seal);
  CHECK(verify(*seal));
  CHECK(to_json(*seal) == nip59["seal"]);
  CHECK(seal->pubkey == author.public_key());
  const auto text = nip44::decrypt(seal->content, nip44::ConversationKey(recipient, seal->pubkey));
  REQUIRE(text);
  CHECK(json::parse(*text) == nip59["rumor"]);
  // Its rumor is of kind 1: a note, not a message to answer.
  CHECK(open_gift_wrap(*wrap, recipient, util::from_unix(nip59["rumor"]["created_at"])).error().kind == util::Errc::refused);
}

TEST_CASE("messages of real client libraries open, with and without a remembered key") {
  const auto vectors = test::vector_json("nostr/interop-made-by-clients.json");
  if (!vectors) return;
  const auto service = secret((*vectors)["service_secret"]);
  ConversationKeys keys(4);
  for (int round = 0; round < 2; ++round)
    for (const json& row : (*vectors)["gift_wraps"]) {
      CAPTURE(row["by"].get<std::string>());
      const json rumor = json::parse(row["rumor_json"].get<std::string>());
      const auto wrap = parse_event(row["wrap"].dump());
      REQUIRE(wrap);
      const auto opened = open_gift_wrap(*wrap, service, util::from_unix(rumor["created_at"]), &keys);
      REQUIRE(opened);
      CHECK(opened->rumor.content == rumor["content"]);
      CHECK(util::hex(opened->rumor.id) == rumor["id"]);
      CHECK(opened->sender.hex() == (*vectors)["customer"]);
    }
  CHECK(keys.size() == 1);
}

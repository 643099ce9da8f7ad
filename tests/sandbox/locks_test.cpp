// What a payer may send: plain money, money locked to the provider's key, and locks that time has opened. Everything else is refused
// by its name, before the mint hears of it.
#include <doctest/doctest.h>

#include "cashu/token.h"
#include "net/running.h"
#include "tests/sandbox/held.h"
#include "tests/sandbox/story.h"

using namespace paygress;
using namespace paygress::test;
using namespace std::chrono_literals;

namespace {

using Tags = std::vector<std::vector<std::string>>;

const crypto::SecretKey kStranger = crypto::SecretKey::from_hex(std::string(64, '7')).value();
const std::string kStrangerHex = "02" + kStranger.public_key().hex();
const std::string kLongAgo = "1000000000", kFarAway = "4000000000";

// The secret as ordinary wallets write it.
std::string lock(const std::string& kind, const std::string& data, const Tags& tags, const std::string& nonce) {
  const util::Json body = {{"nonce", nonce}, {"data", data}, {"tags", tags}};
  return util::Json::array({kind, body}).dump();
}

std::string locked_token(Story& story, const std::string& kind, const std::string& data, const Tags& tags, std::uint64_t sat = 30) {
  sandbox::TokenOptions options;
  options.secret = [&](const std::string& nonce) { return lock(kind, data, tags, nonce); };
  return story.world.mint.make_token(sat, options);
}

// The key that the provider publishes for this.
net::Task<std::string> offered_key(Story& story) {
  const util::Json offers = co_await story.answer(story.send_text("offers"));
  co_return offers["cashu_pubkey"].get<std::string>();
}

// The token again, as V3, with every proof changed.
std::string as_v3(const std::string& token, const std::function<void(util::Json&)>& change) {
  const cashu::Token decoded = cashu::decode_token(token).value();
  util::Json entry = {{"mint", decoded.mint.text()}, {"proofs", util::Json::array()}};
  for (const cashu::Proof& proof : decoded.proofs) {
    util::Json json = cashu::to_json(proof);
    change(json);
    entry["proofs"].push_back(json);
  }
  const util::Json whole = {{"token", util::Json::array({entry})}, {"unit", "sat"}};
  return "cashuA" + util::base64url(util::as_bytes(whole.dump()));
}

void check_refused(const util::Json& answer, const std::string& code, const std::string& words) {
  INFO(answer.dump());
  CHECK(answer.value("error_type", "") == "invalid_token");
  CHECK(answer.value("code", "") == code);
  CHECK(answer.value("token_consumed", true) == false);
  CHECK(answer.value("message", "").find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("a token that the provider's key opens buys a pod, one signature for each proof or one for all") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string own = co_await offered_key(story);
    const std::vector<Tags> flags = {Tags{}, Tags{{"sigflag", "SIG_INPUTS"}}, Tags{{"sigflag", "SIG_ALL"}}};
    for (const Tags& tags : flags) {
      const std::string token = locked_token(story, "P2PK", own, tags);
      const util::Json answer = co_await story.ask(story.spawn(token));
      INFO(answer.dump());
      CHECK(answer.value("duration_seconds", 0) == 29);
      CHECK(story.spent(token));
    }
    co_await story.stop();
    CHECK(held(story) == 3 * 29);
  });
}

TEST_CASE("so does one that the key opens among others, and one that time has opened") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string own = co_await offered_key(story);
    const util::Json pod = co_await story.ask(story.spawn(story.token(61)));
    const std::string other_parity = "03" + own.substr(2);
    const std::vector<std::pair<std::string, std::string>> tokens = {
        {"the same x with the other parity", locked_token(story, "P2PK", other_parity, {})},
        {"ours until a time to come", locked_token(story, "P2PK", own, {{"locktime", kFarAway}})},
        {"ours, and refundable later", locked_token(story, "P2PK", own, {{"locktime", kFarAway}, {"refund", kStrangerHex}})},
        {"ours, the refund open", locked_token(story, "P2PK", own, {{"locktime", kLongAgo}, {"refund", kStrangerHex}})},
        {"the same for SIG_ALL",
         locked_token(story, "P2PK", own, {{"sigflag", "SIG_ALL"}, {"locktime", kLongAgo}, {"refund", kStrangerHex}})},
        {"one of two suffices", locked_token(story, "P2PK", kStrangerHex, {{"pubkeys", own}, {"n_sigs", "1"}})},
        {"a stranger's, its time over", locked_token(story, "P2PK", kStrangerHex, {{"locktime", kLongAgo}})},
        {"the same for SIG_ALL", locked_token(story, "P2PK", kStrangerHex, {{"sigflag", "SIG_ALL"}, {"locktime", kLongAgo}})},
        {"tags that nobody knows", locked_token(story, "P2PK", own, {{"colour", "green"}, {"colour", "red"}})},
    };
    for (const auto& each : tokens) {
      INFO(each.first);
      const std::string& token = each.second;
      const util::Json request = story.top_up(pod["pod_npub"], token);
      const util::Json answer = co_await story.ask(request);
      INFO(answer.dump());
      CHECK(answer.value("extended_duration_seconds", 0) == 29);
      CHECK(story.spent(token));
    }
    co_await story.stop();
    CHECK(held(story) == 60 + tokens.size() * 29);
  });
}

TEST_CASE("a lock is signed as the very text that it is: spaces, escapes and the order of keys are the payer's") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string own = co_await offered_key(story);
    const std::vector<std::string> flags = {"SIG_INPUTS", "SIG_ALL"};
    for (const std::string& sigflag : flags) {
      sandbox::TokenOptions options;
      options.secret = [&](const std::string& nonce) {
        return R"( ["P2PK" , { "tags":[["\u0073igflag", ")" + sigflag + R"("]],)" + "\t" + R"("data":")" + own +
               R"(","nonce":"\u00e9\/)" + nonce + R"(" } ] )";
      };
      const std::string token = story.world.mint.make_token(30, options);
      // V3 is JSON in which all of this is escaped once more.
      const std::function<void(util::Json&)> as_it_is = [](util::Json&) {};
      const util::Json answer = co_await story.ask(story.spawn(as_v3(token, as_it_is)));
      INFO(answer.dump());
      CHECK(answer.value("duration_seconds", 0) == 29);
      CHECK(story.spent(token));
    }
  });
}

TEST_CASE("locks that the provider cannot open are refused by name, and the mint is not asked") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string own = co_await offered_key(story);
    const std::string hash(64, 'a');
    struct Case {
      std::string token;
      std::string words;
    };
    const std::string plain = story.token(16), half = locked_token(story, "P2PK", own, {{"sigflag", "SIG_ALL"}}, 16);
    cashu::Token mixed = cashu::decode_token(plain).value();
    const cashu::Token other_half = cashu::decode_token(half).value();
    mixed.proofs.push_back(other_half.proofs[0]);
    const std::string blinded =
        as_v3(locked_token(story, "P2PK", kStrangerHex, {}), [](util::Json& proof) { proof["p2pk_e"] = kStrangerHex; });
    sandbox::TokenOptions not_json;  // but a lock to a mint that is written in Python
    not_json.secret = [](const std::string& nonce) {
      return R"(["P2PK",{"nonce":")" + nonce + R"(","data":")" + kStrangerHex + R"(","x":NaN}])";
    };
    const std::vector<Case> cases = {
        {locked_token(story, "P2PK", kStrangerHex, {}), "to a key that is not ours (P2PK)"},
        {locked_token(story, "P2PK", kStrangerHex, {{"locktime", kFarAway}}), "to a key that is not ours (P2PK)"},
        {locked_token(story, "P2PK", kStrangerHex, {{"locktime", kLongAgo}, {"refund", kStrangerHex}}), "not ours"},
        {locked_token(story, "P2PK", own, {{"pubkeys", kStrangerHex}, {"n_sigs", "2"}}), "multisig"},
        {locked_token(story, "HTLC", hash, {{"pubkeys", own}}), "HTLC"},
        {locked_token(story, "HTLC", hash, {{"locktime", kLongAgo}}), "HTLC"},
        {locked_token(story, "P2BK", own, {}), "not known here"},
        {locked_token(story, "P2PK", own.substr(2), {}), "malformed"},
        {locked_token(story, "P2PK", own, {{"sigflag", "SIG_SOME"}}), "malformed"},
        {locked_token(story, "P2PK", own, {{"n_sigs", "0"}}), "malformed"},
        {locked_token(story, "P2PK", kStrangerHex, {{"locktime", "0"}}), "not all mints"},
        {story.world.mint.make_token(30, not_json), "not all mints"},
        {cashu::encode_token(mixed), "SIG_ALL"},
        {blinded, "P2BK"},
    };
    for (const Case& each : cases) {
      const util::Json answer = co_await story.ask(story.spawn(each.token));
      check_refused(answer, "token_locked", each.words);
      CHECK_FALSE(story.spent(each.token));
    }
    CHECK(story.world.mint.faults().requests("swap") == 0);
    CHECK(story.world.kube.running_pods() == 0);
  });
}

TEST_CASE("keysets and mints that are not supported are refused by name, and the mint is not asked") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string token = story.token(30);
    const auto renamed = [&](const std::string& id) { return as_v3(token, [&](util::Json& proof) { proof["id"] = id; }); };
    const std::uint64_t before = story.world.mint.faults().requests();
    const std::vector<std::string> bls_ids = {"02" + std::string(64, 'a'), "02" + std::string(14, 'a')};
    for (const std::string& id : bls_ids) {
      const util::Json bls = co_await story.ask(story.spawn(renamed(id)));
      check_refused(bls, "keyset_not_supported", "BLS12-381");
    }
    // As such a mint would sign it.
    const std::function<void(util::Json&)> with_point_of_bls = [&](util::Json& proof) {
      proof["id"] = bls_ids.front();
      proof["C"] = std::string(96, '8');
      proof.erase("dleq");
    };
    const util::Json whole_bls = co_await story.ask(story.spawn(as_v3(token, with_point_of_bls)));
    check_refused(whole_bls, "keyset_not_supported", "BLS12-381");
    const util::Json legacy = co_await story.ask(story.spawn(renamed("I2yN+iRYfkzT")));
    check_refused(legacy, "keyset_not_supported", "before Cashu 0.15");
    const util::Json unheard = co_await story.ask(story.spawn(renamed("03" + std::string(14, 'a'))));
    check_refused(unheard, "keyset_not_supported", "unknown version");

    const std::function<void(util::Json&)> as_it_is = [](util::Json&) {};
    const auto text = util::from_base64url(as_v3(token, as_it_is).substr(6)).value();
    util::Json whole = util::Json::parse(util::to_text(util::ByteView(text)));
    const std::string mint = whole["token"][0]["mint"];
    const std::vector<std::string> elsewhere = {
        "http://user@" + mint.substr(7), mint + "?x", mint + "#", mint + "/x", "ftp" + mint.substr(4),
        "https" + mint.substr(4),        "",          "nowhere"};
    for (const std::string& address : elsewhere) {
      whole["token"][0]["mint"] = address;
      const util::Json foreign = co_await story.ask(story.spawn("cashuA" + util::base64url(util::as_bytes(whole.dump()))));
      check_refused(foreign, "mint_not_accepted", "does not accept that mint");
    }
    whole["token"][0]["mint"] = mint;
    whole["token"].push_back({{"mint", "https://other.example"}, {"proofs", util::Json::array()}});
    const util::Json several = co_await story.ask(story.spawn("cashuA" + util::base64url(util::as_bytes(whole.dump()))));
    check_refused(several, "token_multi_mint", "several mints");
    CHECK(story.world.mint.faults().requests() == before);

    const util::Json no_such = co_await story.ask(story.spawn(renamed("00" + std::string(14, 'a'))));
    check_refused(no_such, "keyset_not_supported", "no keyset 00");
    CHECK_FALSE(story.spent(token));
  });
}

TEST_CASE("a short id of a version 2 keyset and a version 1 id are both at home") {
  for (const bool version_1 : {false, true}) {
    tell([version_1](Story& story) -> net::Task<> {
      const auto executor = co_await boost::asio::this_coro::executor;
      sandbox::MintOptions options;
      options.v1_keyset_ids = version_1;
      sandbox::FakeMint mint(executor, story.clock(), crypto::system_random(), options);
      net::Running running(executor, mint.run());
      story.settings["WHITELISTED_MINTS"] = mint.url();
      co_await story.start();
      cashu::Token token = cashu::decode_token(mint.make_token(30)).value();
      for (cashu::Proof& proof : token.proofs) proof.keyset_id = proof.keyset_id.substr(0, 16);
      const util::Json answer = co_await story.ask(story.spawn(cashu::encode_token(token, cashu::WithDleq::yes)));
      CHECK(answer.value("duration_seconds", 0) == 29);
      co_await story.stop();
      running.cancel();
    });
  }
}

TEST_CASE("a DLEQ without its blinding factor proves nothing: the mint decides, and the pod is bought") {
  tell([](Story& story) -> net::Task<> {
    co_await story.start();
    const std::string token = story.token(30);
    const std::string without = as_v3(token, [](util::Json& proof) { proof["dleq"].erase("r"); });
    const util::Json answer = co_await story.ask(story.spawn(without));
    CHECK(answer.value("duration_seconds", 0) == 29);
    CHECK(story.spent(token));
  });
}

TEST_CASE("a mint that asks for authentication: its tokens are refused, and the offer does not list it") {
  tell([](Story& story) -> net::Task<> {
    const auto executor = co_await boost::asio::this_coro::executor;
    sandbox::MintOptions options;
    options.clear_auth_path = "/v1/swap";
    sandbox::FakeMint mint(executor, story.clock(), crypto::system_random(), options);
    net::Running running(executor, mint.run());
    story.settings["WHITELISTED_MINTS"] += "," + mint.url();
    co_await story.start();
    const util::Json pod = co_await story.ask(story.spawn(story.token(30)));  // the other mint is fine, and has been read
    CHECK(pod.value("duration_seconds", 0) == 29);
    const std::string token = mint.make_token(30);
    const util::Json answer = co_await story.ask(story.spawn(token));
    check_refused(answer, "mint_wants_authentication", "authentication");
    CHECK_FALSE(mint.is_spent(token));
    CHECK(mint.faults().requests("swap") == 0);
    const util::Json offer = co_await story.answer(story.send_text("offers"));
    REQUIRE(offer["mints"].size() == 1);
    CHECK(offer["mints"][0]["url"] == story.world.mint.url());
    co_await story.stop();
    running.cancel();
  });
}

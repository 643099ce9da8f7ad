#include "contract/request.h"

#include <doctest/doctest.h>

using namespace paygress::contract;

namespace {

constexpr const char* kKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS";

template <class T>
T expect(std::string_view text) {
  CAPTURE(text);
  auto parsed = parse_request(text);
  REQUIRE(parsed);
  REQUIRE(std::holds_alternative<T>(parsed->request));
  return std::get<T>(parsed->request);
}

BadRequest expect_bad(std::string_view text, std::string_view code) {
  CAPTURE(text);
  auto parsed = parse_request(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == code);
  CHECK_FALSE(parsed.error().message.empty());
  return parsed.error();
}

}  // namespace

TEST_CASE("the README's spawn request is understood") {
  const auto spawn = expect<SpawnRequest>(R"({
    "cashu_token": "cashuAey", "pod_spec_id": "standard", "pod_image": "linuxserver/openssh-server:latest",
    "ssh_username": "alice", "ssh_password": "my_secure_password"})");
  CHECK(spawn.cashu_token.reveal() == "cashuAey");
  CHECK(spawn.pod_spec_id == "standard");
  CHECK(spawn.pod_image == "linuxserver/openssh-server:latest");
  CHECK(spawn.ssh_username == "alice");
  CHECK(spawn.ssh_password.reveal() == "my_secure_password");
  CHECK(spawn.ssh_public_key.empty());
}

TEST_CASE("null is the same as missing, and unknown fields are ignored") {
  const auto spawn =
      expect<SpawnRequest>(R"({"cashu_token":"cashuB1","pod_spec_id":null,"pod_image":null,"ssh_username":"a","ssh_password":"p",)"
                           R"("ssh_public_key":null,"template_slug":"x","replication":{"mode":"none"}})");
  CHECK_FALSE(spawn.pod_spec_id);
  CHECK_FALSE(spawn.pod_image);
}

TEST_CASE("with a public key no password is needed, and its comment is dropped") {
  const auto text = std::string(R"({"cashu_token":"cashuB1","ssh_username":"a","ssh_public_key":")") + kKey + R"( alice@laptop"})";
  const auto spawn = expect<SpawnRequest>(text);
  CHECK(spawn.ssh_password.empty());
  CHECK(spawn.ssh_public_key == kKey);
}

TEST_CASE("which request it is follows from its fields") {
  CHECK(expect<TopUpRequest>(R"({"pod_npub":" nostr:npub1abc ","cashu_token":"cashuB1"})").pod == "npub1abc");
  CHECK(expect<TopUpRequest>(R"({"pod_npub":"npub1abc","cashu_token":"cashuB\n 1"})").cashu_token.reveal() == "cashuB1");
  expect<SpawnRequest>(R"({"pod_npub":"npub1abc","cashu_token":"cashuB1","ssh_username":"a","ssh_password":"p"})");
  CHECK(expect<StatusRequest>(R"({"pod_npub":"npub1abc"})").pod == "npub1abc");
  CHECK(expect<StatusRequest>(R"({"pod_id":"0123456789ab"})").pod == "0123456789ab");
  CHECK(expect<EndRequest>(R"({"end":"npub1abc"})").pod == "npub1abc");
  expect<ListRequest>(R"({"list":true})");
  expect_bad(R"({"list":false})", "list_invalid");
  expect_bad(R"({})", "not_understood");
  expect_bad(R"({"foo":1})", "not_understood");
}

TEST_CASE("the request_id comes back, also from a request that is refused") {
  CHECK(parse_request(R"({"list":true,"request_id":"order-7"})")->request_id == "order-7");
  CHECK_FALSE(parse_request(R"({"list":true,"request_id":""})")->request_id);
  const auto bad = expect_bad(R"({"cashu_token":"cashuB1","request_id":"order-7"})", "credentials_missing");
  CHECK(bad.request_id == "order-7");
  CHECK(bad.message.find("ssh_username and ssh_password") != std::string::npos);
  const auto answer = to_answer(bad);
  CHECK(answer.type == ErrorType::invalid_request);
  CHECK(answer.request_id == "order-7");
  CHECK_FALSE(answer.token_consumed);

  const std::string longest(64, 'x');
  CHECK(parse_request(R"({"list":true,"request_id":")" + longest + "\"}")->request_id == longest);
  CHECK(parse_request(R"({"list":true,"request_id":"ééééééééééééééééééééééééééééééééé"})"));
  expect_bad(R"({"list":true,"request_id":")" + longest + "x\"}", "request_id_invalid");
  expect_bad(R"({"list":true,"request_id":"a\u0007"})", "request_id_invalid");
  expect_bad(R"({"list":true,"request_id":7})", "request_id_invalid");
}

TEST_CASE("each field is checked and named when it is wrong") {
  const auto spawn = [](std::string field, std::string value) {
    std::string text = R"({"cashu_token":"cashuB1")";
    if (field != "ssh_username") text += R"(,"ssh_username":"alice")";
    if (field != "ssh_password") text += R"(,"ssh_password":"secret")";
    return text + ",\"" + field + "\":" + value + "}";
  };
  expect_bad(R"({"cashu_token":"","ssh_username":"a","ssh_password":"p"})", "cashu_token_missing");
  expect_bad(R"({"cashu_token":7,"ssh_username":"a","ssh_password":"p"})", "cashu_token_invalid");
  expect_bad(R"({"ssh_username":"a","ssh_password":"p"})", "cashu_token_missing");
  expect_bad(R"({"cashu_token":"cashuB1","ssh_password":"p"})", "credentials_missing");
  expect_bad(R"({"cashu_token":"cashuB1","ssh_username":"a"})", "credentials_missing");
  expect_bad(spawn("pod_spec_id", "1"), "pod_spec_id_invalid");
  expect_bad(spawn("pod_image", "[]"), "pod_image_invalid");
  expect_bad(spawn("ssh_public_key", "true"), "ssh_public_key_invalid");
  expect_bad(spawn("ssh_public_key", "\"\""), "ssh_public_key_invalid");
  for (const char* name : {"\"\"", "\"root\"", "\"sshd\"", "\"Alice\"", "\"1a\"", "\"-a\"", "\"a b\"", "\"a;reboot\"", "\"$(id)\"",
                           "\"a\\nb\"", "\"systemd-network\"", "\"ünal\"", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "5"})
    expect_bad(spawn("ssh_username", name), "ssh_username_invalid");
  for (const char* password : {"\"\"", "\"a\\nroot:x\"", "\"a\\u0000b\"", "\"a\\u0085\"", "{}"})
    expect_bad(spawn("ssh_password", password), "ssh_password_invalid");
  expect_bad(spawn("ssh_password", '"' + std::string(129, 'x') + '"'), "ssh_password_invalid");
  CHECK(expect<SpawnRequest>(spawn("ssh_password", "\"p:ä $(x) “q”\"")).ssh_password.reveal() == "p:ä $(x) “q”");
  expect_bad(R"({"pod_npub":"  ","cashu_token":"cashuB1"})", "pod_missing");
  expect_bad(R"({"pod_npub":7})", "pod_npub_invalid");
  expect_bad(R"({"end":true})", "end_invalid");
}

TEST_CASE("what phones and chat programs do to JSON is forgiven") {
  const char* forgiven[] = {
      "```json\n{\"cashu_token\":\"cashuB1\",\"ssh_username\":\"a\",\"ssh_password\":\"p\"}\n```",
      "{“cashu_token”:“cashuB1”,“ssh_username”:“a”,“ssh_password”:“p”}",
      "{„cashu_token“: „cashuB1“, „ssh_username“: „a“, „ssh_password“: „p“}",
      "{\"cashu_token\": \"cashuB1\",\"ssh_username\":\"a\", \"ssh_password\": \"p\"}",
      "{\"cashu_token\":\"cashuB1\",\"ssh_username\":\"a\",\"ssh_password\":\"p\",}",
      "{\r\n\"cashu_token\":\"cashuB1\",\r\n\"ssh_username\":\"a\",\r\n\"ssh_password\":\"p\" , \r\n}\r\n",
      "[//]: # (nip18)\n{\"cashu_token\":\"cashuB1\",\"ssh_username\":\"a\",\"ssh_password\":\"p\"}",
      "\xef\xbb\xbf{\"cashu_token\":\"cashuB1\",\"ssh_username\":\"a\",\"ssh_password\":\"p\"}",
      "Hello, here it is: {\"cashu_token\":\"cashuB1\",\"ssh_username\":\"a\",\"ssh_password\":\"p\"} thank you",
      "{\"cashu_token\":\"cashu\nB\n1\",\"ssh_username\":\"a\",\"ssh_password\":\"p\"}",
  };
  for (const char* text : forgiven) {
    CAPTURE(text);
    const auto spawn = expect<SpawnRequest>(text);
    CHECK(spawn.cashu_token.reveal() == "cashuB1");
    CHECK(spawn.ssh_username == "a");
    CHECK(spawn.ssh_password.reveal() == "p");
    CHECK_FALSE(parse_request(text)->plain_words);
  }
}

TEST_CASE("forgiving never rewrites what is inside a string") {
  const auto spawn = expect<SpawnRequest>("{\"cashu_token\":\"cashuB1\",\"ssh_username\":\"a\",\"ssh_password\":\"“ ,} \\\" {\",}");
  CHECK(spawn.ssh_password.reveal() == "“ ,} \" {");
}

TEST_CASE("plain words") {
  for (const char* text : {"help", "Hi", "/help", "?", "hello there", "[//]: # (nip18)\nhelp"}) expect<HelpRequest>(text);
  for (const char* text : {"offers", "price?", "What are your offers?", "Prices please"}) expect<OffersRequest>(text);
  for (const char* text : {"list", "status", "my pods"}) expect<ListRequest>(text);
  CHECK(expect<StatusRequest>("status nostr:npub1abc").pod == "npub1abc");
  CHECK(expect<StatusRequest>("npub1abc").pod == "npub1abc");
  CHECK(expect<StatusRequest>("status 0123456789ab?").pod == "0123456789ab");
  CHECK(expect<EndRequest>("end npub1abc.").pod == "npub1abc");
  expect_bad("end", "pod_missing");
  expect_bad("topup npub1abc", "cashu_token_missing");
  expect_bad("until the end", "not_understood");
  const auto top_up = expect<TopUpRequest>("topup npub1abc cashuBabc");
  CHECK(top_up.pod == "npub1abc");
  CHECK(top_up.cashu_token.reveal() == "cashuBabc");
  CHECK(expect<BareToken>("cashuBo2F0\r\ngaJhaUg\nAP-_8=").token.reveal() == "cashuBo2F0gaJhaUgAP-_8=");
  CHECK(expect<BareToken>("here you go: cashuAey thanks").token.reveal() == "cashuAey");
  for (const char* linked : {"cashu:cashuBabc", "cashu://cashuBabc", "web+cashu://cashuBabc", "Web+Cashu://cashuAabc"})
    CHECK(expect<BareToken>(linked).token.reveal() == linked);
  CHECK(parse_request("offers")->plain_words);
  CHECK(expect_bad("buy 2 hours", "not_understood").plain_words);
  CHECK(expect_bad("", "not_understood").plain_words);
  CHECK_FALSE(expect_bad("{\"cashu_token\":", "json_malformed").plain_words);
}

TEST_CASE("an answer is never taken for a request") {
  for (const char* text :
       {R"({"error_type":"invalid_request","message":"m"})", R"({"success":true,"pod_npub":"npub1abc"})",
        R"({"pod_npub":"npub1abc","node_port":2500,"expires_at":"2025-09-23T15:30:00Z"})", R"({"pods":[]})",
        R"({"pod_npub":"npub1abc","status":"starting"})", R"({"status":"processing","message":"m"})", R"({"pod_specs":[]})",
        R"({"help":"text"})", "I did not understand {that}.\n\n{\"error_type\":\"invalid_request\",\"message\":\"m\"}"})
    expect<AnswerShape>(text);
}

TEST_CASE("nothing of the message is in an error") {
  const std::string secret = "cashuBveryverysecret";
  for (const auto& text :
       {"{\"cashu_token\":\"" + secret + "\", broken", "{\"cashu_token\":[\"" + secret + "\"]}",
        "{\"cashu_token\":\"" + secret + "\",\"ssh_username\":\"" + secret + "\",\"ssh_password\":\"x\"}", "{\"" + secret + "\":1}",
        "{\"cashu_token\":\"a\",\"ssh_username\":\"a\",\"ssh_public_key\":\"" + secret + "\"}"}) {
    const auto parsed = parse_request(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message.find("secret") == std::string::npos);
  }
}

TEST_CASE("hostile messages are refused, not suffered") {
  expect_bad(std::string(kMaxRequestBytes + 1, ' '), "request_too_large");
  expect_bad("\xff\xfe", "not_understood");
  expect_bad("{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}", "json_malformed");
  expect_bad(R"({"list":true,"list":true})", "json_malformed");
  expect_bad(std::string(kMaxRequestBytes, '{'), "json_malformed");
  expect_bad(std::string(20000, '}'), "not_understood");
  expect_bad("{\"a\":\"\\", "json_malformed");
  expect_bad("{“", "json_malformed");
  std::string words;
  while (words.size() < 30000) words += "a ";
  expect_bad(words, "not_understood");
}

TEST_CASE("every prefix and every single flipped byte of a request is read or refused") {
  const std::string text = "```\n{“cashu_token”: \"cashuB1\\n\", \"ssh_username\": \"a\", \"ssh_password\": \"“p”\",}\n```";
  int understood = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (parse_request(text.substr(0, i))) ++understood;
    if (i == text.size()) break;
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = text;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      const auto parsed = parse_request(changed);
      if (parsed)
        ++understood;
      else
        CHECK_FALSE(parsed.error().message.empty());
    }
  }
  CHECK(understood > 0);
}

TEST_CASE("a printed request is read as what it was") {
  SpawnRequest spawn;
  spawn.cashu_token = paygress::util::Secret("cashuB1");
  spawn.pod_spec_id = "basic";
  spawn.ssh_username = "alice";
  spawn.ssh_public_key = kKey;
  const auto text = print(ParsedRequest{spawn, false, "r1"});
  CHECK(text == std::string(R"({"cashu_token":"cashuB1","pod_spec_id":"basic","ssh_username":"alice","ssh_public_key":")") + kKey +
                    R"(","request_id":"r1"})");
  const auto read = parse_request(text);
  REQUIRE(read);
  CHECK(read->request_id == "r1");
  CHECK(print(*read) == text);
  for (const Request& request :
       {Request(TopUpRequest{"npub1abc", paygress::util::Secret("cashuB1")}), Request(StatusRequest{"npub1abc"}),
        Request(EndRequest{"npub1abc"}), Request(ListRequest{}), Request(OffersRequest{}), Request(HelpRequest{})}) {
    const auto again = parse_request(print(ParsedRequest{request, false, std::nullopt}));
    REQUIRE(again);
    CHECK(again->request.index() == request.index());
  }
}

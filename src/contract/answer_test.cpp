#include "contract/answer.h"

#include <doctest/doctest.h>

#include "contract/request.h"
#include "util/json.h"

using namespace paygress::contract;
using paygress::util::from_unix;
using paygress::util::Secret;
using namespace std::chrono_literals;

namespace {

AccessDetails example() {
  AccessDetails pod;
  pod.pod_npub = "npub1abc123def456";
  pod.node_port = 2500;
  pod.expires_at = from_unix(1758641400);
  pod.cpu_millicores = 2000;
  pod.memory_mb = 2048;
  pod.pod_spec_name = "Standard";
  pod.pod_spec_description = "Standard VPS - 2 CPU cores, 2GB RAM";
  pod.request_id = "r1";
  pod.pod_id = "0123456789ab";
  pod.host_address = "pods.example.org";
  pod.ssh_username = "alice";
  pod.ssh_host_key = "SHA256:abc";
  pod.duration_seconds = 7200s;
  pod.paid_msats = 1441000;
  pod.fee_msats = 1000;
  return pod;
}

std::vector<Answer> one_of_each() {
  Offer offer;
  offer.minimum_duration_seconds = 60;
  offer.whitelisted_mints = {"https://mint.example.org/Bitcoin"};
  offer.pod_specs = {{{"basic", "Basic", "small", 1000, 1024, 100}, false}};
  ErrorAnswer error;
  error.type = ErrorType::pod_creation_failed;
  error.message = "The pod could not be started";
  error.details = "details";
  error.request_id = "r1";
  error.code = "cluster_refused";
  error.token_consumed = true;
  error.refund_token = Secret("cashuBrefund");
  return {example(),
          StatusAnswer{example(), PodStatus::active},
          ListAnswer{{StatusAnswer{example(), PodStatus::starting}}, "r1"},
          EndAnswer{"npub1abc", "r1", Secret("cashuBrefund")},
          TopUpSuccess{"npub1abc", 3600s, from_unix(1758645000), "", "r1", 5, 1},
          error,
          Processing{"The mint is slow", "r1", "mint_slow"},
          HelpAnswer{"Send \"offers\"", "r1"},
          OffersAnswer{offer, "r1"}};
}

}  // namespace

TEST_CASE("access details have the README's fields, in its order, then ours") {
  CHECK(print(Answer(example())) ==
        R"({"pod_npub":"npub1abc123def456","node_port":2500,"expires_at":"2025-09-23T15:30:00Z","cpu_millicores":2000,)"
        R"("memory_mb":2048,"pod_spec_name":"Standard","pod_spec_description":"Standard VPS - 2 CPU cores, 2GB RAM",)"
        R"("instructions":["🚀 SSH access available:","","Direct access (no kubectl needed):",)"
        R"("   ssh -o PreferredAuthentications=password -o PubkeyAuthentication=no alice@pods.example.org -p 2500","",)"
        R"("⚠️  Pod expires at:","   2025-09-23 15:30:00 UTC","","📋 Pod Details:","   Pod NPUB: npub1abc123def456",)"
        R"x("   Specification: Standard (Standard VPS - 2 CPU cores, 2GB RAM)","   CPU: 2000 millicores","   Memory: 2048 MB",)x"
        R"("   Duration: 7200 seconds","   Host key: SHA256:abc"],"request_id":"r1","pod_id":"0123456789ab",)"
        R"("host_address":"pods.example.org","ssh_username":"alice","ssh_host_key":"SHA256:abc","duration_seconds":7200,)"
        R"("paid_msats":1441000,"fee_msats":1000})");
}

TEST_CASE("a pod that is reached by key is not told to use a password") {
  auto pod = example();
  pod.password_login = false;
  CHECK(print(Answer(pod)).find("\"   ssh alice@pods.example.org -p 2500\"") != std::string::npos);
  const auto read = parse_answer(print(Answer(pod)));
  REQUIRE(read);
  CHECK(print(*read) == print(Answer(pod)));
}

TEST_CASE("the other answers, exactly") {
  CHECK(print(Answer(TopUpSuccess{"npub1abc", 3600s, from_unix(1758645000), "", "r1", 361000, 1000})) ==
        R"({"success":true,"pod_npub":"npub1abc","extended_duration_seconds":3600,"new_expires_at":"2025-09-23T16:30:00Z",)"
        R"("message":"Pod successfully topped up!","request_id":"r1","paid_msats":361000,"fee_msats":1000})");
  ErrorAnswer error;
  error.type = ErrorType::insufficient_payment;
  error.message = "Insufficient payment: 5000 msats";
  CHECK(
      print(Answer(error)) ==
      R"({"error_type":"insufficient_payment","message":"Insufficient payment: 5000 msats","token_consumed":false,"retryable":false})");
  error.details = "Minimum required: 6000 msats";
  error.code = "below_minimum";
  error.request_id = "r1";
  error.refund_token = Secret("cashuB1");
  CHECK(
      print(Answer(error)) ==
      R"({"error_type":"insufficient_payment","message":"Insufficient payment: 5000 msats","details":"Minimum required: 6000 msats",)"
      R"("request_id":"r1","code":"below_minimum","token_consumed":false,"retryable":false,"refund_token":"cashuB1"})");
  CHECK(print(Answer(EndAnswer{"npub1abc", std::nullopt, std::nullopt})) == R"({"success":true,"pod_npub":"npub1abc"})");
  CHECK(print(Answer(ListAnswer{})) == R"({"pods":[]})");
  CHECK(print(Answer(Processing{"wait", std::nullopt, ""})) == R"({"status":"processing","message":"wait"})");
}

TEST_CASE("nobody is told to connect to a pod that does not answer") {
  for (auto status : {PodStatus::starting, PodStatus::ended}) {
    const auto text = print(Answer(StatusAnswer{example(), status}));
    CHECK(text.find("node_port") == std::string::npos);
    CHECK(text.find("ssh alice") == std::string::npos);
    CHECK(text.find("\"status\":\"" + std::string(to_text(status)) + '"') != std::string::npos);
  }
  CHECK(print(Answer(StatusAnswer{example(), PodStatus::active})).find("\"node_port\":2500") != std::string::npos);
}

TEST_CASE("every answer comes back from its JSON and from its plain form as what it was") {
  for (const auto& answer : one_of_each()) {
    const auto json = print(answer);
    const auto plain = print_plain(answer);
    CAPTURE(plain);
    const auto from_json = parse_answer(json);
    const auto from_plain = parse_answer(plain);
    REQUIRE(from_json);
    REQUIRE(from_plain);
    CHECK(from_json->index() == answer.index());
    CHECK(print(*from_json) == json);
    CHECK(print(*from_plain) == json);
    CHECK(request_id_of(*from_json) == "r1");
    CHECK(plain.find('\n') != std::string::npos);
  }
}

TEST_CASE("no answer is ever understood as a request") {
  for (const auto& answer : one_of_each())
    for (const auto& text : {print(answer), print_plain(answer)}) {
      CAPTURE(text);
      const auto parsed = parse_request(text);
      REQUIRE(parsed);
      CHECK(std::holds_alternative<AnswerShape>(parsed->request));
    }
}

TEST_CASE("a client reads the answers of other versions") {
  const auto old = parse_answer(
      R"({"pod_npub":"npub1abc","node_port":2500,"expires_at":"2025-09-23T15:30:00.123456789+00:00","cpu_millicores":1,"memory_mb":1,)"
      R"("pod_spec_name":"B","pod_spec_description":"b","instructions":["x"],"template_ports":[]})");
  REQUIRE(old);
  CHECK(std::get<AccessDetails>(*old).node_port == 2500);
  const auto error = parse_answer(R"({"error_type":"token_already_spent","message":"spent","details":null})");
  REQUIRE(error);
  CHECK(std::get<ErrorAnswer>(*error).type == ErrorType::internal_error);
  CHECK(std::get<ErrorAnswer>(*error).code == "token_already_spent");
  for (const char* text : {"", "hi", "{}", "[]", R"({"pod_npub":"npub1abc"})",
                           R"({"pod_npub":"n","node_port":70000,"expires_at":"x"})", R"({"pods":7})", R"({"pods":[1]})",
                           R"({"pod_npub":"n","status":"odd"})", R"({"success":true,"new_expires_at":"yesterday"})"})
    CHECK_FALSE(parse_answer(text));
}

TEST_CASE("bytes that are no UTF-8 cannot stop an answer") {
  ErrorAnswer error;
  error.message = "mint said \xff";
  CHECK(paygress::util::parse_json(print(Answer(error))));
}

TEST_CASE("the nine error types have the names of the contract") {
  for (const char* name : {"invalid_spec", "invalid_token", "insufficient_payment", "resource_unavailable", "pod_creation_failed",
                           "pod_not_found", "payment_failed", "internal_error", "invalid_request"}) {
    const auto type = error_type_from_text(name);
    REQUIRE(type);
    CHECK(to_text(*type) == name);
  }
  CHECK_FALSE(error_type_from_text("unknown_error"));
}

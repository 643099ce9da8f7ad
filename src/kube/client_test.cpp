#include <doctest/doctest.h>

#include "kube/fake_api_test_support.h"

namespace paygress::kube {
namespace {

using test::FakeApi;
using test::World;
using util::Json;

constexpr char kPath[] = "/api/v1/namespaces/a";

std::string header(const net::HttpRequest& request, const std::string& wanted) {
  for (const auto& [name, value] : request.headers) {
    if (name == wanted) return value;
  }
  return {};
}

TEST_CASE("an overloaded server that speaks plain text is waited for as long as it asks") {
  World world;
  world.api.objects[kPath] = {{"kind", "Namespace"}};
  world.api.answer_next("GET", 429, "Too many requests, please try again later.", "text/plain", "7");
  const auto before = world.clock.now();
  CHECK(world.run(world.client.send(get(kPath))).has_value());
  CHECK(world.clock.now() - before == std::chrono::seconds(7));
}

TEST_CASE("a read is repeated when the connection breaks, a POST never") {
  World world;
  world.api.objects[kPath] = {{"kind", "Namespace"}};
  world.api.lose_next_request("GET");
  CHECK(world.run(world.client.send(get(kPath))).has_value());

  world.api.lose_next_answer("POST");
  const Answer lost = world.run(world.client.send(create("/api/v1/namespaces/a/secrets", Json{{"metadata", {{"name", "s"}}}})));
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().maybe_done);
  CHECK(lost.error().http_status == 0);
  CHECK(world.api.count("POST") == 1);
  CHECK(world.api.has("/api/v1/namespaces/a/secrets/s"));
}

TEST_CASE("a POST that was turned away with 429 is sent again, one that met a 500 is not") {
  World world;
  const Json secret = {{"metadata", {{"name", "s"}}}};
  world.api.answer_next("POST", 429, "Too many requests, please try again later.", "text/plain", "1");
  CHECK(world.run(world.client.send(create("/api/v1/namespaces/a/secrets", secret))).has_value());
  CHECK(world.api.count("POST") == 2);
  world.api.answer_next("POST", 500, FakeApi::status(500, "InternalError", "etcdserver: request timed out"));
  const Answer failed = world.run(world.client.send(create("/api/v1/namespaces/a/services", secret)));
  CHECK(failed.error().maybe_done);
  CHECK(world.api.count("POST") == 3);
}

TEST_CASE("patience ends") {
  World world;
  for (int i = 0; i < 10; ++i) world.api.answer_next("GET", 503, "no", "text/plain");
  const Answer answer = world.run(world.client.send(get(kPath)));
  REQUIRE_FALSE(answer.has_value());
  CHECK(world.api.requests.size() == 5);
  CHECK(to_error(answer.error(), "look").message == "look: 503 ServiceUnavailable: no");
}

TEST_CASE("a 401 makes the kubeconfig be read again, once") {
  ClientOptions options;
  int reloads = 0;
  World* there = nullptr;
  options.reload = [&]() -> util::Result<ClusterAccess> {
    ++reloads;
    ClusterAccess fresh = there->client.access();
    fresh.token = util::Secret("fresh");
    return fresh;
  };
  World world(options);
  there = &world;
  world.api.objects[kPath] = {{"kind", "Namespace"}};
  world.api.answer_next("GET", 401, FakeApi::status(401, "Unauthorized", "Unauthorized"));
  CHECK(world.run(world.client.send(get(kPath))).has_value());
  CHECK(header(world.api.sent.front(), "Authorization") == "Bearer the-token");
  CHECK(header(world.api.sent.back(), "Authorization") == "Bearer fresh");

  for (int i = 0; i < 3; ++i) world.api.answer_next("GET", 401, FakeApi::status(401, "Unauthorized", "Unauthorized"));
  const auto refused = world.run(world.client.call(get(kPath)));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("does not know this identity") != std::string::npos);
  CHECK(reloads == 1);
}

TEST_CASE("the whole pod that a 422 prints reaches no error text") {
  const std::string message =
      "Job \"pod\" is invalid: spec.template: Invalid value: core.PodTemplateSpec{... USER_PASSWORD: hunter2 ...}: field is "
      "immutable";
  const Json causes = Json::array({{{"reason", "FieldValueInvalid"}, {"message", message}, {"field", "spec.template"}}});
  const Failure failure = read_failure(422, FakeApi::status(422, "Invalid", message, causes));
  const util::Error error = to_error(failure, "create Job");
  CHECK(error.message == "create Job: 422 Invalid: not acceptable: spec.template");
  CHECK(error.code == "Invalid");
  CHECK(error.kind == util::Errc::invalid);
}

TEST_CASE("old and unknown servers are refused") {
  World world;
  CHECK(world.run(world.client.check_version())->text == "v1.34.10");
  world.api.version = "25+";
  CHECK(world.run(world.client.check_version())->minor == 25);
  world.api.version = "24";
  CHECK(world.run(world.client.check_version()).error().code == "version_too_old");
  world.api.version = "";
  CHECK(world.run(world.client.check_version()).error().code == "version_unknown");
}

TEST_CASE("lists are read to their last page, and from the start when they grow stale") {
  World world;
  const auto page = [](const char* name, const char* next) {
    return Json{{"items", Json::array({{{"name", name}}})}, {"metadata", {{"continue", next}}}}.dump();
  };
  world.api.answer_next("GET", 200, page("a", "more"));
  world.api.answer_next("GET", 410, FakeApi::status(410, "Expired", "The provided continue parameter is too old"));
  world.api.answer_next("GET", 200, page("a", "more"));
  world.api.answer_next("GET", 200, page("b", ""));
  const auto items = world.run(world.client.list_all(list("/api/v1/pods")));
  REQUIRE(items);
  CHECK(items->size() == 2);
  CHECK(world.api.sent.back().url.find("continue=more") != std::string::npos);
}

TEST_CASE("what is no API server is said to be none") {
  World world;
  world.api.answer_next("GET", 200, "<html>welcome</html>", "text/html");
  CHECK(world.run(world.client.call(get("/version"))).error().message.find("the address of a Kubernetes API server?") !=
        std::string::npos);
}

TEST_CASE("requests keep their pace") {
  ClientOptions options;
  options.requests_per_second = 10;
  options.burst = 2;
  World world(options);
  world.api.objects[kPath] = {{"kind", "Namespace"}};
  const auto before = world.clock.now();
  for (int i = 0; i < 12; ++i) CHECK(world.run(world.client.send(get(kPath))).has_value());
  const auto passed = world.clock.now() - before;
  CHECK(passed >= std::chrono::milliseconds(990));
  CHECK(passed <= std::chrono::milliseconds(1100));
}

}  // namespace
}  // namespace paygress::kube

// Client and server against each other: what goes in at one end comes out at the other.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "net/http_world_test_support.h"

using namespace paygress;
using namespace paygress::net;
using namespace std::chrono_literals;
using World = net::test::HttpWorld;

TEST_CASE("a request arrives as it was sent, and so does its answer") {
  World world;
  world.serve();
  HttpRequest request;
  request.method = "POST";
  request.url = world.url("/a%20b/c?x=1&y=two%20words&z");
  request.headers.emplace_back("X-Test", "seen");
  request.body = "{\"inputs\":[]}";
  const auto response = world.send(std::move(request));
  REQUIRE(response);
  CHECK(response->status == 200);
  CHECK(response->header("content-type") == "text/plain");
  CHECK(response->body == "POST /a b/c x=1 y=two words z= | seen | {\"inputs\":[]}");
}

TEST_CASE("every method of the cluster's API gets through") {
  World world;
  world.serve();
  for (const char* method : {"GET", "PUT", "PATCH", "DELETE", "HEAD"}) {
    CAPTURE(method);
    HttpRequest request;
    request.method = method;
    request.url = world.url("/x");
    if (std::string_view(method).starts_with("P")) request.body = "body";
    const std::string body = request.body;
    const auto response = world.send(std::move(request));
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->body == (std::string_view(method) == "HEAD" ? "" : std::string(method) + " /x |  | " + body));
  }
}

TEST_CASE("a large body is taken whole, one beyond the limit is refused with its status") {
  World world;
  world.limits.max_body = 2'000'000;
  world.serve();
  HttpRequest request;
  request.method = "POST";
  request.url = world.url("/x");
  request.max_body = 3'000'000;
  request.body = std::string(1'900'000, 'b');
  const auto taken = world.send(request);
  REQUIRE(taken);
  CHECK(taken->body.size() > 1'900'000);
  request.body = std::string(2'100'000, 'b');
  const auto refused = world.send(request);
  if (refused) CHECK(refused->status == 413);
  CHECK((refused || refused.error().code == "lost"));  // the server need not read the rest before it closes
}

TEST_CASE("an answer larger than the caller allows is an error and not a memory") {
  World world;
  world.serve();
  HttpRequest request;
  request.url = world.url("/big");
  request.max_body = 99'999;
  const auto response = world.send(request);
  REQUIRE_FALSE(response);
  CHECK(response.error().kind == util::Errc::exhausted);
  CHECK(response.error().code == "too_large");
  request.max_body = 100'000;
  CHECK(world.send(request));
}

TEST_CASE("redirects are shown, not followed") {
  World world;
  world.serve();
  const auto response = world.get("/moved");
  REQUIRE(response);
  CHECK(response->status == 302);
  CHECK(response->header("location") == "/elsewhere");
}

TEST_CASE("a handler's exception becomes a plain 500 and the connection lives on") {
  World world;
  world.serve();
  const auto failed = world.get("/fail");
  REQUIRE(failed);
  CHECK(failed->status == 500);
  CHECK(failed->body.find("expected") == std::string::npos);
  CHECK(world.get("/x"));
}

TEST_CASE("errors say which host, why, and whether the request can have arrived") {
  World world;
  world.serve();
  SUBCASE("nobody listens") {
    const std::string url = world.url("/");
    world.serving->cancel();
    test::settle(world.context);
    world.server.reset();
    HttpRequest request;
    request.url = url;
    const auto response = world.send(std::move(request));
    REQUIRE_FALSE(response);
    CHECK(response.error().code == "unreachable");
    CHECK(response.error().message.find(url.substr(7, url.size() - 8)) != std::string::npos);
  }
  SUBCASE("no such name") {
    HttpRequest request;
    request.url = "http://mint.invalid/v1/info";
    const auto response = world.send(std::move(request));
    REQUIRE_FALSE(response);
    CHECK(response.error().code == "unreachable");
    CHECK(response.error().message.find("mint.invalid") != std::string::npos);
  }
  SUBCASE("the reply is lost") {
    HttpRequest request;
    request.method = "POST";
    request.url = world.url("/drop");
    const auto response = world.send(std::move(request));
    REQUIRE_FALSE(response);
    CHECK(response.error().kind == util::Errc::unavailable);
    CHECK(response.error().code == "lost");
  }
  SUBCASE("too slow") {
    HttpRequest request;
    request.url = world.url("/slow");
    request.timeout = 50ms;
    const auto response = world.send(std::move(request));
    REQUIRE_FALSE(response);
    CHECK(response.error().code == "timeout");
  }
  SUBCASE("not a web address") {
    for (const char* url : {"", "file:///etc/passwd", "ftp://host/x", "gopher://host", "http://", "mint.example", "http:// x/"}) {
      CAPTURE(url);
      HttpRequest request;
      request.url = url;
      const auto response = world.send(std::move(request));
      REQUIRE_FALSE(response);
      CHECK(response.error().code == "invalid_url");
      CHECK(response.error().message.find("passwd") == std::string::npos);
    }
  }
  SUBCASE("a header that would forge another one") {
    HttpRequest request;
    request.url = world.url("/");
    request.headers.emplace_back("X-Test", "a\r\nX-Evil: 1");
    CHECK_FALSE(world.send(std::move(request)));
  }
}

TEST_CASE("a host that a stranger named is not dialled inside, whatever its name is") {
  World world;
  world.serve();
  const std::string port = world.url("").substr(world.url("").rfind(':'));
  HttpRequest request;
  request.url = world.url("/x");
  REQUIRE(world.send(request));  // the connection stays open, and must not be used again
  for (const char* host : {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1"}) {
    CAPTURE(host);
    request.url = std::string("http://") + host + port + "/x";
    request.public_only = true;
    const auto answer = world.send(request);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == "address_denied");
    CHECK(answer.error().kind == util::Errc::refused);
  }
}

TEST_CASE("the environment's proxy is not used") {
  World world;
  world.serve();
  setenv("http_proxy", "http://127.0.0.1:9", 1);
  const auto response = world.get("/x");
  unsetenv("http_proxy");
  CHECK(response);
}

TEST_CASE("a streamed answer comes line by line, the last without its newline too") {
  World world;
  world.serve();
  HttpRequest request;
  request.url = world.url("/lines");
  std::vector<std::string> lines;
  const auto on_line = [&](std::string_view line) { lines.emplace_back(line); };
  const auto response = test::run(world.context, world.client->stream(request, on_line));
  REQUIRE(response);
  CHECK(response->status == 200);
  CHECK(response->body.empty());
  CHECK(lines == std::vector<std::string>{"{\"n\":1}", "{\"n\":2}", "{\"n\":3}"});

  lines.clear();
  request.url = world.url("/moved");
  const auto not_ok = test::run(world.context, world.client->stream(request, on_line));
  REQUIRE(not_ok);
  CHECK(not_ok->status == 302);
  CHECK_FALSE(not_ok->body.empty());
  CHECK(lines.empty());
}

TEST_CASE("what on_line throws reaches who called stream") {
  World world;
  world.serve();
  HttpRequest request;
  request.url = world.url("/watch");
  const auto on_line = [](std::string_view) { throw std::runtime_error("cannot read that"); };
  CHECK_THROWS_WITH(test::run(world.context, world.client->stream(request, on_line)), "cannot read that");
}

TEST_CASE("cancelling a watch ends it at both ends, and the client still works") {
  World world;
  world.serve();
  HttpRequest request;
  request.url = world.url("/watch");
  request.timeout = 0ms;
  int lines = 0;
  {
    test::RunningFor<util::Result<HttpResponse>> watching(world.context,
                                                          world.client->stream(request, [&](std::string_view) { ++lines; }));
    REQUIRE(world.run_until([&] { return lines == 1 && world.stream_handlers == 1; }));
    watching.cancel();
    REQUIRE(world.run_until([&] { return watching.done() && world.stream_handlers == 0; }));
    CHECK(watching.error());
  }
  CHECK(world.get("/x"));
}

TEST_CASE("a watch without a sign of life is given up") {
  World world;
  world.serve();
  HttpRequest request;
  request.url = world.url("/watch");
  request.timeout = 0ms;
  request.idle_timeout = 1s;
  const auto response = test::run(world.context, world.client->stream(request, [](std::string_view) {}));
  REQUIRE_FALSE(response);
  CHECK(response.error().code == "timeout");
}

TEST_CASE("requests can be cancelled at any moment and by the hundred") {
  World world;
  world.serve();
  for (int steps = 0; steps < 60; ++steps) {
    HttpRequest request;
    request.url = world.url(steps % 2 == 0 ? "/x" : "/slow");
    test::RunningFor<util::Result<HttpResponse>> running(world.context, world.client->send(std::move(request)));
    world.context.restart();
    for (int i = 0; i < steps; ++i) world.context.poll_one();
    running.cancel();
    REQUIRE(world.run_until([&] { return running.done(); }));
  }
  CHECK(world.get("/x"));
}

TEST_CASE("many requests at once share the loop") {
  World world;
  world.serve();
  std::vector<std::unique_ptr<test::RunningFor<util::Result<HttpResponse>>>> all;
  for (int i = 0; i < 50; ++i) {
    HttpRequest request;
    request.url = world.url("/" + std::to_string(i));
    all.push_back(
        std::make_unique<test::RunningFor<util::Result<HttpResponse>>>(world.context, world.client->send(std::move(request))));
  }
  REQUIRE(world.run_until([&] { return std::all_of(all.begin(), all.end(), [](const auto& one) { return one->done(); }); }));
  for (std::size_t i = 0; i < all.size(); ++i) {
    REQUIRE(all[i]->value());
    CHECK(all[i]->value()->body == "GET /" + std::to_string(i) + " |  | ");
  }
}

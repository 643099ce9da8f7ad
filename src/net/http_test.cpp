// Client and server against each other: what goes in at one end comes out at the other, and nobody can make either grow.
#include <doctest/doctest.h>

#include <cstdlib>
#include <stdexcept>

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "net/certificates_test_support.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/run_test_support.h"

using namespace paygress;
using namespace paygress::net;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

std::string describe(const ServerRequest& request) {
  std::string text = request.method + " " + request.target;
  for (const auto& [name, value] : request.query) text += " " + name + "=" + value;
  return text + " | " + std::string(request.header("x-test")) + " | " + request.body;
}

struct World {
  asio::io_context context{1};
  SystemClock clock;
  ServerLimits limits;
  std::unique_ptr<HttpClient> client = make_curl_client(context.get_executor());
  std::unique_ptr<HttpServer> server;
  std::optional<Running> serving;
  int stream_handlers = 0;

  void serve(ListenAddress address = ListenAddress::tcp("127.0.0.1", 0), std::optional<ServerTls> tls = {}) {
    server = std::make_unique<HttpServer>(
        context.get_executor(), std::move(address), limits, [this](ServerRequest request) { return answer(std::move(request)); },
        HttpServer::WebSocketHandler(), std::move(tls));
    serving.emplace(context.get_executor(), server->run());
  }

  ~World() {
    if (serving) serving->cancel();
    CHECK(run_until([this] { return !serving || serving->done(); }));
  }

  Task<ServerResponse> answer(ServerRequest request) {
    ServerResponse response;
    if (request.target == "/fail") throw std::runtime_error("expected by the test");
    if (request.target == "/drop") response.drop = true;
    if (request.target == "/slow") co_await clock.sleep_for(10s);
    if (request.target == "/who") {
      response.body = request.client_certificate;
      co_return response;
    }
    if (request.target == "/big") {
      response.body = std::string(100'000, 'x');
      co_return response;
    }
    if (request.target == "/moved") {
      response.status = 302;
      response.headers.emplace_back("Location", "/elsewhere");
    }
    if (request.target == "/lines") {
      response.stream = [this](StreamWriter& writer) { return lines(writer); };
      co_return response;
    }
    if (request.target == "/watch") {
      response.stream = [this](StreamWriter& writer) { return watch(writer); };
      co_return response;
    }
    response.content_type = "text/plain";
    response.body = describe(request);
    co_return response;
  }

  Task<> lines(StreamWriter& writer) {
    co_await writer.write("{\"n\":1}\n{\"n\"");
    co_await clock.sleep_for(5ms);
    co_await writer.write(":2}\r\n\n");
    co_await writer.write("{\"n\":3}");
  }

  Task<> watch(StreamWriter& writer) {
    ++stream_handlers;
    const std::shared_ptr<void> leave(this, [this](void*) { --stream_handlers; });
    co_await writer.write("begin\n");
    co_await clock.sleep_for(1h);
  }

  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(server->port()) + path; }

  util::Result<HttpResponse> send(HttpRequest request) { return test::run(context, client->send(std::move(request))); }
  util::Result<HttpResponse> get(const std::string& path) {
    HttpRequest request;
    request.url = url(path);
    return send(std::move(request));
  }

  // What the server says to bytes that no well-behaved client sends.
  std::string raw(const std::string& bytes) { return test::run(context, exchange(bytes)); }

  Task<std::string> exchange(std::string bytes) {
    asio::ip::tcp::socket socket(context);
    const asio::ip::tcp::endpoint peer(asio::ip::make_address("127.0.0.1"), server->port());
    co_await socket.async_connect(peer, asio::use_awaitable);
    error_code ignored;
    co_await asio::async_write(socket, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, ignored));
    std::string reply;
    co_await asio::async_read(socket, asio::dynamic_buffer(reply, 100'000), asio::redirect_error(asio::use_awaitable, ignored));
    co_return reply;
  }

  bool run_until(const std::function<bool()>& condition) {
    context.restart();
    for (int i = 0; i < 5000 && !condition(); ++i) context.run_one_for(10ms);
    return condition();
  }
};

}  // namespace

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
    test::RunningFor<util::Result<HttpResponse>> watching(world.context, world.client->stream(request, [&](std::string_view) { ++lines; }));
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
    all.push_back(std::make_unique<test::RunningFor<util::Result<HttpResponse>>>(world.context, world.client->send(std::move(request))));
  }
  REQUIRE(world.run_until([&] { return std::all_of(all.begin(), all.end(), [](const auto& one) { return one->done(); }); }));
  for (std::size_t i = 0; i < all.size(); ++i) {
    REQUIRE(all[i]->value());
    CHECK(all[i]->value()->body == "GET /" + std::to_string(i) + " |  | ");
  }
}

TEST_CASE("TLS: the given authority, its names and client certificates") {
  const test::CertificateAuthority authority;
  const test::CertificateAuthority stranger;
  const auto server_cert = authority.issue("kubernetes", "DNS:kubernetes");
  const auto client_cert = authority.issue("paygress-operator", "DNS:client");
  World world;
  ServerTls tls{server_cert.cert_pem, util::Secret(server_cert.key_pem), authority.ca_pem(), false};
  world.serve(ListenAddress::tcp("127.0.0.1", 0), std::move(tls));
  HttpRequest request;
  request.url = "https://127.0.0.1:" + std::to_string(world.server->port()) + "/who";
  TlsIdentity identity;
  identity.ca_pem = authority.ca_pem();

  SUBCASE("the certificate's name is not the URL's host") {
    request.tls = std::make_shared<TlsIdentity>(identity);
    const auto response = world.send(request);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == "unreachable");
    CHECK(response.error().message.find("TLS") != std::string::npos);
  }
  SUBCASE("unless the name to expect is given") {
    identity.server_name = "kubernetes";
    request.tls = std::make_shared<TlsIdentity>(identity);
    const auto response = world.send(request);
    REQUIRE(response);
    CHECK(response->body.empty());
  }
  SUBCASE("a client certificate says who we are") {
    identity.server_name = "kubernetes";
    identity.cert_pem = client_cert.cert_pem;
    identity.key_pem = util::Secret(client_cert.key_pem);
    request.tls = std::make_shared<TlsIdentity>(identity);
    const auto response = world.send(request);
    REQUIRE(response);
    CHECK(response->body == "paygress-operator");
  }
  SUBCASE("another authority is not trusted") {
    identity.server_name = "kubernetes";
    identity.ca_pem = stranger.ca_pem();
    request.tls = std::make_shared<TlsIdentity>(identity);
    CHECK_FALSE(world.send(request));
  }
  SUBCASE("nor is the test's authority by default") { CHECK_FALSE(world.send(request)); }
  SUBCASE("unless checking is off, as some kubeconfigs have it") {
    TlsIdentity careless;
    careless.insecure_skip_verify = true;
    request.tls = std::make_shared<TlsIdentity>(careless);
    CHECK(world.send(request));
  }
}

TEST_CASE("a unix socket has its mode, replaces a stale file and refuses to replace a live one") {
  const std::string path = "/tmp/paygress-net-test-" + std::to_string(::getpid()) + ".sock";
  {
    asio::io_context context;
    asio::local::stream_protocol::acceptor dead(context, asio::local::stream_protocol::endpoint(path));
  }  // closed, but its file stays
  World world;
  world.serve(ListenAddress::unix_socket(path, 0600));
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(world.server->port() == 0);
  CHECK_THROWS_WITH_AS(HttpServer(world.context.get_executor(), ListenAddress::unix_socket(path), {}, {}),
                       doctest::Contains(path.c_str()), boost::system::system_error);

  const auto ask = [&]() -> Task<std::string> {
    asio::local::stream_protocol::socket socket(world.context);
    const asio::local::stream_protocol::endpoint peer(path);
    co_await socket.async_connect(peer, asio::use_awaitable);
    const std::string request = "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
    std::string reply;
    error_code ignored;
    co_await asio::async_read(socket, asio::dynamic_buffer(reply, 10'000), asio::redirect_error(asio::use_awaitable, ignored));
    co_return reply;
  };
  CHECK(test::run<std::string>(world.context, ask()).find("GET /x") != std::string::npos);
  world.serving->cancel();
  test::settle(world.context);
  world.server.reset();
  CHECK(::stat(path.c_str(), &info) != 0);
}

TEST_CASE("a socket made by somebody else (systemd) is served") {
  asio::io_context context;
  asio::ip::tcp::acceptor made(context, asio::ip::tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  const auto port = made.local_endpoint().port();
  World world;
  world.serve(ListenAddress::inherited(made.release()));
  CHECK(world.server->port() == port);
  CHECK(world.get("/x"));
}

TEST_CASE("an address that cannot be listened on is named") {
  World world;
  world.serve();
  const std::string taken = std::to_string(world.server->port());
  CHECK_THROWS_WITH(HttpServer(world.context.get_executor(), ListenAddress::tcp("127.0.0.1", world.server->port()), {}, {}),
                    doctest::Contains(taken.c_str()));
  CHECK_THROWS_WITH(HttpServer(world.context.get_executor(), ListenAddress::tcp("not-an-address", 1), {}, {}),
                    doctest::Contains("not-an-address"));
}

TEST_CASE("the server answers nonsense with the status it deserves, and closes") {
  World world;
  world.limits.request_timeout = 300ms;
  world.limits.idle_timeout = 300ms;
  world.serve();
  const auto status = [&](const std::string& bytes) { return world.raw(bytes).substr(0, 12); };
  CHECK(status("nonsense\r\n\r\n") == "HTTP/1.1 400");
  CHECK(status("GET relative HTTP/1.1\r\n\r\n") == "HTTP/1.1 400");
  CHECK(status("GET /%zz HTTP/1.1\r\n\r\n") == "HTTP/1.1 400");
  CHECK(status("GET /%00 HTTP/1.1\r\n\r\n") == "HTTP/1.1 400");
  CHECK(status("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n") == "HTTP/1.1 431");
  CHECK(status("POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n") == "HTTP/1.1 413");
  CHECK(status("POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello") == "HTTP/1.1 400");
  CHECK(status("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok") == "HTTP/1.1 100");
  // Those who start and never finish are cut off.
  CHECK(world.raw("").empty());
  CHECK(world.raw("GET / HTT").empty());
  CHECK(world.raw("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf").empty());
}

TEST_CASE("one connection serves many requests, pipelined ones too") {
  World world;
  world.limits.idle_timeout = 200ms;
  world.serve();
  const std::string reply = world.raw("GET /one HTTP/1.1\r\n\r\nGET /two HTTP/1.1\r\n\r\nGET /three HTTP/1.1\r\nConnection: close\r\n\r\nGET /four HTTP/1.1\r\n\r\n");
  CHECK(reply.find("GET /one") != std::string::npos);
  CHECK(reply.find("GET /two") < reply.find("GET /three"));
  CHECK(reply.find("/four") == std::string::npos);
}

TEST_CASE("connections beyond the limit are closed at once") {
  World world;
  world.limits.max_connections = 2;
  world.serve();
  test::RunningFor<util::Result<HttpResponse>> first(world.context, world.client->send({.url = world.url("/slow")}));
  test::RunningFor<util::Result<HttpResponse>> second(world.context, world.client->send({.url = world.url("/slow")}));
  world.context.restart();
  world.context.run_for(50ms);
  CHECK(world.raw("GET / HTTP/1.1\r\n\r\n").empty());
  first.cancel();
  second.cancel();
}

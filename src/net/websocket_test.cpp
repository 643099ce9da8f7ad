#include "net/websocket.h"

#include <doctest/doctest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/certificates_test_support.h"
#include "net/clock.h"
#include "net/http_server.h"
#include "net/run_test_support.h"

using namespace paygress;
using namespace paygress::net;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

using Opened = util::Result<std::unique_ptr<WebSocket>>;

struct World {
  asio::io_context context{1};
  SystemClock clock;
  ServerLimits limits;
  std::unique_ptr<WebSocketDialer> dialer = make_dialer(context.get_executor());
  std::unique_ptr<HttpServer> server;
  std::optional<Running> serving;
  int sessions = 0;

  void serve(std::optional<ServerTls> tls = {}) {
    server = std::make_unique<HttpServer>(
        context.get_executor(), ListenAddress::tcp("127.0.0.1", 0), limits,
        [](ServerRequest request) { return page(std::move(request)); },
        [this](std::unique_ptr<WebSocket> socket) { return talk(std::move(socket)); }, std::move(tls));
    serving.emplace(context.get_executor(), server->run());
  }

  ~World() {
    if (serving) serving->cancel();
    CHECK(run_until([this] { return !serving || serving->done(); }));
    CHECK(sessions == 0);
  }

  static Task<ServerResponse> page(ServerRequest) {
    ServerResponse response;
    response.status = 404;
    co_return response;
  }

  // An echo, with some words that mean something else.
  Task<> talk(std::unique_ptr<WebSocket> socket) {
    ++sessions;
    const std::shared_ptr<void> leave(this, [this](void*) { --sessions; });
    for (;;) {
      auto message = co_await socket->read();
      if (!message || *message == "leave") co_return;
      if (*message == "flood") *message = std::string(300'000, 'x');
      if (*message == "deluge") *message = std::string(std::size_t{17} << 20, 'x');
      if (*message == "sleep") co_await clock.sleep_for(1h);
      const auto written = co_await socket->write(std::move(*message));
      if (!written) co_return;
    }
  }

  util::Url url(const std::string& scheme = "ws") {
    return *util::Url::parse(scheme + "://127.0.0.1:" + std::to_string(server->port()));
  }

  Opened dial(util::Url to, DialOptions options = {}) {
    return test::run(context, dialer->dial(std::move(to), std::move(options)));
  }

  std::string ask(WebSocket& socket, std::string message) {
    const auto written = test::run(context, socket.write(std::move(message)));
    if (!written) return "error " + written.error().code;
    const auto read = test::run(context, socket.read());
    return read ? *read : "error " + read.error().code;
  }

  bool run_until(const std::function<bool()>& condition) {
    context.restart();
    for (int i = 0; i < 5000 && !condition(); ++i) context.run_one_for(10ms);
    return condition();
  }
};

}  // namespace

TEST_CASE("messages go both ways, whole and in order") {
  World world;
  world.serve();
  const auto socket = world.dial(world.url());
  REQUIRE(socket);
  CHECK(world.ask(**socket, "[\"REQ\"]") == "[\"REQ\"]");
  CHECK(world.ask(**socket, "") == "");
  const std::string large(200'000, 'a');
  CHECK(world.ask(**socket, large) == large);
}

TEST_CASE("many tasks may write at once, and the messages stay whole and in the order of the calls") {
  World world;
  world.serve();
  auto socket = world.dial(world.url());
  REQUIRE(socket);
  std::vector<test::RunningFor<util::Result<>>> writers;
  for (int i = 0; i < 20; ++i)
    writers.emplace_back(world.context, (*socket)->write(std::string(20'000, static_cast<char>('a' + i))));
  for (int i = 0; i < 20; ++i) {
    const auto read = test::run(world.context, (*socket)->read());
    REQUIRE(read);
    CHECK(*read == std::string(20'000, static_cast<char>('a' + i)));
  }
  CHECK(world.run_until([&] { return std::all_of(writers.begin(), writers.end(), [](const auto& one) { return one.done(); }); }));
}

TEST_CASE("a message beyond the limit is an error, not a memory") {
  World world;
  world.serve();
  const auto socket = world.dial(world.url());
  REQUIRE(socket);
  CHECK(world.ask(**socket, "deluge") == "error too_large");
  CHECK(world.ask(**socket, "again") == "error closed");
}

TEST_CASE("a message that is too large is passed over, and the connection goes on") {
  World world;
  world.serve();
  const auto socket = world.dial(world.url());
  REQUIRE(socket);
  for (int i = 0; i < 3; ++i) {
    const auto flooded = test::run(world.context, (*socket)->write("flood"));
    REQUIRE(flooded);
  }
  CHECK(world.ask(**socket, "still here") == "still here");
}

TEST_CASE("either side can end the connection, and the other notices") {
  World world;
  world.serve();
  SUBCASE("the peer leaves") {
    const auto socket = world.dial(world.url());
    REQUIRE(socket);
    const std::string answer = world.ask(**socket, "leave");
    CHECK((answer == "error lost" || answer == "error closed"));
  }
  SUBCASE("close() ends a read that waits, from another task") {
    const auto socket = world.dial(world.url());
    REQUIRE(socket);
    test::RunningFor<util::Result<std::string>> reading(world.context, (*socket)->read());
    test::settle(world.context);
    CHECK_FALSE(reading.done());
    (*socket)->close();
    (*socket)->close();
    REQUIRE(world.run_until([&] { return reading.done(); }));
    CHECK_FALSE(reading.error());
    CHECK(reading.value().error().code == "closed");
  }
  SUBCASE("a cancelled read says so to its task") {
    const auto socket = world.dial(world.url());
    REQUIRE(socket);
    test::RunningFor<util::Result<std::string>> reading(world.context, (*socket)->read());
    test::settle(world.context);
    reading.cancel();
    REQUIRE(world.run_until([&] { return reading.done(); }));
    CHECK(reading.error());
  }
}

TEST_CASE("a peer that answers no ping is dead") {
  World world;
  world.serve();
  DialOptions options;
  options.ping_interval = 100ms;
  SUBCASE("a busy one answers pings only while it reads") {
    const auto socket = world.dial(world.url(), options);
    REQUIRE(socket);
    CHECK(world.ask(**socket, "sleep") == "error lost");
  }
  SUBCASE("a quiet one stays connected") {
    const auto socket = world.dial(world.url(), options);
    REQUIRE(socket);
    test::RunningFor<util::Result<std::string>> reading(world.context, (*socket)->read());
    world.context.restart();
    world.context.run_for(700ms);
    CHECK_FALSE(reading.done());
    const auto written = test::run(world.context, (*socket)->write("still there"));
    CHECK(written);
    REQUIRE(world.run_until([&] { return reading.done(); }));
    CHECK(*reading.value() == "still there");
  }
}

TEST_CASE("why a relay cannot be dialled is said in words") {
  World world;
  world.serve();
  SUBCASE("no such name") {
    const auto socket = world.dial(*util::Url::parse("ws://relay.invalid"));
    REQUIRE_FALSE(socket);
    CHECK(socket.error().code == "unreachable");
    CHECK(socket.error().message.find("relay.invalid") != std::string::npos);
  }
  SUBCASE("nobody listens") {
    const auto url = world.url();
    world.serving->cancel();
    test::settle(world.context);
    world.server.reset();
    const auto socket = world.dial(url);
    REQUIRE_FALSE(socket);
    CHECK(socket.error().code == "unreachable");
    CHECK(socket.error().message.find("refused") != std::string::npos);
  }
  SUBCASE("not a public address") {
    DialOptions options;
    options.public_only = true;
    const auto socket = world.dial(world.url(), options);
    REQUIRE_FALSE(socket);
    CHECK(socket.error().kind == util::Errc::refused);
    CHECK(socket.error().code == "address_denied");
    const auto by_name = world.dial(*util::Url::parse("ws://localhost:" + std::to_string(world.server->port())), options);
    REQUIRE_FALSE(by_name);
    CHECK(by_name.error().code == "address_denied");
  }
  SUBCASE("accepts and says nothing") {
    asio::ip::tcp::acceptor silent(world.context, asio::ip::tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    DialOptions options;
    options.timeout = 100ms;
    for (const char* scheme : {"ws://127.0.0.1:", "wss://127.0.0.1:"}) {
      const auto socket = world.dial(*util::Url::parse(scheme + std::to_string(silent.local_endpoint().port())), options);
      REQUIRE_FALSE(socket);
      CHECK(socket.error().code == "timeout");
    }
  }
  SUBCASE("a web server without WebSockets") {
    HttpServer plain(world.context.get_executor(), ListenAddress::tcp("127.0.0.1", 0), {},
                     [](ServerRequest request) { return World::page(std::move(request)); });
    Running serving(world.context.get_executor(), plain.run());
    const auto socket = world.dial(*util::Url::parse("ws://127.0.0.1:" + std::to_string(plain.port())));
    REQUIRE_FALSE(socket);
    CHECK(socket.error().code == "upgrade_refused");
    CHECK(socket.error().message.find("404") != std::string::npos);
    serving.cancel();
    CHECK(world.run_until([&] { return serving.done(); }));
  }
}

TEST_CASE("wss: the certificate must be for the host and from a trusted authority") {
  const test::CertificateAuthority authority;
  const test::CertificateAuthority stranger;
  World world;
  const auto certificate = authority.issue("relay", "IP:127.0.0.1");
  ServerTls tls{certificate.cert_pem, util::Secret(certificate.key_pem)};
  world.serve(std::move(tls));
  DialOptions options;
  options.ca_pem = authority.ca_pem();

  const auto trusted = world.dial(world.url("wss"), options);
  REQUIRE(trusted);
  CHECK(world.ask(**trusted, "over TLS") == "over TLS");
  const std::string large(200'000, 'b');
  CHECK(world.ask(**trusted, large) == large);

  const auto other_name = world.dial(*util::Url::parse("wss://localhost:" + std::to_string(world.server->port())), options);
  REQUIRE_FALSE(other_name);
  CHECK(other_name.error().code == "tls_failed");
  options.ca_pem = stranger.ca_pem();
  CHECK_FALSE(world.dial(world.url("wss"), options));
  options.ca_pem.clear();
  const auto by_system = world.dial(world.url("wss"), options);
  REQUIRE_FALSE(by_system);
  CHECK(by_system.error().message.find("127.0.0.1") != std::string::npos);
}

TEST_CASE("dialling can be cancelled at any moment") {
  World world;
  world.serve();
  for (int steps = 0; steps < 25; ++steps) {
    test::RunningFor<Opened> dialling(world.context, world.dialer->dial(world.url(), DialOptions()));
    world.context.restart();
    for (int i = 0; i < steps; ++i) world.context.poll_one();
    dialling.cancel();
    REQUIRE(world.run_until([&] { return dialling.done(); }));
  }
  CHECK(world.run_until([&] { return world.sessions == 0; }));
}

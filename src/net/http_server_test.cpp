// The server against bytes that no well-behaved client sends, and in all the places where it listens.
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>

#include "net/http_world_test_support.h"

using namespace paygress;
using namespace paygress::net;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using boost::system::error_code;
using World = net::test::HttpWorld;

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
  const std::string reply = world.raw(
      "GET /one HTTP/1.1\r\n\r\nGET /two HTTP/1.1\r\n\r\nGET /three HTTP/1.1\r\nConnection: close\r\n\r\nGET /four "
      "HTTP/1.1\r\n\r\n");
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

// HTTP client and server in one process.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "net/clock.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/run_test_support.h"

namespace paygress::net::test {

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

inline std::string describe(const ServerRequest& request) {
  std::string text = request.method + " " + request.target;
  for (const auto& [name, value] : request.query) text += " " + name + "=" + value;
  return text + " | " + std::string(request.header("x-test")) + " | " + request.body;
}

// One client and one server that answers in the ways the tests need.
struct HttpWorld {
  asio::io_context context{1};
  SystemClock clock;
  ServerLimits limits;
  std::unique_ptr<HttpClient> client = make_curl_client(context.get_executor());
  std::unique_ptr<HttpServer> server;
  std::optional<Running> serving;
  int stream_handlers = 0;
  std::string packed, bomb;  // for /packed and /odd, and for /bomb: bodies in gzip

  void serve(ListenAddress address = ListenAddress::tcp("127.0.0.1", 0), std::optional<ServerTls> tls = {}) {
    server = std::make_unique<HttpServer>(
        context.get_executor(), std::move(address), limits, [this](ServerRequest request) { return answer(std::move(request)); },
        HttpServer::WebSocketHandler(), std::move(tls));
    serving.emplace(context.get_executor(), server->run());
  }

  ~HttpWorld() {
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
    if (request.target == "/packed" || request.target == "/bomb" || request.target == "/odd") {
      response.body = request.target == "/bomb" ? bomb : packed;
      response.headers.emplace_back("Content-Encoding", request.target == "/odd" ? "odd" : "gzip");
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

  util::Result<HttpResponse> send(HttpRequest request) { return run(context, client->send(std::move(request))); }
  util::Result<HttpResponse> get(const std::string& path) {
    HttpRequest request;
    request.url = url(path);
    return send(std::move(request));
  }

  // What the server says to bytes that no well-behaved client sends.
  std::string raw(const std::string& bytes) { return run(context, exchange(bytes)); }

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

}  // namespace paygress::net::test

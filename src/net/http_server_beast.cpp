// One of the two files that include Beast: HTTP requests come in here. Responses are plain text and need no serializer.
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "net/http_connection.h"
#include "net/websocket_stream.h"
#include "util/log.h"

namespace paygress::net {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

Task<bool> write_all(Stream& stream, std::string text) {
  error_code failed;
  co_await asio::async_write(stream, asio::buffer(text), asio::redirect_error(asio::use_awaitable, failed));
  co_return !failed;
}

class Connection final : public StreamWriter {
 public:
  Connection(Stream stream, HttpService& service) : stream_(std::move(stream)), service_(service) {
    buffer_.max_size(service.limits.max_header + (std::size_t{64} << 10));
  }

  Task<> run();

  // StreamWriter: one chunk.
  Task<bool> write(std::string chunk) override;

 private:
  Task<> wait_for_request();
  Task<> read_request(Parser& parser, error_code& failed);
  Task<ServerResponse> answer(ServerRequest request);
  Task<bool> respond(ServerResponse response, bool keep_alive, bool head_only);
  Task<> respond_in_chunks(ServerResponse response);
  Task<> wait_until_client_goes();
  Task<> run_websocket(ServerRequest request);
  Task<bool> send(std::string text);
  bool understand(const Parser& parser, ServerRequest& request);

  Stream stream_;
  HttpService& service_;
  boost::beast::flat_buffer buffer_;
};

int status_for(const error_code& failed) {
  if (failed == http::error::body_limit) return 413;
  if (failed == http::error::header_limit || failed == http::error::buffer_overflow) return 431;
  return 400;
}

bool client_is_gone(const error_code& failed) {
  // Beast's own complaints are worth an answer; anything else means that nobody is there to read it.
  return failed == http::error::end_of_stream || failed == http::error::partial_message ||
         failed.category() != http::make_error_code(http::error::end_of_stream).category();
}

Task<> Connection::run() {
  const ServerLimits& limits = service_.limits;
  const auto handshake = co_await with_timeout<bool>(service_.clock, stream_.accept_tls(), limits.request_timeout);
  if (!handshake.value_or(false)) co_return;

  for (bool keep_alive = true; keep_alive;) {
    if (buffer_.size() == 0) co_await with_timeout(service_.clock, wait_for_request(), limits.idle_timeout);
    if (buffer_.size() == 0) co_return;

    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits.max_header));
    parser.body_limit(limits.max_body);
    error_code failed;
    const bool in_time = co_await with_timeout(service_.clock, read_request(parser, failed), limits.request_timeout);
    if (!in_time || (failed && client_is_gone(failed))) co_return;

    ServerRequest request;
    if (failed || !understand(parser, request)) {
      ServerResponse refusal;
      refusal.status = failed ? status_for(failed) : 400;
      co_await respond(std::move(refusal), false, false);
      co_return;
    }
    if (service_.on_websocket && boost::beast::websocket::is_upgrade(parser.get())) {
      co_await run_websocket(std::move(request));
      co_return;
    }
    keep_alive = parser.get().keep_alive();
    const bool head_only = request.method == "HEAD";
    ServerResponse response = co_await answer(std::move(request));
    if (response.drop) co_return;
    if (response.stream && !head_only) {
      co_await respond_in_chunks(std::move(response));
      co_return;
    }
    const bool sent = co_await respond(std::move(response), keep_alive, head_only);
    if (!sent) co_return;
  }
}

Task<> Connection::wait_for_request() {
  error_code failed;
  const auto room = buffer_.prepare(4096);
  const std::size_t size = co_await stream_.async_read_some(room, asio::redirect_error(asio::use_awaitable, failed));
  buffer_.commit(size);
}

Task<> Connection::read_request(Parser& parser, error_code& failed) {
  co_await http::async_read_header(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, failed));
  if (failed) co_return;
  if (lower(parser.get()[http::field::expect]) == "100-continue") co_await write_all(stream_, "HTTP/1.1 100 Continue\r\n\r\n");
  co_await http::async_read(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, failed));
}

bool Connection::understand(const Parser& parser, ServerRequest& request) {
  const auto& message = parser.get();
  request.method = std::string(message.method_string());
  if (!split_target(message.target(), request)) return false;
  for (const auto& field : message) request.headers.emplace_back(lower(field.name_string()), std::string(field.value()));
  request.body = message.body();
  request.client_certificate = stream_.peer_common_name();
  return true;
}

Task<ServerResponse> Connection::answer(ServerRequest request) {
  std::string method = request.method;
  std::string reason;
  try {
    co_return co_await service_.handler(std::move(request));
  } catch (const boost::system::system_error& e) {
    if (e.code() == asio::error::operation_aborted) throw;
    reason = e.what();
  } catch (const std::exception& e) {
    reason = e.what();
  }
  util::log_error("answering a request has failed", {{"PAYGRESS_METHOD", method}, {"PAYGRESS_ERROR", reason}});
  ServerResponse failure;
  failure.status = 500;
  failure.body = R"({"error":"internal error"})";
  co_return failure;
}

Task<bool> Connection::send(std::string text) {
  const auto sent =
      co_await with_timeout<bool>(service_.clock, write_all(stream_, std::move(text)), service_.limits.request_timeout);
  co_return sent.value_or(false);
}

Task<bool> Connection::respond(ServerResponse response, bool keep_alive, bool head_only) {
  std::string text = response_head(response, false, keep_alive);
  if (!head_only) text += response.body;
  return send(std::move(text));
}

Task<> Connection::respond_in_chunks(ServerResponse response) {
  const bool started = co_await send(response_head(response, true, false));
  if (!started) co_return;
  std::vector<Task<>> tasks;
  tasks.push_back(response.stream(*this));
  tasks.push_back(wait_until_client_goes());
  const std::size_t first = co_await run_any(std::move(tasks));
  if (first == 0) co_await send("0\r\n\r\n");
}

Task<bool> Connection::write(std::string chunk) {
  if (chunk.empty()) co_return true;  // an empty chunk would end the body
  char size[24];
  const int digits = std::snprintf(size, sizeof size, "%zx\r\n", chunk.size());
  std::string text(size, static_cast<std::size_t>(digits));
  text += chunk;
  text += "\r\n";
  const bool sent = co_await send(std::move(text));
  co_return sent;
}

// A client that waits for a stream has nothing to say: what it sends is dropped, and its end is what we wait for.
Task<> Connection::wait_until_client_goes() {
  char ignored[256];
  error_code failed;
  while (!failed) co_await stream_.async_read_some(asio::buffer(ignored), asio::redirect_error(asio::use_awaitable, failed));
}

Task<> Connection::run_websocket(ServerRequest request) {
  const WebSocketLimits limits{service_.limits.max_message, service_.limits.ping_interval, service_.limits.request_timeout};
  auto socket = co_await upgrade_as_server(std::move(stream_), std::move(request), limits);
  if (socket) co_await service_.on_websocket(std::move(socket));
}

}  // namespace

Task<> serve_connection(Stream stream, HttpService& service) {
  Connection connection(std::move(stream), service);
  co_await connection.run();
}

}  // namespace paygress::net

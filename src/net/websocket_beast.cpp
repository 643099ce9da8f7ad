// One of the two files that include Beast: WebSocket frames.
#include <algorithm>
#include <deque>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/src.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "net/websocket_stream.h"

namespace paygress::net {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

// What Beast does to a stream when the WebSocket on it is over; found by argument-dependent lookup.
void beast_close_socket(Stream& stream) { stream.close(); }
void teardown(beast::role_type, Stream& stream, error_code& failed) {
  failed = {};
  stream.close();
}
template <class Handler>
void async_teardown(beast::role_type, Stream& stream, Handler&& handler) {
  stream.close();
  asio::post(stream.get_executor(), beast::bind_front_handler(std::forward<Handler>(handler), error_code()));
}

namespace {

class BeastSocket final : public WebSocket {
 public:
  using Frames = websocket::stream<Stream>;

  BeastSocket(Stream stream, const WebSocketLimits& limits) : frames_(std::move(stream)) {
    websocket::stream_base::timeout timeout;
    timeout.handshake_timeout = limits.handshake_timeout;
    timeout.idle_timeout = 2 * limits.ping_interval;  // Beast pings at half of it
    timeout.keep_alive_pings = true;
    frames_.set_option(timeout);
    frames_.read_message_max(std::max(limits.max_message, limits.pass_over));
    max_message_ = limits.max_message;
    frames_.text(true);
  }

  Frames& frames() { return frames_; }
  void name_ourselves() {
    frames_.set_option(websocket::stream_base::decorator(
        [](websocket::request_type& request) { request.set(beast::http::field::user_agent, "paygress/" PAYGRESS_VERSION); }));
  }

  Task<util::Result<std::string>> read() override;
  Task<util::Result<>> write(std::string message) override;
  void close() override;

 private:
  util::Error explain(const error_code& failed);
  Task<bool> read_message(error_code& failed);

  // A writer's place in the queue; the one in front writes.
  class Place {
   public:
    explicit Place(std::deque<Event*>& queue) : queue_(queue) { queue_.push_back(&turn_); }
    ~Place() {
      std::erase(queue_, &turn_);
      if (!queue_.empty()) queue_.front()->notify();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool in_front() const { return queue_.front() == &turn_; }
    Event& turn() { return turn_; }

   private:
    std::deque<Event*>& queue_;
    Event turn_;
  };

  Frames frames_;
  beast::flat_buffer buffer_;
  std::deque<Event*> writers_;
  std::size_t max_message_ = 0;
  bool closed_ = false;
};

void throw_if_cancelled(const error_code& failed) {
  if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
}

util::Error BeastSocket::explain(const error_code& failed) {
  using util::Errc;
  if (failed == websocket::error::closed || closed_) return {Errc::unavailable, "the connection is closed", "closed"};
  if (failed == websocket::error::message_too_big || failed == websocket::error::buffer_overflow) {
    return {Errc::exhausted, "a message was larger than " + std::to_string(frames_.read_message_max()) + " bytes", "too_large"};
  }
  if (failed == beast::error::timeout) return {Errc::unavailable, "the peer answers no ping", "lost"};
  return {Errc::unavailable, "the connection broke: " + failed.message(), "lost"};
}

// Reads one message to its end; false if it was too large to keep. What is beyond the limit never fills the memory.
Task<bool> BeastSocket::read_message(error_code& failed) {
  constexpr std::size_t kAtOnce = 64 << 10;
  bool kept = true;
  buffer_.clear();
  do {
    co_await frames_.async_read_some(buffer_, kAtOnce, asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return false;
    kept = kept && buffer_.size() <= max_message_;
    if (!kept) buffer_.clear();
  } while (!frames_.is_message_done());
  co_return kept;
}

Task<util::Result<std::string>> BeastSocket::read() {
  error_code failed;
  while (!closed_ && !failed) {
    const bool kept = co_await read_message(failed);
    if (kept) co_return beast::buffers_to_string(buffer_.data());
  }
  const util::Error error = explain(failed);
  const bool by_us = closed_;
  close();
  if (!by_us) throw_if_cancelled(failed);
  co_return error;
}

Task<util::Result<>> BeastSocket::write(std::string message) {
  Place place(writers_);
  while (!place.in_front()) co_await place.turn().wait();
  error_code failed;
  if (!closed_) {
    co_await frames_.async_write(asio::buffer(message), asio::redirect_error(asio::use_awaitable, failed));
    if (!failed) co_return util::Result<>();
  }
  // Half a frame may have been sent: nothing can follow it.
  const util::Error error = explain(failed);
  const bool by_us = closed_;
  close();
  if (!by_us) throw_if_cancelled(failed);
  co_return error;
}

void BeastSocket::close() {
  if (std::exchange(closed_, true)) return;
  frames_.next_layer().close();
}

}  // namespace

Task<util::Result<std::unique_ptr<WebSocket>>> upgrade_as_client(Stream stream, std::string host, std::string target,
                                                                 WebSocketLimits limits) {
  auto socket = std::make_unique<BeastSocket>(std::move(stream), limits);
  socket->name_ourselves();
  websocket::response_type response;
  error_code failed;
  co_await socket->frames().async_handshake(response, host, target, asio::redirect_error(asio::use_awaitable, failed));
  if (!failed) {
    std::unique_ptr<WebSocket> opened = std::move(socket);
    co_return opened;
  }
  throw_if_cancelled(failed);
  if (failed == beast::error::timeout) co_return util::Error{util::Errc::unavailable, host + ": no connection in time", "timeout"};
  if (failed == websocket::error::upgrade_declined) {
    const std::string status = std::to_string(response.result_int());
    co_return util::Error{util::Errc::refused, host + " refuses WebSockets with HTTP status " + status, "upgrade_refused"};
  }
  co_return util::Error{util::Errc::unavailable, host + " does not speak WebSocket: " + failed.message(), "upgrade_refused"};
}

Task<std::unique_ptr<WebSocket>> upgrade_as_server(Stream stream, ServerRequest request, WebSocketLimits limits) {
  beast::http::request<beast::http::empty_body> upgrade;
  upgrade.method(beast::http::verb::get);
  upgrade.target(request.target);
  upgrade.version(11);
  for (const auto& [name, value] : request.headers) upgrade.insert(name, value);

  auto socket = std::make_unique<BeastSocket>(std::move(stream), limits);
  error_code failed;
  co_await socket->frames().async_accept(upgrade, asio::redirect_error(asio::use_awaitable, failed));
  throw_if_cancelled(failed);
  std::unique_ptr<WebSocket> opened;
  if (!failed) opened = std::move(socket);
  co_return opened;
}

}  // namespace paygress::net

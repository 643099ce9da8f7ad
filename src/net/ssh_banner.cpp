#include "net/ssh_banner.h"

#include <algorithm>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include "net/clock.h"
#include "net/connect.h"
#include "net/ssh_wire.h"

namespace paygress::net {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kMaxLine = 255;       // RFC 4253 section 4.2
constexpr int kMaxLinesBefore = 20;         // a server may greet before its banner
constexpr std::size_t kMaxPacket = 35'000;  // RFC 4253 section 6.1
constexpr std::string_view kOurBanner = "SSH-2.0-paygress";

class Conversation {
 public:
  explicit Conversation(Stream::Socket socket) : socket_(std::move(socket)) {}

  Task<std::optional<std::string>> read_banner();
  // Nothing if the peer does not play along.
  Task<std::optional<std::string>> read_host_key(std::string server_banner);
  const std::string& last_line() const { return line_; }

 private:
  Task<bool> read_exactly(std::size_t count, util::Bytes& out);
  Task<bool> read_line();
  Task<std::optional<util::Bytes>> read_message(std::uint8_t wanted);
  Task<bool> write(util::Bytes bytes);

  Stream::Socket socket_;
  std::string line_;
  util::Bytes unread_;
};

void throw_if_cancelled(const error_code& failed) {
  if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
}

Task<bool> Conversation::read_exactly(std::size_t count, util::Bytes& out) {
  while (unread_.size() < count) {
    std::uint8_t chunk[4096];
    error_code failed;
    const std::size_t size =
        co_await socket_.async_read_some(asio::buffer(chunk), asio::redirect_error(asio::use_awaitable, failed));
    throw_if_cancelled(failed);
    if (failed) co_return false;
    unread_.insert(unread_.end(), chunk, chunk + size);
  }
  const auto end = unread_.begin() + static_cast<std::ptrdiff_t>(count);
  out.assign(unread_.begin(), end);
  unread_.erase(unread_.begin(), end);
  co_return true;
}

Task<bool> Conversation::read_line() {
  line_.clear();
  util::Bytes one;
  while (line_.size() < kMaxLine) {
    const bool read = co_await read_exactly(1, one);
    if (!read) co_return false;
    if (one[0] == '\n') break;
    line_ += static_cast<char>(one[0]);
  }
  if (line_.ends_with('\r')) line_.pop_back();
  co_return true;
}

Task<std::optional<std::string>> Conversation::read_banner() {
  for (int i = 0; i < kMaxLinesBefore; ++i) {
    const bool read = co_await read_line();
    if (!read) break;
    if (!line_.starts_with("SSH-2.0-") && !line_.starts_with("SSH-1.99-")) continue;
    // It will be shown: nothing but printable characters.
    if (std::all_of(line_.begin(), line_.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; })) co_return line_;
  }
  co_return std::nullopt;
}

Task<bool> Conversation::write(util::Bytes bytes) {
  error_code failed;
  co_await asio::async_write(socket_, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, failed));
  throw_if_cancelled(failed);
  co_return !failed;
}

Task<std::optional<util::Bytes>> Conversation::read_message(std::uint8_t wanted) {
  constexpr int kMaxOthers = 5;  // IGNORE, DEBUG, EXT_INFO
  for (int i = 0; i < kMaxOthers; ++i) {
    util::Bytes head;
    const bool has_head = co_await read_exactly(5, head);
    if (!has_head) break;
    const std::size_t size = std::size_t{head[0]} << 24 | std::size_t{head[1]} << 16 | std::size_t{head[2]} << 8 | head[3];
    const std::size_t padding = head[4];
    if (size > kMaxPacket || size < padding + 2) break;
    util::Bytes body;
    const bool has_body = co_await read_exactly(size - 1, body);
    if (!has_body) break;
    body.resize(size - 1 - padding);
    if (body[0] == wanted) co_return body;
  }
  co_return std::nullopt;
}

Task<std::optional<std::string>> Conversation::read_host_key(std::string server_banner) {
  ssh::Exchange exchange;
  exchange.client_banner = std::string(kOurBanner);
  exchange.server_banner = std::move(server_banner);
  exchange.client_kex_init = ssh::kex_init();
  const std::string banner_line = exchange.client_banner + "\r\n";
  util::Bytes hello(banner_line.begin(), banner_line.end());
  const util::Bytes first = ssh::packet(exchange.client_kex_init);
  hello.insert(hello.end(), first.begin(), first.end());
  const bool greeted = co_await write(std::move(hello));
  if (!greeted) co_return std::nullopt;

  auto theirs = co_await read_message(ssh::kKexInit);
  if (!theirs || !ssh::offers_curve25519(*theirs)) co_return std::nullopt;
  exchange.server_kex_init = std::move(*theirs);

  const ssh::EphemeralKey own;
  util::Bytes init{ssh::kEcdhInit};
  ssh::put_string(init, own.public_bytes());
  const bool asked = co_await write(ssh::packet(init));
  if (!asked) co_return std::nullopt;

  const auto reply = co_await read_message(ssh::kEcdhReply);
  if (!reply) co_return std::nullopt;
  ssh::Reader reader(*reply);
  reader.byte();
  const auto host_key = reader.string();
  const auto server_public = reader.string();
  const auto signature = reader.string();
  if (!host_key || !server_public || !signature) co_return std::nullopt;
  exchange.host_key.assign(host_key->begin(), host_key->end());
  exchange.server_public.assign(server_public->begin(), server_public->end());
  exchange.signature.assign(signature->begin(), signature->end());
  if (!ssh::is_signed_by_host(exchange, own)) co_return std::nullopt;
  co_return ssh::fingerprint(exchange.host_key);
}

Task<util::Result<SshBanner>> converse(asio::any_io_executor executor, std::string host, std::uint16_t port,
                                       std::optional<SshBanner>& so_far) {
  auto socket = co_await connect_tcp(executor, host, port, false);
  if (!socket) co_return socket.error();
  Conversation conversation(std::move(*socket));
  auto banner = co_await conversation.read_banner();
  if (!banner) {
    const std::string found = conversation.last_line().empty() ? "it closed without a word" : "something else answers";
    co_return util::Error{util::Errc::unavailable, host + ":" + std::to_string(port) + " is no SSH server: " + found, "no_ssh"};
  }
  so_far.emplace();
  so_far->banner = *banner;
  const auto key = co_await conversation.read_host_key(std::move(*banner));
  so_far->host_key_sha256 = key.value_or("");
  co_return *so_far;
}

}  // namespace

Task<util::Result<SshBanner>> read_ssh_banner(asio::any_io_executor executor, std::string host, std::uint16_t port,
                                              std::chrono::milliseconds timeout) {
  using Read = util::Result<SshBanner>;
  SystemClock clock;
  std::optional<SshBanner> so_far;  // a banner counts, even if the key exchange hangs
  auto read = co_await with_timeout<Read>(clock, converse(executor, host, port, so_far), timeout);
  if (read) co_return std::move(*read);
  if (so_far) co_return *so_far;
  co_return util::Error{util::Errc::unavailable, host + ":" + std::to_string(port) + ": no SSH banner in time", "timeout"};
}

}  // namespace paygress::net

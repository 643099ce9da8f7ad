#include "cli/operator/admin_client.h"

#include <cerrno>
#include <charconv>
#include <cstring>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/common/stop.h"

namespace paygress::cli {
namespace {

constexpr std::size_t kMaxAnswerBytes = std::size_t{16} << 20;  // thousands of pods
constexpr time_t kTimeoutSeconds = 15;
constexpr time_t kCommandTimeoutSeconds = 600;

class Connection {
 public:
  Connection(const std::string& path, time_t seconds) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (fd_ < 0 || path.size() >= sizeof address.sun_path) throw Stop(Exit::usage, "not usable as a socket: " + path);
    path.copy(address.sun_path, path.size());
    const timeval limit{seconds, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
    const int error = errno;
    ::close(fd_);
    if (error == EACCES) throw Stop(Exit::local, path + ": permission denied (root, or the service's group)");
    throw Stop(Exit::network, "paygressd does not answer at " + path + ": " + std::strerror(error));
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void write(std::string_view text) {
    while (!text.empty()) {
      const auto count = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw Stop(Exit::network, std::string("paygressd does not listen: ") + std::strerror(errno));
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  std::string read_to_end() {
    std::string bytes;
    char buffer[16384];
    for (;;) {
      const auto count = ::recv(fd_, buffer, sizeof buffer, 0);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw Stop(Exit::network, std::string("paygressd does not answer: ") + std::strerror(errno));
      if (count == 0) return bytes;
      bytes.append(buffer, static_cast<std::size_t>(count));
      if (bytes.size() > kMaxAnswerBytes) throw Stop(Exit::network, "the answer of paygressd is larger than 16 MiB");
    }
  }

 private:
  int fd_;
};

}  // namespace

HttpAnswer read_http_answer(const std::string& bytes) {
  constexpr std::string_view version = "HTTP/1.";
  const auto body = bytes.find("\r\n\r\n");
  HttpAnswer answer;
  if (!bytes.starts_with(version) || body == bytes.npos || bytes.size() < 12)
    throw Stop(Exit::network, "what answers at the socket is not paygressd");
  const auto [end, error] = std::from_chars(bytes.data() + 9, bytes.data() + 12, answer.status);
  if (error != std::errc() || end != bytes.data() + 12) throw Stop(Exit::network, "what answers at the socket is not paygressd");
  answer.body = bytes.substr(body + 4);
  return answer;
}

namespace {

// The daemon closes after its answer, so that the end of the body is the end of the stream.
util::Json converse(Connection& connection, const std::string& request) {
  connection.write(request);
  const auto answer = read_http_answer(connection.read_to_end());
  auto json = util::parse_json(answer.body.empty() ? "{}" : answer.body, {.max_bytes = kMaxAnswerBytes, .max_depth = 16});
  if (answer.status < 200 || answer.status >= 300) {
    const auto message = json ? util::string_at(*json, "error").value_or("") : "";
    throw Stop(Exit::refused, "paygressd says " + std::to_string(answer.status) + (message.empty() ? "" : ": " + message));
  }
  if (!json) throw Stop(Exit::network, "the answer of paygressd is not JSON");
  return std::move(*json);
}

}  // namespace

util::Json ask_daemon(const std::string& socket_path, const std::string& path) {
  Connection connection(socket_path, kTimeoutSeconds);
  return converse(connection, "GET " + path + " HTTP/1.1\r\nHost: paygress\r\nConnection: close\r\n\r\n");
}

util::Json tell_daemon(const std::string& socket_path, const std::string& path, const util::Json& command) {
  Connection connection(socket_path, kCommandTimeoutSeconds);
  const std::string body = util::to_text(command);
  return converse(connection, "POST " + path +
                                  " HTTP/1.1\r\nHost: paygress\r\nConnection: close\r\nContent-Type: application/json\r\n" +
                                  "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

}  // namespace paygress::cli

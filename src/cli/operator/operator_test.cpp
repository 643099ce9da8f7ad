#include <functional>
#include <iostream>
#include <thread>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/common/stop.h"
#include "cli/operator/admin_client.h"
#include "cli/operator/command_line.h"
#include "cli/operator/report.h"

using namespace paygress;
using cli::Exit;
using cli::Stop;

namespace {

Exit exit_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Stop& stop) {
    return stop.code();
  }
  return Exit::ok;
}

// A daemon that gives one answer, whatever it is asked.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : path_("/tmp/paygress-admin-" + std::to_string(::getpid())) {
    ::unlink(path_.c_str());
    fd_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, path_.size());
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd_, 1) == 0);
    thread_ = std::thread([this, answer = std::move(answer)] {
      const int peer = ::accept(fd_, nullptr, nullptr);
      char buffer[4096];
      const auto count = ::recv(peer, buffer, sizeof buffer, 0);
      if (count > 0) request_.assign(buffer, static_cast<std::size_t>(count));
      ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(peer);
    });
  }
  ~OneAnswer() {
    thread_.join();
    ::close(fd_);
    ::unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }
  const std::string& request() const { return request_; }

 private:
  std::string path_, request_;
  int fd_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("the daemon is asked over its socket and its JSON comes back") {
  const OneAnswer daemon("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"pods\":[1]}");
  CHECK(cli::ask_daemon(daemon.path(), "/pods")["pods"][0] == 1);
  CHECK(daemon.request().starts_with("GET /pods HTTP/1.1\r\n"));
}

TEST_CASE("a refusal of the daemon is shown with its reason") {
  const OneAnswer daemon("HTTP/1.1 409 Conflict\r\n\r\n{\"error\":\"busy\"}");
  try {
    cli::ask_daemon(daemon.path(), "/pods");
    FAIL("no exception");
  } catch (const Stop& stop) {
    CHECK(stop.code() == Exit::refused);
    CHECK(std::string(stop.what()) == "paygressd says 409: busy");
  }
}

TEST_CASE("what goes wrong on the way has an exit code of its own") {
  CHECK(exit_of([] { cli::ask_daemon("/nonexistent/admin.sock", "/status"); }) == Exit::network);
  CHECK(exit_of([] { cli::ask_daemon("/tmp/" + std::string(200, 'x'), "/status"); }) == Exit::usage);
  for (const char* bytes : {"", "SSH-2.0-OpenSSH", "HTTP/1.1 2xx OK\r\n\r\n", "HTTP/1.1 200 OK\r\n"})
    CHECK(exit_of([&] { cli::read_http_answer(bytes); }) == Exit::network);
}

TEST_CASE("a report has a line for each value and a table for each list") {
  const auto json =
      util::parse_json(R"({"relays":{"connected":2},"pods":[{"id":"a","port":2000},{"id":"bbb","user":"x\ny"}],"up":true})");
  CHECK(cli::report(json.value()) ==
        "pods:\n"
        "  id   port  user\n"
        "  a    2000  -\n"
        "  bbb  -     x y\n"
        "relays:\n"
        "  connected: 2\n"
        "up: true\n");
  CHECK(cli::report(util::Json::array()).empty());
}

TEST_CASE("a key that could not be written is no success") {
  std::string program = "paygressctl", command = "keygen";
  char* words[] = {program.data(), command.data()};
  std::cout.setstate(std::ios::failbit);  // the disk is full
  const int exit_code = cli::run_operator(2, words);
  std::cout.clear();
  CHECK(exit_code == static_cast<int>(Exit::local));
}

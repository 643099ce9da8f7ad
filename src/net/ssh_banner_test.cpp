// Against the machine's own sshd, started on a loopback port, and against things that are not one.
#include "net/ssh_banner.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "net/run_test_support.h"

using namespace paygress;
using namespace paygress::net;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string text;
  std::array<char, 512> chunk;
  while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), pipe)) text.append(chunk.data(), size);
  ::pclose(pipe);
  return text;
}

std::uint16_t free_port() {
  asio::io_context context;
  const asio::ip::tcp::acceptor acceptor(context, asio::ip::tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  return acceptor.local_endpoint().port();
}

// sshd in a folder of its own, with host keys of the wanted kinds.
class Sshd {
 public:
  explicit Sshd(const std::string& key_kind) : port(free_port()) {
    std::string name = (fs::temp_directory_path() / "paygress-sshd-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    const std::string key = (folder_ / "host_key").string();
    output_of("ssh-keygen -q -N '' -t " + key_kind + " -f " + key);
    const std::string listing = output_of("ssh-keygen -lf " + key + ".pub");
    const auto start = listing.find("SHA256:");
    fingerprint = listing.substr(start, listing.find(' ', start) - start);
    std::ofstream config(folder_ / "config");
    config << "Port " << port << "\nListenAddress 127.0.0.1\nHostKey " << key << "\nPidFile none\nUsePAM no\nStrictModes no\n";
    config.close();
    const std::string config_path = (folder_ / "config").string();
    std::string words[] = {"/usr/sbin/sshd", "-D", "-f", config_path};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
    ::posix_spawn(&pid_, "/usr/sbin/sshd", nullptr, nullptr, arguments, environ);
  }
  ~Sshd() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    fs::remove_all(folder_);
  }
  Sshd(const Sshd&) = delete;
  Sshd& operator=(const Sshd&) = delete;

  static bool available() {
    const bool there = ::access("/usr/sbin/sshd", X_OK) == 0 && ::geteuid() == 0;
    if (!there) std::cerr << "SKIPPED: /usr/sbin/sshd cannot be started here\n";
    if (there) fs::create_directories("/run/sshd");  // sshd insists on it
    return there;
  }

  const std::uint16_t port;
  std::string fingerprint;

 private:
  fs::path folder_;
  pid_t pid_ = -1;
};

util::Result<SshBanner> read_when_up(asio::io_context& context, std::uint16_t port) {
  for (int i = 0;; ++i) {
    const auto read = test::run(context, read_ssh_banner(context.get_executor(), "127.0.0.1", port, 5s));
    if (read || i == 100) return read;
    ::usleep(50'000);
  }
}

Task<> say(asio::ip::tcp::acceptor& acceptor, std::string words, std::chrono::milliseconds then_wait) {
  auto socket = co_await acceptor.async_accept(asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(words), asio::use_awaitable);
  asio::steady_timer timer(acceptor.get_executor(), then_wait);
  co_await timer.async_wait(asio::use_awaitable);
}

util::Result<SshBanner> read_from(const std::string& words, std::chrono::milliseconds then_wait = 0ms) {
  asio::io_context context(1);
  asio::ip::tcp::acceptor acceptor(context, asio::ip::tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  Running server(context.get_executor(), say(acceptor, words, then_wait));
  const auto port = acceptor.local_endpoint().port();
  const auto read = test::run(context, read_ssh_banner(context.get_executor(), "127.0.0.1", port, 300ms));
  server.cancel();
  test::settle(context);
  return read;
}

}  // namespace

TEST_CASE("the fingerprint of a real sshd is the one that ssh-keygen shows") {
  if (!Sshd::available()) return;
  for (const char* kind : {"ed25519", "ecdsa", "rsa"}) {
    CAPTURE(kind);
    const Sshd sshd(kind);
    asio::io_context context(1);
    const auto read = read_when_up(context, sshd.port);
    REQUIRE(read);
    CHECK(read->banner.starts_with("SSH-2.0-OpenSSH"));
    REQUIRE(sshd.fingerprint.starts_with("SHA256:"));
    CHECK(read->host_key_sha256 == sshd.fingerprint);
  }
}

TEST_CASE("a banner without a key exchange is still a banner") {
  const auto silent = read_from("SSH-2.0-dropbear\r\n", 5s);
  REQUIRE(silent);
  CHECK(silent->banner == "SSH-2.0-dropbear");
  CHECK(silent->host_key_sha256.empty());
  const auto closed = read_from("hello, this is\r\na greeting\r\nSSH-2.0-x y\n");
  REQUIRE(closed);
  CHECK(closed->banner == "SSH-2.0-x y");
  CHECK(closed->host_key_sha256.empty());
}

TEST_CASE("what follows the banner may be anything") {
  std::string nonsense("SSH-2.0-x\r\n\xff\xff\xff\xff\x04", 16);
  CHECK(read_from(nonsense + std::string(100, '\x14'))->host_key_sha256.empty());
  const std::string tiny("SSH-2.0-x\r\n\x00\x00\x00\x01\x00", 16);
  CHECK(read_from(tiny)->host_key_sha256.empty());
  const std::string short_init("SSH-2.0-x\r\n\x00\x00\x00\x0c\x0a\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 27);
  CHECK(read_from(short_init)->host_key_sha256.empty());
}

TEST_CASE("what is no SSH server is an error that says so") {
  const auto http = read_from("HTTP/1.1 400 Bad Request\r\n\r\n");
  REQUIRE_FALSE(http);
  CHECK(http.error().code == "no_ssh");
  const auto endless = read_from(std::string(100'000, 'a'));
  CHECK_FALSE(endless);
  const auto control = read_from("SSH-2.0-\x1b[31m\r\n");
  CHECK_FALSE(control);
  const auto empty = read_from("");
  REQUIRE_FALSE(empty);
  CHECK(empty.error().code == "no_ssh");
  const auto mute = read_from("", 5s);
  REQUIRE_FALSE(mute);
  CHECK(mute.error().code == "timeout");

  asio::io_context context(1);
  const auto nobody = test::run(context, read_ssh_banner(context.get_executor(), "127.0.0.1", free_port(), 1s));
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == "unreachable");
}

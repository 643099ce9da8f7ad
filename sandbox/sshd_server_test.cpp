#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/child_process.h"
#include "sandbox/pod_server.h"
#include "sandbox/temporary_folder_test_support.h"

namespace paygress::sandbox {
namespace {

// Below the range of outgoing connections; another one in each process, for tests run side by side.
const std::uint16_t kPort = static_cast<std::uint16_t>(22000 + ::getpid() % 9000);

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool comes_up(PodServer& server) {
  for (int i = 0; i < 500 && !server.listening(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return server.listening();
}

// ssh's exit code: that of the command, 255 when nobody was let in.
int ssh(const std::filesystem::path& dir, std::vector<std::string> login, const std::string& command) {
  std::vector<std::string> words = {"/usr/bin/env",
                                    "SSH_ASKPASS=" + (dir / "askpass").string(),
                                    "SSH_ASKPASS_REQUIRE=force",
                                    "DISPLAY=:0",
                                    "/usr/bin/ssh",
                                    "-p",
                                    std::to_string(kPort),
                                    "-o",
                                    "StrictHostKeyChecking=no",
                                    "-o",
                                    "UserKnownHostsFile=/dev/null",
                                    "-o",
                                    "NumberOfPasswordPrompts=1",
                                    "-F",
                                    "/dev/null"};
  words.insert(words.end(), login.begin(), login.end());
  words.insert(words.end(), {"alice@127.0.0.1", command});
  return ChildProcess(words, dir / "ssh.log").wait();
}

}  // namespace

TEST_CASE("a pod is a real SSH server: password and key let in, nothing else does, home and host key outlive a restart") {
  std::string why;
  if (!can_run_sshd(why)) {
    MESSAGE("SKIPPED: no SSH servers here: " << why);
    return;
  }
  const test::TemporaryFolder dir;
  REQUIRE(
      ChildProcess({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", (dir.path / "key").string()}, dir.path / "log")
          .wait() == 0);
  const auto askpass = [&](const std::string& password) {
    std::ofstream(dir.path / "askpass") << "#!/bin/sh\necho '" << password << "'\n";
    ::chmod((dir.path / "askpass").c_str(), 0700);
  };
  PodLogin login;
  login.name = "pod-test";
  login.port = kPort;
  login.user = "alice";
  login.password = util::Secret("correct horse");
  login.authorized_keys = read(dir.path / "key.pub");
  login.folder = dir.path / "pod";
  const std::vector<std::string> by_key = {"-i", (dir.path / "key").string(), "-o", "PasswordAuthentication=no"},
                                 by_password = {"-o", "PubkeyAuthentication=no"};

  auto server = start_sshd(login);
  REQUIRE(comes_up(*server));
  const std::string host_key = read(login.folder / "host_key.pub");
  CHECK(ssh(dir.path, by_key, "test $(id -un) = alice && test $(hostname) = pod-test && echo kept > ~/file") == 0);
  askpass("correct horse");
  CHECK(ssh(dir.path, by_password, "exit 7") == 7);
  askpass("wrong");
  CHECK(ssh(dir.path, by_password, "true") == 255);
  CHECK(ssh(dir.path, by_key, "cat /etc/shadow") != 0);

  server.reset();
  CHECK(ssh(dir.path, by_key, "true") == 255);
  server = start_sshd(login);
  REQUIRE(comes_up(*server));
  CHECK(ssh(dir.path, by_key, "test $(cat ~/file) = kept") == 0);
  CHECK(read(login.folder / "host_key.pub") == host_key);
}

}  // namespace paygress::sandbox

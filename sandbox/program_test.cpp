// paygress-sandbox as a process: what the system tests and a curious person do with it.
#include <chrono>
#include <filesystem>
#include <thread>

#include <doctest/doctest.h>

#include "sandbox/child_process.h"
#include "sandbox/control_client.h"
#include "sandbox/folder.h"
#include "sandbox/temporary_folder_test_support.h"

namespace paygress::sandbox {
namespace {

using util::Json;

std::unique_ptr<ChildProcess> start(const std::filesystem::path& dir) {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "paygress-sandbox";
  auto process = std::make_unique<ChildProcess>(
      std::vector<std::string>{program.string(), "run", "--banner-pods", "--dir", dir.string()}, dir / "log");
  for (int i = 0; i < 1000 && process->alive(); ++i) {
    try {
      ask_sandbox(dir, "/sandbox/books", nullptr);
      return process;
    } catch (const std::runtime_error&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  throw std::runtime_error("paygress-sandbox does not start");
}

}  // namespace

TEST_CASE("money, keys and ports of a sandbox outlive kill -9") {
  const test::TemporaryFolder dir;
  auto process = start(dir.path);
  const std::string mint = Folder(dir.path).setting("WHITELISTED_MINTS");
  const Json token = ask_sandbox(dir.path, "/sandbox/token", {{"amount", 500}});
  CHECK(ask_sandbox(dir.path, "/sandbox/books", nullptr)["outstanding_msat"] == 500'000);

  process.reset();  // SIGKILL
  process = start(dir.path);
  CHECK(Folder(dir.path).setting("WHITELISTED_MINTS") == mint);
  const Json state = ask_sandbox(dir.path, "/sandbox/state", token);
  CHECK(state["spent"] == false);
  CHECK(ask_sandbox(dir.path, "/sandbox/books", nullptr)["outstanding_msat"] == 500'000);
}

TEST_CASE("faults are ordered from outside, and nonsense is refused with a reason") {
  const test::TemporaryFolder dir;
  const auto process = start(dir.path);
  for (const char* order : {"mint.swap=lose_reply:1", "mint.rotate", "relay.strfry_auth=true", "relay.down", "relay.up",
                            "kube.never_ready=true", "kube.create_services=status(500):2", "calm"}) {
    CAPTURE(order);
    CHECK_NOTHROW(ask_sandbox(dir.path, "/sandbox/misbehave", {{"order", order}}));
  }
  for (const char* order : {"", "mint", "mint.swap", "mint.swap=vanish", "relay.polite", "moon.down", "kube.crash=none"}) {
    CAPTURE(order);
    CHECK_THROWS_AS(ask_sandbox(dir.path, "/sandbox/misbehave", {{"order", order}}), std::runtime_error);
  }
  CHECK_THROWS_AS(ask_sandbox(dir.path, "/sandbox/token", {{"amount", 0}}), std::runtime_error);
  CHECK_THROWS_AS(ask_sandbox(dir.path, "/sandbox/token", {{"amount", 5}, {"unit", "usd"}}), std::runtime_error);
}

}  // namespace paygress::sandbox

#include "tests/sandbox/operator.h"

#include <filesystem>
#include <iterator>
#include <sstream>

namespace paygress::test {

using namespace std::chrono_literals;

net::Task<Said> paygressctl(Story& story, std::string line) {
  const std::filesystem::path file = story.folder() / "said";
  std::filesystem::remove(file);
  std::istringstream stream("--json " + line);
  std::vector<std::string> words(std::istream_iterator<std::string>(stream), {});
  const std::map<std::string, std::string> environment = {{"PAYGRESS_ADMIN_SOCKET", story.settings.at("PAYGRESS_ADMIN_SOCKET")}};
  DaemonProcess process(environment, file, words, {}, "paygressctl");
  const std::function<bool()> ended = [&process] { return process.exit_code().has_value(); };
  co_await story.until("paygressctl ends", ended, 60s);
  co_return Said{process.exit_code().value(), process.log()};
}

net::Task<> start_with_admin(Story& story) {
  story.settings["PAYGRESS_ADMIN_SOCKET"] = story.folder() / "admin.sock";
  co_await story.start();
}

void lose_database(const Story& story) {
  const std::string file = story.settings.at("CASHU_DB_PATH");
  std::filesystem::remove(file);
  std::filesystem::remove(file + "-wal");
}

}  // namespace paygress::test

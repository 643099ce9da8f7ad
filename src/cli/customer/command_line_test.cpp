// What the command line says when it is used wrongly: all of it may end up in somebody's scrollback.
#include "cli/customer/command_line.h"

#include <doctest/doctest.h>

#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/common/stop.h"

using namespace paygress;

namespace {

struct Outcome {
  int exit_code = 0;
  std::string said;
};

Outcome run(std::vector<std::string> words) {
  words.insert(words.begin(), "paygress");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  std::ostringstream said;
  std::streambuf* const out = std::cout.rdbuf(said.rdbuf());
  std::streambuf* const err = std::cerr.rdbuf(said.rdbuf());
  const int exit_code = cli::run_customer(static_cast<int>(argv.size()), argv.data());
  std::cout.rdbuf(out);
  std::cerr.rdbuf(err);
  return {exit_code, said.str()};
}

}  // namespace

TEST_CASE("a token in the wrong place is not printed back") {
  const std::string token = "cashuBo2FteBtodHRwOi8vbWludC5leGFtcGxl";
  const std::vector<std::vector<std::string>> mistakes = {{"spawn", "--random-password", token},
                                                          {"spawn", "--tokn=" + token},
                                                          {"topup", "pod", token},
                                                          {"spawn", "cashu:" + token},
                                                          {token}};
  for (const auto& mistake : mistakes) {
    const Outcome outcome = run(mistake);
    CHECK(outcome.exit_code == static_cast<int>(cli::Exit::usage));
    CHECK_FALSE(outcome.said.empty());
    CHECK(outcome.said.find(token) == std::string::npos);
  }
}

TEST_CASE("any other mistake is named") {
  const Outcome outcome = run({"spawn", "--no-such-option"});
  CHECK(outcome.exit_code == static_cast<int>(cli::Exit::usage));
  CHECK(outcome.said.find("--no-such-option") != std::string::npos);
}

TEST_CASE("a relay is one word, and the next word has its own meaning") {
  // Nobody listens at port 1; what counts is what was understood.
  const Outcome status = run({"status", "--relay", "ws://127.0.0.1:1", "3f9a"});
  CHECK(status.exit_code == static_cast<int>(cli::Exit::usage));
  CHECK(status.said.find("which provider?") != std::string::npos);
  const Outcome two = run({"--relay", "ws://127.0.0.1:1", "--relay", "ws://127.0.0.1:2,ws://127.0.0.1:3", "offers"});
  CHECK(two.exit_code == static_cast<int>(cli::Exit::network));
  for (const char* relay : {"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"}) CHECK(two.said.find(relay) != std::string::npos);
}

// crash_points: every crash point of an order, at every mint, with everything that goes wrong beside it.
//
//   crash_points [--mint=NAME=URL]... [--only=TEXT] [--at-once=N]
//
// The sandbox's mint is always among them. run.py starts the others. Exit 0: no sat is lost, no crash point left out.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include <boost/asio/io_context.hpp>

#include "net/clock.h"
#include "net/http_client.h"
#include "net/running.h"
#include "tests/crash/schedule.h"
#include "util/log.h"

namespace paygress::test {
namespace {

constexpr unsigned kReportEvery = 100;
constexpr std::chrono::milliseconds kWait{50};

struct Options {
  std::vector<Mint> mints = {{"sandbox", ""}};
  std::string only;
  int at_once = 8;
};

struct Result {
  std::int64_t lost_msat = 0;
  unsigned trials = 0, failures = 0;
};

// The daemon's log of a failed trial stays.
std::string keep_log(const Story& story, const std::string& name) {
  std::string file = "paygress-crash-" + name + ".log";
  for (char& c : file)
    if (c == ' ' || c == ',' || c == '/') c = '_';
  const std::filesystem::path path = std::filesystem::temp_directory_path() / file;
  std::ofstream(path) << (story.daemon ? story.daemon->log() : "");
  return path;
}

std::string reason_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  }
}

net::Task<> run_trials(Schedule& schedule, net::HttpClient& http, int place, Result& result) {
  const auto executor = co_await boost::asio::this_coro::executor;
  net::SystemClock clock;
  while (!schedule.all_ended()) {
    const auto next = schedule.next();
    if (!next) {
      co_await clock.sleep_for(kWait);
      continue;
    }
    const Series& series = *next->series;
    const std::string name = series.name(next->point);
    const auto trial = std::make_unique<Trial>(executor, http, *series.mint, next->point, place);
    std::exception_ptr failure;
    try {
      co_await trial->run(series.scenario->play);
    } catch (...) {
      failure = std::current_exception();
    }
    schedule.ended(*next, *trial);
    result.lost_msat += std::abs(trial->lost_msat());
    if (++result.trials % kReportEvery == 0) std::printf("%u trials, %u failed\n", result.trials, result.failures);
    if (!failure) continue;
    ++result.failures;
    const std::string log = keep_log(trial->story, name);
    std::printf("FAILED: %s\n  %s\n  the daemon's log: %s\n", name.c_str(), reason_of(failure).c_str(), log.c_str());
  }
}

int run(const Options& options) {
  boost::asio::io_context context(1);
  const auto http = net::make_curl_client(context.get_executor());
  const std::vector<Scenario> scenarios = all_scenarios();
  Schedule schedule(options.mints, scenarios, options.only);
  Result result;
  std::vector<net::Task<>> workers;
  for (int place = 0; place < options.at_once; ++place) workers.push_back(run_trials(schedule, *http, place, result));
  const net::Running running(context.get_executor(), net::run_all(std::move(workers)));
  while (!running.done()) context.run_one();
  if (running.error()) std::rethrow_exception(running.error());

  print_table(schedule.series());
  bool whole = !schedule.series().empty();
  for (const Series& series : schedule.series()) {
    if (series.whole()) continue;
    whole = false;
    std::printf("LEFT OUT: some of %s\n", series.name().c_str());
  }
  std::printf("crash points: %zu, faults: %zu, lost: %lld msat\n", count_crash_points(schedule.series()),
              count_faults(schedule.series()), static_cast<long long>(result.lost_msat));
  if (result.failures > 0) std::printf("%u trials failed\n", result.failures);
  return whole && result.failures == 0 && result.lost_msat == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

Options read_options(const std::vector<std::string>& words) {
  Options options;
  for (const std::string& word : words) {
    const auto value_of = [&](const char* option) -> std::optional<std::string> {
      const std::string beginning = std::string(option) + "=";
      if (!word.starts_with(beginning)) return std::nullopt;
      return word.substr(beginning.size());
    };
    const auto mint = value_of("--mint"), only = value_of("--only"), at_once = value_of("--at-once");
    if (mint && mint->find('=') != std::string::npos) {
      options.mints.push_back({mint->substr(0, mint->find('=')), mint->substr(mint->find('=') + 1)});
    } else if (only) {
      options.only = *only;
    } else if (at_once) {
      options.at_once = std::atoi(at_once->c_str());
    } else {
      std::fputs("usage: crash_points [--mint=NAME=URL]... [--only=TEXT] [--at-once=N]\n", stderr);
      std::exit(64);
    }
  }
  return options;
}

}  // namespace
}  // namespace paygress::test

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  paygress::util::set_log_level(paygress::util::Level::error);
  return paygress::test::run(paygress::test::read_options({argv + 1, argv + argc}));
}

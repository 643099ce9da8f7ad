// paygressd: settings, one loop, one tree of tasks. Exit codes: 0 asked to end, 64 usage, 78 configuration, 1 anything else.
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "daemon/daemon.h"
#include "kube/kubeconfig.h"
#include "net/clock.h"
#include "net/running.h"

namespace {

using namespace paygress;

constexpr char kUsage[] =
    "Usage: paygressd [--check-config | --version | --help]\n"
    "Sells SSH-able pods over Nostr for Cashu ecash. Settings come from the environment: see paygressd(8).\n"
    "  --check-config  check the settings, report every mistake, and exit\n";

int serve(daemon::Settings settings, kube::ClusterAccess access) {
  boost::asio::io_context context(1);
  const auto http = net::make_curl_client(context.get_executor());
  const auto dialer = net::make_dialer(context.get_executor());
  net::SystemClock clock;
  daemon::Daemon paygress(context.get_executor(), clock, crypto::system_random(), *http, *dialer, std::move(settings),
                          std::move(access));

  // The first signal asks to finish what was begun, a second one to end at once: the books allow it at any moment.
  boost::asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (error) return;
    paygress.drain();
    signals.async_wait([&](const boost::system::error_code& again, int) {
      if (!again) _exit(EX_OK);
    });
  });
  const net::Running running(context.get_executor(), paygress.run());
  while (!running.done()) context.run_one();
  if (running.error()) std::rethrow_exception(running.error());
  return EX_OK;
}

int run(bool check_only) {
  const auto settings = daemon::read_settings(daemon::Sources::of_process());
  const auto access = kube::load_cluster_access(kube::Environment::of_process());
  if (!settings) {
    for (const std::string& line : settings.error().lines) util::log_error(line);
  }
  if (!access) util::log_error("KUBECONFIG: " + access.error().message);
  if (!settings || !access) return EX_CONFIG;
  util::set_log_level(settings->log_level);
  if (check_only) {
    std::cout << "The settings are valid.\n";
    return EX_OK;
  }
  return serve(*settings, *access);
}

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_DUMPABLE, 0);  // keys live in this memory
  std::signal(SIGPIPE, SIG_IGN);
  const char* option = argc == 2 ? argv[1] : "";
  if (std::strcmp(option, "--version") == 0) {
    std::cout << "paygressd " PAYGRESS_VERSION "\n";
    return EX_OK;
  }
  if (std::strcmp(option, "--help") == 0) {
    std::cout << kUsage;
    return EX_OK;
  }
  const bool check_only = std::strcmp(option, "--check-config") == 0;
  if (argc > 2 || (argc == 2 && !check_only)) {
    std::cerr << kUsage;
    return EX_USAGE;
  }
  try {
    return run(check_only);
  } catch (const std::exception& error) {
    util::log_error("paygressd cannot go on", {{"PAYGRESS_REASON", error.what()}});
    return EXIT_FAILURE;
  }
}

// paygress-sandbox: a relay, a mint and a cluster to try paygress with.
#include <exception>
#include <iostream>

#include <systemd/sd-daemon.h>
#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "crypto/random.h"
#include "net/clock.h"
#include "net/running.h"
#include "sandbox/control_client.h"
#include "sandbox/folder.h"
#include "sandbox/world.h"

namespace {

namespace sandbox = paygress::sandbox;
using paygress::util::Json;

struct RunOptions {
  std::filesystem::path dir = "sandbox";
  std::uint16_t relay_port = 0, mint_port = 0, kube_port = 0;
  std::uint64_t fee_ppk = 100;
  bool v1_keysets = false;
  bool banner_pods = false;
  std::uint16_t port_first = 20000, port_last = 20999;
};

sandbox::WorldOptions world_options(const RunOptions& options, const sandbox::Folder& folder) {
  const auto port = [&](std::uint16_t asked, const char* name) { return asked != 0 ? asked : folder.last_port(name); };
  sandbox::WorldOptions world;
  world.relay_port = port(options.relay_port, "NOSTR_RELAYS");
  world.mint.port = port(options.mint_port, "WHITELISTED_MINTS");
  world.mint.units = {"sat", "msat"};
  world.mint.v1_keyset_ids = options.v1_keysets;
  world.mint.input_fee_ppk = options.fee_ppk;
  world.mint.journal = folder.journal();
  world.kube.port = port(options.kube_port, "SANDBOX_KUBE");
  world.kube.tls = true;
  world.kube.node_port_first = options.port_first;
  world.kube.node_port_last = options.port_last;
  world.kube.pods = options.banner_pods ? sandbox::PodKind::banner : sandbox::PodKind::sshd;
  world.kube.pods_dir = folder.pods();
  return world;
}

int run(const RunOptions& options) {
  const std::filesystem::path dir = std::filesystem::absolute(options.dir);
  std::filesystem::create_directories(dir);
  std::filesystem::permissions(dir, std::filesystem::perms::owner_all);
  const sandbox::Folder folder(dir);

  boost::asio::io_context io(1);
  paygress::net::SystemClock clock;
  sandbox::World world(io.get_executor(), clock, paygress::crypto::system_random(), world_options(options, folder));
  folder.write_kubeconfig(world.kube.kubeconfig());
  auto settings = world.environment(folder.kubeconfig());
  settings["SANDBOX_KUBE"] = world.kube.url();
  folder.write_environment(settings);

  paygress::net::Running root(io.get_executor(), world.run());
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  bool told_to_stop = false;
  signals.async_wait([&](boost::system::error_code, int) {
    told_to_stop = true;
    root.cancel();
  });
  std::cout << "ready relay=" << world.relay.url() << " mint=" << world.mint.url() << " kube=" << world.kube.url()
            << " env=" << folder.environment_file().string() << std::endl;
  ::sd_notify(0, "READY=1");
  while (!root.done()) io.run_one();
  if (!told_to_stop && root.error()) std::rethrow_exception(root.error());
  return 0;
}

int print(const std::string& line) {
  std::cout << line << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("A relay, a Cashu mint and a one-node Kubernetes on loopback: play money, real messages, real SSH");
  app.require_subcommand(1);
  RunOptions options;
  const auto with_dir = [&](CLI::App* command) {
    command->add_option("--dir", options.dir, "the sandbox's folder")->envname("PAYGRESS_SANDBOX_DIR")->capture_default_str();
  };

  CLI::App* run_command = app.add_subcommand("run", "Start all three; settings for paygressd are written to DIR/sandbox.env");
  with_dir(run_command);
  run_command->add_option("--relay-port", options.relay_port, "0: as in the last run, else any");
  run_command->add_option("--mint-port", options.mint_port, "the same for the mint");
  run_command->add_option("--kube-port", options.kube_port, "the same for the Kubernetes API");
  run_command->add_option("--fee-ppk", options.fee_ppk, "the mint's input fee per thousand proofs")->capture_default_str();
  run_command->add_option("--port-first", options.port_first, "first node port")->capture_default_str();
  run_command->add_option("--port-last", options.port_last, "last node port")->capture_default_str();
  run_command->add_flag("--v1-keysets", options.v1_keysets, "keyset ids of the older kind");
  run_command->add_flag("--banner-pods", options.banner_pods, "pods only show an SSH banner (no root, no bwrap needed)");

  CLI::App* token_command = app.add_subcommand("token", "Print a token of the running sandbox's mint");
  std::uint64_t amount = 0;
  std::string unit = "sat", text;
  token_command->add_option("amount", amount, "how much")->required()->check(CLI::PositiveNumber);
  token_command->add_option("--unit", unit, "sat or msat")->capture_default_str();
  with_dir(token_command);
  CLI::App* state_command = app.add_subcommand("state", "Has this token been spent? (JSON)");
  state_command->add_option("token", text, "cashuA... or cashuB...")->required();
  with_dir(state_command);
  CLI::App* misbehave_command =
      app.add_subcommand("misbehave", "Let something go wrong: mint.swap=lose_reply:1, relay.down, kube.never_ready=true, calm");
  misbehave_command->add_option("order", text, "TARGET.WHAT[=VALUE]")->required();
  with_dir(misbehave_command);
  CLI::App* books_command = app.add_subcommand("books", "What the mint has issued, redeemed and still owes, in msat (JSON)");
  with_dir(books_command);
  CLI11_PARSE(app, argc, argv);

  if (*run_command) return run(options);
  if (*token_command)
    return print(sandbox::ask_sandbox(options.dir, "/sandbox/token", {{"amount", amount}, {"unit", unit}}).at("token"));
  if (*state_command) return print(sandbox::ask_sandbox(options.dir, "/sandbox/state", {{"token", text}}).dump());
  if (*misbehave_command) return print(sandbox::ask_sandbox(options.dir, "/sandbox/misbehave", {{"order", text}}).dump());
  return print(sandbox::ask_sandbox(options.dir, "/sandbox/books", nullptr).dump());
} catch (const std::exception& error) {
  std::cerr << "paygress-sandbox: " << error.what() << "\n";
  return 1;
}

#include "cli/operator/command_line.h"

#include <filesystem>
#include <functional>
#include <iostream>

#include <CLI/CLI.hpp>

#include "cli/common/output.h"
#include "cli/common/private_file.h"
#include "cli/common/process.h"
#include "cli/common/stop.h"
#include "cli/operator/admin_client.h"
#include "cli/operator/report.h"
#include "cli/operator/wallet_commands.h"
#include "crypto/keys.h"
#include "crypto/random.h"
#include "nostr/nip19.h"

namespace paygress::cli {
namespace {

struct Options {
  DaemonAccess daemon{kAdminSocket};
  std::string key_file;
  bool force = false;
};

using Command = std::function<void()>;

// The nsec is the only thing on standard output, so that it can go straight into systemd-creds or a file.
void make_key(const Options& options) {
  const auto key = crypto::SecretKey::generate(crypto::system_random());
  const auto nsec = nostr::encode_nsec(key).reveal() + '\n';
  std::error_code ignored;
  if (options.key_file.empty()) {
    std::cout << nsec;
    finish_output();
  } else if (std::filesystem::exists(options.key_file, ignored) && !options.force) {
    throw Stop(Exit::usage, options.key_file + " exists; a key that is replaced is lost (--force does it)");
  } else {
    write_private(std::filesystem::absolute(options.key_file), nsec);
  }
  std::cerr << nostr::encode_npub(key.public_key()) << '\n';
}

// The daemon beside this program, else the one in PATH.
[[noreturn]] void check_config(const std::vector<std::string>& more) {
  std::error_code ignored;
  const auto sibling = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "paygressd";
  std::vector<std::string> arguments{std::filesystem::exists(sibling, ignored) ? sibling.string() : "paygressd", "--check-config"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  become_program(arguments);
}

void ask(const Options& options, const char* path) {
  const auto answer = ask_daemon(options.daemon.socket, path);
  if (options.daemon.json) {
    std::cout << util::to_text(answer) << '\n';
  } else {
    std::cout << report(answer);
  }
  std::cout.flush();
}

void add_commands(CLI::App& app, Options& options, Command& command) {
  auto* keygen = app.add_subcommand("keygen", "Make a Nostr key: the nsec on standard output, the npub on standard error");
  keygen->add_option("--file", options.key_file, "Write the nsec to this file (mode 0600) instead");
  keygen->add_flag("--force", options.force, "Replace that file");
  keygen->callback([&] { command = [&options] { make_key(options); }; });

  auto* check = app.add_subcommand("check-config", "Check the settings in the environment (paygressd --check-config)");
  check->prefix_command();
  check->callback([&command, check] { command = [more = check->remaining()] { check_config(more); }; });

  const auto daemon = [&](const char* name, const char* text, const char* path) {
    app.add_subcommand(name, text)->callback([&options, &command, path] { command = [&options, path] { ask(options, path); }; });
  };
  daemon("status", "Show how the service is doing", "/status");
  daemon("pods", "Show the pods that are rented", "/pods");
}

}  // namespace

int run_operator(int argc, char** argv) {
  CLI::App app("Operates a paygress service", "paygressctl");
  app.footer(
      "\nExit codes: 0 done, 1 the service refused, 2 wrong use, 4 the service does not answer, 5 a local file. See "
      "paygressctl(8).");
  app.set_version_flag("--version", PAYGRESS_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  Options options;
  Command command;
  app.add_option("--socket", options.daemon.socket, "The service's admin socket")
      ->envname("PAYGRESS_ADMIN_SOCKET")
      ->capture_default_str();
  app.add_flag("--json", options.daemon.json, "Print answers as JSON");
  add_commands(app, options, command);
  WalletCommands wallet(options.daemon);
  wallet.add_to(app, command);
  try {
    app.parse(argc, argv);
    command();
    finish_output();
    return static_cast<int>(Exit::ok);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  } catch (const Stop& stop) {
    std::cerr << "paygressctl: " << stop.what() << '\n';
    return static_cast<int>(stop.code());
  } catch (const std::exception& error) {
    std::cerr << "paygressctl: " << error.what() << '\n';
    return static_cast<int>(Exit::local);
  }
}

}  // namespace paygress::cli

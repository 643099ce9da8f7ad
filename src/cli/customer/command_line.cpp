#include "cli/customer/command_line.h"

#include <algorithm>
#include <functional>
#include <iostream>
#include <string_view>

#include <CLI/CLI.hpp>

#include "cli/common/output.h"
#include "cli/customer/commands.h"
#include "contract/pod_reference.h"
#include "util/log.h"

namespace paygress::cli {
namespace {

constexpr const char* kFooter =
    "\nExit codes: 0 done, 1 the provider refused, 2 wrong use, 3 no answer in time (the same command again is safe),\n"
    "4 no relay or server could be reached, 5 a local file or key. See paygress(1).";

void add_common(CLI::App& app, CommonOptions& options) {
  app.add_option("--relay", options.relays, "Relay to use (wss://...); may be repeated")
      ->envname("PAYGRESS_RELAYS")
      ->delimiter(',')
      ->allow_extra_args(false);  // the next word is the pod, or the "-" of a token, and no second relay
  app.add_option("--provider", options.provider, "The provider's npub, nprofile or hex key")->envname("PAYGRESS_PROVIDER");
  app.add_option_function<long>(
         "--wait", [&options](long seconds) { options.wait = std::chrono::seconds(seconds); },
         "Seconds to wait for the answer (180)")
      ->check(CLI::Range(1, 86400));
  app.add_flag("--json", options.json, "Print the answer as JSON");
  app.add_flag("--nip04", options.nip04, "Use the old private messages (kind 4) instead of NIP-17");
  app.add_flag("-v,--verbose", options.verbose, "Show the messages, without tokens and passwords");
}

void add_token(CLI::App& app, TokenSource& token) {
  app.add_option("--token", token.text, "The Cashu token (other users may see your command line: prefer a file)");
  app.add_option("--token-file", token.file, "File with the Cashu token; - is standard input");
  app.add_option_function<std::string>(
         "stdin", [&token](const std::string&) { token.from_stdin = true; }, "- reads the token from standard input")
      ->check(CLI::IsMember({"-"}))
      ->option_text("[-]");
}

// Alone or glued to an option ("--tokn=cashuB...").
bool holds_token(std::string_view word) {
  const std::size_t equals = word.find('=');
  return contract::begins_like_token(word) ||
         (equals != std::string_view::npos && contract::begins_like_token(word.substr(equals + 1)));
}

// What was chosen; run after parsing, outside the parser's own exceptions.
using Command = std::function<Exit(Context&)>;

void add_purchases(CLI::App& app, SpawnOptions& spawn, TopUpOptions& top_up, Command& command) {
  auto* buy = app.add_subcommand("spawn", "Buy a pod");
  buy->add_option("--spec", spawn.spec, "Specification (default: the provider's first)");
  buy->add_option("--image", spawn.image, "Container image (default: the provider's)");
  buy->add_option("--user", spawn.user, "Login name")->capture_default_str();
  buy->add_option("--key", spawn.key_file, "SSH public key file to log in with (default: a key made for this)");
  buy->add_option("--password-file", spawn.password_file, "Log in with the password in this file; - is standard input");
  buy->add_flag("--random-password", spawn.random_password, "Log in with a password made up now");
  buy->add_flag("!--no-check", spawn.check, "Send the token without looking at the provider's offer first");
  add_token(*buy, spawn.token);
  buy->callback([&] { command = [&spawn](Context& context) { return spawn_pod(context, spawn); }; });

  auto* extend = app.add_subcommand("topup", "Pay for more time");
  extend->add_option("pod", top_up.pod, "npub, pod id, or the beginning of one")->required();
  extend->add_flag("!--no-check", top_up.check, "Send the token without looking at the provider's offer first");
  add_token(*extend, top_up.token);
  extend->callback([&] { command = [&top_up](Context& context) { return top_up_pod(context, top_up); }; });
}

void add_questions(CLI::App& app, std::string& pod, Command& command) {
  app.add_subcommand("offers", "Show what providers sell")->callback([&] { command = list_offers; });
  app.add_subcommand("list", "Show your pods")->callback([&] { command = list_pods; });
  auto* status = app.add_subcommand("status", "Show one pod");
  auto* end = app.add_subcommand("end", "End a pod now");
  auto* ssh = app.add_subcommand("ssh", "Log in to a pod, with its host key checked; further words are a command to run there");
  for (auto* named : {status, end, ssh}) named->add_option("pod", pod, "npub, pod id, or the beginning of one")->required();
  ssh->fallthrough(false)->prefix_command();  // what follows the pod is for the pod, options included
  status->callback([&] { command = [&pod](Context& context) { return show_status(context, pod); }; });
  end->callback([&] { command = [&pod](Context& context) { return end_pod(context, pod); }; });
  ssh->callback(
      [&, ssh] { command = [&pod, words = ssh->remaining()](Context& context) { return connect_ssh(context, pod, words); }; });
}

}  // namespace

int run_customer(int argc, char** argv) {
  CLI::App app("Rents pods over Nostr, paid with Cashu tokens", "paygress");
  app.footer(kFooter);
  app.set_version_flag("--version", PAYGRESS_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  CommonOptions common;
  SpawnOptions spawn;
  TopUpOptions top_up;
  std::string pod;
  Command command;
  add_common(app, common);
  add_purchases(app, spawn, top_up, command);
  add_questions(app, pod, command);
  try {
    app.parse(argc, argv);
    // Whatever matters here is said in our own words; the log of the parts is for the curious.
    util::set_log_level(common.verbose ? util::Level::info : util::Level::error);
    Context context(common);
    const Exit exit = command(context);
    finish_output();
    return static_cast<int>(exit);
  } catch (const CLI::ParseError& error) {
    // CLI11 prints the argument back that it could not place, and that may be the token.
    if (error.get_exit_code() != 0 && std::any_of(argv + 1, argv + argc, holds_token)) {
      progress("paygress: this command line cannot be read (a token goes behind --token); see --help");
      return static_cast<int>(Exit::usage);
    }
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  } catch (const Stop& stop) {
    progress(std::string("paygress: ") + stop.what());
    return static_cast<int>(stop.code());
  } catch (const std::exception& error) {
    progress(std::string("paygress: ") + error.what());
    return static_cast<int>(Exit::network);
  }
}

}  // namespace paygress::cli

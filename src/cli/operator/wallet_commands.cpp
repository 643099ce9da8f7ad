#include "cli/operator/wallet_commands.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>

#include "cli/common/private_file.h"
#include "cli/common/stop.h"
#include "cli/operator/admin_client.h"
#include "cli/operator/report.h"
#include "util/json.h"
#include "util/time.h"

namespace paygress::cli {
namespace {

using util::Json;

void print(const DaemonAccess& access, const Json& answer) {
  std::cout << (access.json ? util::to_text(answer) + "\n" : report(answer)) << std::flush;
}

// Tokens alone on standard output, one a line, so that they can go straight into a file or another wallet.
void print_tokens(const DaemonAccess& access, const Json& tokens) {
  if (access.json) return print(access, tokens);
  for (const Json& token : tokens)
    if (token.contains("token")) std::cout << token.at("token").get<std::string>() << '\n';
  std::cout << std::flush;
  for (const Json& token : tokens) {
    const std::string mint = token.at("mint").get<std::string>(), unit = token.at("unit").get<std::string>();
    if (token.contains("token"))
      std::cerr << token.at("amount") << ' ' << unit << " of " << mint << '\n';
    else
      std::cerr << unit << " of " << mint << ": " << token.at("error").get<std::string>() << '\n';
  }
}

// "2026-11-01" or a whole time; `name` is for the complaint.
util::Time time_of(const std::string& text, const char* name) {
  const auto time = util::parse_rfc3339(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (!time) throw Stop(Exit::usage, std::string(name) + " is not a date such as 2026-11-01");
  return *time;
}

}  // namespace

void WalletCommands::show(const std::string& path) const { print(access_, ask_daemon(access_.socket, path)); }

void WalletCommands::export_token() const {
  Json command = {{"amount", amount_}, {"beyond_own", beyond_own_}};
  if (!mint_.empty()) command["mint"] = mint_;
  if (!unit_.empty()) command["unit"] = unit_;
  Json tokens = Json::array();
  tokens.push_back(tell_daemon(access_.socket, "/wallet/withdraw", command));
  print_tokens(access_, tokens);
}

void WalletCommands::drain() const {
  const Json tokens = tell_daemon(access_.socket, "/wallet/drain", {{"beyond_own", beyond_own_}});
  print_tokens(access_, tokens);
  if (std::any_of(tokens.begin(), tokens.end(), [](const Json& line) { return line.contains("error"); }))
    throw Stop(Exit::refused, "not everything could be taken out");
}

// A payment that failed is an error; one that is under way is none: it goes on by itself.
void WalletCommands::pay() const {
  Json command = {{"invoice", invoice_}};
  if (!mint_.empty()) command["mint"] = mint_;
  const Json payout = tell_daemon(access_.socket, "/wallet/pay", command);
  print(access_, payout);
  if (payout.at("state") == "failed") throw Stop(Exit::refused, "the payment failed; the money is still in the wallet");
}

void WalletCommands::write_ledger() const {
  const util::Time end = time_of(to_, "--to");
  util::Time day = time_of(from_, "--from");
  if (end < day) throw Stop(Exit::usage, "--to is before --from");
  bool first = true;
  // Day by day: the daemon gives no more at a time than fits into one answer. A period without a day has a heading all the same.
  while (first || day < end) {
    const util::Time next = std::min(end, day + std::chrono::hours(24));
    const Json answer = ask_daemon(access_.socket, "/wallet/ledger?from=" + util::rfc3339(day) + "&to=" + util::rfc3339(next));
    const std::string csv = answer.at("csv").get<std::string>();
    std::cout << (first ? csv : csv.substr(csv.find('\n') + 1));
    first = false;
    day = next;
  }
  std::cout << std::flush;
}

void WalletCommands::back_up() const {
  const Json answer = ask_daemon(access_.socket, "/wallet/backup");
  const std::string words = answer.at("seed_words").get<std::string>() + "\n";
  std::error_code ignored;
  if (file_.empty()) {
    std::cout << words << std::flush;
  } else if (std::filesystem::exists(file_, ignored)) {
    throw Stop(Exit::usage, file_ + " exists; a backup does not replace another");
  } else {
    write_private(std::filesystem::absolute(file_), words);
  }
  std::cerr << "These words are the money. With them and the mints in use";
  for (const Json& mint : answer.at("mints")) std::cerr << ' ' << mint.get<std::string>();
  std::cerr << " everything can be restored: paygressctl(8), wallet restore.\n";
}

void WalletCommands::restore() const { print(access_, tell_daemon(access_.socket, "/wallet/restore", {{"verify", verify_}})); }

void WalletCommands::add_to(CLI::App& app, std::function<void()>& chosen) {
  auto* wallet = app.add_subcommand("wallet", "The service's money");
  wallet->require_subcommand(1);
  wallet->fallthrough();
  const auto command = [&](const char* name, const char* text, std::function<void()> action) {
    auto* added = wallet->add_subcommand(name, text);
    added->callback([&chosen, action] { chosen = action; });
    return added;
  };
  command("balance", "Show what is held, what of it customers may still get back, and what is yours", [this] { show("/wallet"); });
  auto* exporting = command("export", "Take money out as a token", [this] { export_token(); });
  exporting->add_option("amount", amount_, "In the mint's unit")->required();
  exporting->add_option("--mint", mint_, "The mint, if there are several");
  exporting->add_option("--unit", unit_, "The unit, if there are several");
  auto* draining = command("drain", "Take everything out, one token for each mint and unit", [this] { drain(); });
  for (auto* taking : {exporting, draining})
    taking->add_flag("--beyond-own", beyond_own_, "Also what customers may still get back");
  auto* paying = command("pay", "Pay a Lightning invoice", [this] { pay(); });
  paying->add_option("invoice", invoice_, "The invoice (lnbc...)")->required();
  paying->add_option("--mint", mint_, "Out of the money at this mint");
  command("payouts", "Show the newest payments by Lightning", [this] { show("/wallet/payouts"); });
  command("tokens", "Show tokens that were given (refunds, exports) and that nobody has redeemed",
          [this] { show("/wallet/tokens"); });
  auto* resending = command("resend", "Send the answer to an order, and the refund in it, once more", [this] {
    print(access_, tell_daemon(access_.socket, "/wallet/resend", {{"order", order_}}));
  });
  resending->add_option("order", order_, "The order's id, as in the log and in `wallet tokens`")->required();
  auto* ledger = command("ledger", "Write the books of a period as CSV", [this] { write_ledger(); });
  ledger->add_option("--from", from_, "First day, such as 2026-11-01")->required();
  ledger->add_option("--to", to_, "The day after the last")->required();
  auto* backup = command("backup", "Show the words of the seed, which are the money", [this] { back_up(); });
  backup->add_option("--file", file_, "Write them to this file (mode 0600) instead");
  auto* restoring = command("restore", "Bring in what the seed finds at the mints", [this] { restore(); });
  restoring->add_flag("--verify", verify_, "Only show what would be found; nothing is changed");
}

}  // namespace paygress::cli

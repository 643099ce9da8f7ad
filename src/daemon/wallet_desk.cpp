#include "daemon/wallet_desk.h"

namespace paygress::daemon {
namespace {

using util::Json;
using Query = std::map<std::string, std::string>;

// A month of entries at a time: whoever wants more asks again.
constexpr auto kLongestPeriod = std::chrono::hours(24 * 32);

util::Error invalid(std::string message) { return {util::Errc::invalid, std::move(message), "invalid_argument"}; }

Json to_json(const provider::GivenToken& given) {
  return {{"id", given.id},
          {"for", provider::name(given.kind)},
          {"mint", given.mint},
          {"unit", given.unit},
          {"amount", given.amount.value()},
          {"created_at", given.created_at == util::Time{} ? "" : util::rfc3339(given.created_at)},
          {"token", given.token.reveal()}};
}

Json to_json(const std::vector<provider::GivenToken>& tokens) {
  Json list = Json::array();
  for (const provider::GivenToken& token : tokens) list.push_back(to_json(token));
  return list;
}

util::Result<util::Time> time_in(const Query& query, const std::string& name) {
  const auto found = query.find(name);
  if (found == query.end()) return invalid("the period's \"" + name + "\" is missing");
  return util::parse_rfc3339(found->second);
}

util::Result<Json> ledger(provider::Wallet& wallet, const Query& query) {
  const auto from = time_in(query, "from"), to = time_in(query, "to");
  if (!from) return from.error();
  if (!to) return to.error();
  if (*to < *from || *to - *from > kLongestPeriod) return invalid("a period runs forward and is at most a month long");
  std::string csv;
  const auto append = [&](std::string_view line) { csv += line; };
  wallet.ledger.write_csv(*from, *to, append);
  return endpoints::reply({{"csv", std::move(csv)}});
}

// The mint and unit that are meant: named, or the only ones with money.
util::Result<std::pair<std::string, std::string>> place(provider::Treasury& treasury, const Json& command) {
  auto mint = util::string_at(command, "mint"), unit = util::string_at(command, "unit");
  // As the books spell it, however he does.
  if (mint)
    if (const auto url = cashu::MintUrl::parse(*mint)) mint = url->text();
  const Json balances = treasury.balance();
  std::vector<std::pair<std::string, std::string>> fitting;
  for (const Json& line : balances) {
    const auto line_mint = line.at("mint").get<std::string>(), line_unit = line.at("unit").get<std::string>();
    const bool wanted = (!mint || *mint == line_mint) && (unit ? *unit == line_unit : line_unit == "sat" || mint.has_value());
    if (wanted && line.at("held").get<std::int64_t>() > 0) fitting.emplace_back(line_mint, line_unit);
  }
  if (fitting.size() == 1) return fitting.front();
  return invalid(fitting.empty() ? "nothing is held there"
                                 : "money lies at several mints, or in several units: say which (--mint, --unit)");
}

net::Task<util::Result<Json>> withdraw(provider::Treasury& treasury, Json command) {
  const auto amount = util::unsigned_at(command, "amount");
  if (!amount) co_return invalid("the amount is missing");
  const auto where = place(treasury, command);
  if (!where) co_return where.error();
  const bool beyond_own = command.value("beyond_own", false);
  const auto token = co_await treasury.withdraw(where->first, where->second, cashu::Amount(*amount), beyond_own);
  if (!token) co_return token.error();
  co_return endpoints::reply(to_json(*token));
}

// The tokens, and behind them what could not be had: {mint, unit, error}.
net::Task<util::Result<Json>> drain(provider::Treasury& treasury, Json command) {
  const provider::Treasury::Drained drained = co_await treasury.drain(command.value("beyond_own", false));
  if (drained.tokens.empty() && drained.failures.size() == 1) co_return drained.failures.front().error;
  Json list = to_json(drained.tokens);
  for (const provider::Treasury::Drained::Failure& failure : drained.failures) {
    Json line = {{"mint", failure.mint}, {"unit", failure.unit}, {"error", failure.error.message}};
    list.push_back(std::move(line));
  }
  co_return endpoints::reply(std::move(list));
}

// What left the house, and behind it withdrawals that came to nothing after they had been promised.
Json tokens(provider::Treasury& treasury) {
  Json list = to_json(treasury.tokens());
  for (const provider::SwapBook::Refused& refused : treasury.refused_withdrawals())
    list.push_back({{"id", refused.id},
                    {"for", "withdrawal"},
                    {"mint", refused.mint},
                    {"unit", refused.unit},
                    {"amount", refused.gives.value()},
                    {"created_at", util::rfc3339(refused.created_at)},
                    {"error", "the mint refused; the money is still in the wallet"}});
  return list;
}

net::Task<util::Result<Json>> pay(provider::PayoutDesk& payouts, Json command) {
  auto invoice = util::string_at(command, "invoice");
  if (!invoice) co_return invalid("the invoice is missing");
  const auto payout = co_await payouts.pay(std::move(*invoice), util::string_at(command, "mint"));
  if (!payout) co_return payout.error();
  co_return endpoints::reply(provider::to_json(*payout));
}

Json to_json(const std::vector<provider::Payout>& payouts) {
  Json list = Json::array();
  for (const provider::Payout& payout : payouts) list.push_back(provider::to_json(payout));
  return list;
}

net::Task<util::Result<Json>> restore(provider::Treasury& treasury, Json command) {
  co_return co_await treasury.restore(!command.value("verify", false));
}

net::Task<util::Result<Json>> resend(provider::OrderDesk& orders, Json command) {
  const auto order = util::string_at(command, "order");
  if (!order) co_return invalid("the order is missing");
  const auto sent = orders.resend(*order);
  if (!sent) co_return sent.error();
  Json done = {{"sent_again", *order}};
  co_return endpoints::reply(std::move(done));
}

}  // namespace

void WalletDesk::add_to(endpoints::OperatorDesk& desk) {
  desk.questions["/wallet"] = [&treasury = treasury](const Query&) { return endpoints::reply(treasury.balance()); };
  desk.questions["/wallet/tokens"] = [&treasury = treasury](const Query&) { return endpoints::reply(tokens(treasury)); };
  desk.questions["/wallet/payouts"] = [&payouts = payouts](const Query&) { return endpoints::reply(to_json(payouts.payouts())); };
  desk.questions["/wallet/ledger"] = [&wallet = wallet](const Query& query) { return ledger(wallet, query); };
  desk.questions["/wallet/backup"] = [words = seed_words, &wallet = wallet](const Query&) {
    return endpoints::reply({{"seed_words", words.reveal()}, {"mints", wallet.mints_with_money()}});
  };
  desk.commands["/wallet/withdraw"] = [&treasury = treasury](Json command) { return withdraw(treasury, std::move(command)); };
  desk.commands["/wallet/drain"] = [&treasury = treasury](Json command) { return drain(treasury, std::move(command)); };
  desk.commands["/wallet/pay"] = [&payouts = payouts](Json command) { return pay(payouts, std::move(command)); };
  desk.commands["/wallet/restore"] = [&treasury = treasury](Json command) { return restore(treasury, std::move(command)); };
  desk.commands["/wallet/resend"] = [&orders = orders](Json command) { return resend(orders, std::move(command)); };
}

std::string wallet_metrics(provider::Treasury& treasury) {
  std::string held = "# HELP paygress_wallet_held Proofs held, in the mint's unit.\n# TYPE paygress_wallet_held gauge\n";
  std::string solvent =
      "# HELP paygress_wallet_solvent Proofs held less what is owed to customers; below 0 the service cannot pay everybody back.\n"
      "# TYPE paygress_wallet_solvent gauge\n";
  const Json balances = treasury.balance();
  for (const Json& line : balances) {
    const std::string labels =
        "{mint=\"" + line.at("mint").get<std::string>() + "\",unit=\"" + line.at("unit").get<std::string>() + "\"} ";
    held += "paygress_wallet_held" + labels + line.at("held").dump() + "\n";
    solvent += "paygress_wallet_solvent" + labels + line.at("solvent").dump() + "\n";
  }
  return held + solvent;
}

}  // namespace paygress::daemon

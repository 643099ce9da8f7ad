#include "provider/ledger.h"

#include <array>
#include <limits>
#include <stdexcept>
#include <utility>

namespace paygress::provider {
namespace {

constexpr std::array<std::pair<Account, const char*>, 9> kNames = {{{Account::proofs, "proofs"},
                                                                    {Account::orders, "orders"},
                                                                    {Account::leases, "leases"},
                                                                    {Account::earnings, "earnings"},
                                                                    {Account::withdrawn, "withdrawn"},
                                                                    {Account::mint_fees, "mint_fees"},
                                                                    {Account::lightning_fees, "lightning_fees"},
                                                                    {Account::found, "found"},
                                                                    {Account::lost, "lost"}}};

Account account_of(const std::string& text) {
  for (const auto& [account, word] : kNames)
    if (text == word) return account;
  throw std::runtime_error("database: an account that this program does not know: " + text);
}

bool has_sub_accounts(Account account) { return account == Account::orders || account == Account::leases; }

std::int64_t counted(std::uint64_t value) {
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    throw std::overflow_error("an amount is beyond what the books can count");
  return static_cast<std::int64_t>(value);
}

// A mint's address has no comma or quote in it, but a file that is opened in a spreadsheet shall not depend on that.
std::string csv_field(std::string_view field) {
  std::string text = "\"";
  for (const char c : field) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + '"';
}

}  // namespace

const char* name(Account account) {
  for (const auto& [known, word] : kNames)
    if (known == account) return word;
  return "";
}

void Ledger::post(const Entry& entry, util::Time now) {
  if (entry.amount.is_zero()) return;
  const auto rate = rates_.find(entry.unit);
  if (rate == rates_.end()) throw std::logic_error("the books have no rate for the unit " + entry.unit);
  const std::int64_t amount = counted(entry.amount.value());
  const std::int64_t msats = counted(cashu::multiply(entry.amount, rate->second).value().value());
  database_.run(
      "INSERT INTO ledger (at, what, debit, credit, mint, unit, amount, msats, reference) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      util::unix_milliseconds(now), entry.what, name(entry.debit), name(entry.credit), entry.mint, entry.unit, amount, msats,
      entry.reference);
  add(entry.debit, entry.reference, entry, amount, msats);
  add(entry.credit, entry.credit_reference.empty() ? entry.reference : entry.credit_reference, entry, -amount, -msats);
}

void Ledger::add(Account account, std::string_view reference, const Entry& entry, std::int64_t amount, std::int64_t msats) {
  const auto add_to = [&](std::string_view part) {
    database_.run(
        "INSERT INTO balances (account, reference, mint, unit, amount, msats) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "amount = amount + excluded.amount, msats = msats + excluded.msats",
        name(account), part, entry.mint, entry.unit, amount, msats);
  };
  add_to("");
  if (!has_sub_accounts(account)) return;
  add_to(reference);
  // So that the table is as long as the orders and pods of today, not of all days.
  database_.run("DELETE FROM balances WHERE account = ? AND reference = ? AND mint = ? AND unit = ? AND amount = 0", name(account),
                reference, entry.mint, entry.unit);
}

void Ledger::move_all(Account from, std::string_view reference, Account to, std::string_view new_reference, const char* what,
                      util::Time now) {
  for (const Balance& balance : balances_of(from, reference)) {
    // By hand and not with post(): the references of the two sides differ, and a rate that was changed meanwhile must not matter.
    Entry entry{what, from, to, balance.mint, balance.unit, {}, std::string(new_reference)};
    const std::int64_t amount = -balance.amount, msats = -balance.msats;
    database_.run(
        "INSERT INTO ledger (at, what, debit, credit, mint, unit, amount, msats, reference) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        util::unix_milliseconds(now), what, name(from), name(to), entry.mint, entry.unit, amount, msats, reference);
    add(from, reference, entry, amount, msats);
    add(to, new_reference, entry, -amount, -msats);
  }
}

std::vector<Balance> Ledger::balances() {
  std::vector<Balance> all;
  store::Statement row = database_.prepare(
      "SELECT account, mint, unit, amount, msats FROM balances WHERE reference = '' AND amount <> 0 ORDER BY account, mint, unit");
  while (row.step()) all.push_back({account_of(row.text(0)), row.text(1), row.text(2), row.integer(3), row.integer(4)});
  return all;
}

std::vector<Balance> Ledger::balances_of(Account account, std::string_view reference) {
  std::vector<Balance> all;
  store::Statement row = database_.prepare(
      "SELECT mint, unit, amount, msats FROM balances WHERE account = ? AND reference = ? AND amount <> 0 ORDER BY mint, unit");
  row.bind(name(account)).bind(reference);
  while (row.step()) all.push_back({account, row.text(0), row.text(1), row.integer(2), row.integer(3)});
  return all;
}

std::int64_t Ledger::amount_in(Account account, std::string_view mint, std::string_view unit) {
  store::Statement row =
      database_.prepare("SELECT amount FROM balances WHERE account = ? AND reference = '' AND mint = ? AND unit = ?");
  row.bind(name(account)).bind(mint).bind(unit);
  return row.step() ? row.integer(0) : 0;
}

std::int64_t Ledger::own(std::string_view mint, std::string_view unit) {
  std::int64_t own = amount_in(Account::proofs, mint, unit);
  for (const Account owed : {Account::orders, Account::leases, Account::found}) own += amount_in(owed, mint, unit);
  return own;
}

void Ledger::write_csv(util::Time from, util::Time to, const std::function<void(std::string_view line)>& write) {
  write("time,what,debit,credit,mint,unit,amount,msat,reference\r\n");
  store::Statement row = database_.prepare(
      "SELECT at, what, debit, credit, mint, unit, amount, msats, reference FROM ledger WHERE at >= ? AND at < ? ORDER BY seq");
  row.bind(util::unix_milliseconds(from)).bind(util::unix_milliseconds(to));
  while (row.step()) {
    std::string line = util::rfc3339(util::from_unix_milliseconds(row.integer(0)));
    for (int column = 1; column <= 5; ++column) line += "," + csv_field(row.text(column));
    line += "," + std::to_string(row.integer(6)) + "," + std::to_string(row.integer(7)) + "," + csv_field(row.text(8)) + "\r\n";
    write(line);
  }
}

}  // namespace paygress::provider

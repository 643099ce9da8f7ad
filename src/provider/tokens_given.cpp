#include "provider/tokens_given.h"

#include <array>
#include <stdexcept>
#include <utility>

#include "store/amounts.h"

namespace paygress::provider {
namespace {

constexpr std::array<std::pair<TokenKind, const char*>, 3> kNames = {
    {{TokenKind::refund, "refund"}, {TokenKind::unused_time, "unused_time"}, {TokenKind::withdrawal, "withdrawal"}}};

TokenKind kind_of(const std::string& text) {
  for (const auto& [kind, word] : kNames)
    if (text == word) return kind;
  throw std::runtime_error("database: a token was given for \"" + text + "\", which this program does not know");
}

constexpr const char* kColumns = "SELECT id, kind, mint, unit, amount, token, created_at FROM tokens_given ";

}  // namespace

const char* name(TokenKind kind) {
  for (const auto& [known, word] : kNames)
    if (known == kind) return word;
  return "";
}

void TokensGiven::add(const GivenToken& given, util::Time now) {
  database_.run(
      "INSERT INTO tokens_given (id, kind, mint, unit, amount, token, state, created_at) VALUES (?, ?, ?, ?, ?, ?, 'open', ?)",
      given.id, name(given.kind), given.mint, given.unit, store::stored_amount(given.amount.value()), given.token.reveal(),
      util::unix_milliseconds(now));
}

std::optional<GivenToken> TokensGiven::find(std::string_view id) {
  store::Statement row = database_.prepare(std::string(kColumns) + "WHERE id = ?");
  row.bind(id);
  auto found = read_all(std::move(row));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<GivenToken> TokensGiven::open(std::size_t most) {
  store::Statement row = database_.prepare(std::string(kColumns) + "WHERE state = 'open' ORDER BY created_at LIMIT ?");
  row.bind(static_cast<std::int64_t>(most));
  return read_all(std::move(row));
}

std::vector<GivenToken> TokensGiven::next_open(std::int64_t& place, std::size_t most) {
  std::vector<GivenToken> all;
  store::Statement row =
      database_.prepare("SELECT id, rowid FROM tokens_given WHERE state = 'open' AND rowid > ? ORDER BY rowid LIMIT ?");
  row.bind(place).bind(static_cast<std::int64_t>(most));
  while (row.step()) {
    if (auto token = find(row.text(0))) all.push_back(std::move(*token));
    place = row.integer(1);
  }
  if (all.size() < most) place = 0;
  return all;
}

void TokensGiven::redeemed(std::string_view id) {
  database_.run("UPDATE tokens_given SET state = 'redeemed', token = '' WHERE id = ?", id);
}

std::vector<GivenToken> TokensGiven::read_all(store::Statement row) {
  std::vector<GivenToken> all;
  while (row.step())
    all.push_back({row.text(0), kind_of(row.text(1)), row.text(2), row.text(3), cashu::Amount(store::loaded_amount(row.integer(4))),
                   util::Secret(row.text(5)), util::from_unix_milliseconds(row.integer(6))});
  return all;
}

}  // namespace paygress::provider

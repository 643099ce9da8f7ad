#include "provider/payout_book.h"

#include <array>
#include <stdexcept>
#include <utility>

#include "crypto/hash.h"
#include "store/amounts.h"

namespace paygress::provider {
namespace {

using util::Json;

constexpr std::array<std::pair<PayoutState, const char*>, 3> kNames = {
    {{PayoutState::journalled, "journalled"}, {PayoutState::paid, "paid"}, {PayoutState::failed, "failed"}}};

PayoutState payout_state_of(const std::string& text) {
  for (const auto& [state, name] : kNames)
    if (text == name) return state;
  throw std::runtime_error("database: a payout in a state that this program does not know");
}

constexpr const char* kColumns =
    "SELECT id, mint, unit, state, invoice, payment_hash, address, quote, amount, fee_reserve, input_fee, face, created_at, "
    "expires_at, ended_at, change, preimage, reason FROM payouts ";

cashu::Amount amount_at(const store::Statement& row, int column) {
  return cashu::Amount(store::loaded_amount(row.integer(column)));
}

Payout read_payout(const store::Statement& row) {
  Payout payout;
  payout.id = row.text(0);
  payout.mint = row.text(1);
  payout.unit = row.text(2);
  payout.state = payout_state_of(row.text(3));
  payout.invoice = row.text(4);
  payout.payment_hash = row.text(5);
  payout.address = row.text(6);
  payout.quote_id = row.text(7);
  payout.amount = amount_at(row, 8);
  payout.fee_reserve = amount_at(row, 9);
  payout.input_fee = amount_at(row, 10);
  payout.inputs = amount_at(row, 11);
  payout.created_at = util::from_unix_milliseconds(row.integer(12));
  payout.expires_at = util::from_unix_milliseconds(row.integer(13));
  if (!row.is_null(14)) payout.ended_at = util::from_unix_milliseconds(row.integer(14));
  payout.change = amount_at(row, 15);
  payout.preimage = row.text(16);
  payout.reason = row.text(17);
  return payout;
}

template <class T>
std::string list_text(const std::vector<T>& list) {
  Json json = Json::array();
  for (const T& item : list) json.push_back(cashu::to_json(item));
  return util::to_text(json);
}

template <class T, class Read>
std::vector<T> read_list(const std::string& text, Read read) {
  std::vector<T> list;
  for (const Json& item : Json::parse(text)) list.push_back(read(item).value());
  return list;
}

}  // namespace

bool Payout::is_proven() const {
  const auto bytes = util::from_hex(preimage);
  return bytes && bytes->size() == 32 && util::hex(crypto::sha256(*bytes)) == payment_hash;
}

Json to_json(const Payout& payout) {
  const char* state = payout.state == PayoutState::paid ? "paid" : payout.state == PayoutState::failed ? "failed" : "pending";
  Json json = {{"id", payout.id},
               {"state", state},
               {"mint", payout.mint},
               {"unit", payout.unit},
               {"amount", payout.amount.value()},
               {"fee_reserve", payout.fee_reserve.value()},
               {"payment_hash", payout.payment_hash},
               {"invoice", payout.invoice},
               {"created_at", util::rfc3339(payout.created_at)}};
  if (payout.ended_at) json["ended_at"] = util::rfc3339(*payout.ended_at);
  if (!payout.address.empty()) json["address"] = payout.address;
  if (!payout.reason.empty()) json["reason"] = payout.reason;
  if (payout.state != PayoutState::paid) return json;
  json["fee"] = payout.lightning_fee().value() + payout.input_fee.value();
  if (!payout.preimage.empty()) json["preimage"] = payout.preimage;
  json["proven"] = payout.is_proven();
  return json;
}

void PayoutBook::insert(const Payout& payout, const PayoutWork& work) {
  database_.run(
      "INSERT INTO payouts (id, mint, unit, state, invoice, payment_hash, address, quote, amount, fee_reserve, input_fee, face, "
      "created_at, expires_at, inputs, keyset, blanks, body) VALUES (?, ?, ?, 'journalled', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?)",
      payout.id, payout.mint, payout.unit, payout.invoice, payout.payment_hash, payout.address, payout.quote_id,
      store::stored_amount(payout.amount.value()), store::stored_amount(payout.fee_reserve.value()),
      store::stored_amount(payout.input_fee.value()), store::stored_amount(payout.inputs.value()),
      util::unix_milliseconds(payout.created_at), util::unix_milliseconds(payout.expires_at), list_text(work.inputs),
      util::to_text(cashu::to_json(work.keyset)), list_text(work.blanks), work.body);
}

void PayoutBook::set_paid(std::string_view id, cashu::Amount change, std::string_view preimage, util::Time now) {
  const auto changed = database_.run(
      "UPDATE payouts SET state = 'paid', change = ?, preimage = ?, ended_at = ? WHERE id = ? AND state = 'journalled'",
      store::stored_amount(change.value()), preimage, util::unix_milliseconds(now), id);
  if (changed != 1) throw std::logic_error("a payout was to be settled that is not open");
}

void PayoutBook::set_failed(std::string_view id, std::string_view reason, util::Time now) {
  const auto changed =
      database_.run("UPDATE payouts SET state = 'failed', reason = ?, ended_at = ? WHERE id = ? AND state = 'journalled'", reason,
                    util::unix_milliseconds(now), id);
  if (changed != 1) throw std::logic_error("a payout was to be given up that is not open");
}

std::optional<Payout> PayoutBook::find(std::string_view id) {
  store::Statement row = database_.prepare(std::string(kColumns) + "WHERE id = ?");
  row.bind(id);
  if (!row.step()) return std::nullopt;
  return read_payout(row);
}

std::optional<Payout> PayoutBook::find_open_or_paid(std::string_view payment_hash) {
  store::Statement row = database_.prepare(std::string(kColumns) + "WHERE payment_hash = ? AND state <> 'failed'");
  row.bind(payment_hash);
  if (!row.step()) return std::nullopt;
  return read_payout(row);
}

PayoutWork PayoutBook::work(std::string_view id) {
  store::Statement row = database_.prepare("SELECT inputs, keyset, blanks, body FROM payouts WHERE id = ?");
  row.bind(id);
  if (!row.step()) throw std::logic_error("a payout that is not in the book");
  PayoutWork work;
  work.inputs = read_list<cashu::Proof>(row.text(0), [](const Json& json) { return cashu::parse_proof(json); });
  work.keyset = cashu::parse_keyset(Json::parse(row.text(1))).value();
  work.blanks = read_list<cashu::Output>(row.text(2), [](const Json& json) { return cashu::parse_output(json); });
  work.body = row.text(3);
  return work;
}

std::vector<std::string> PayoutBook::open() {
  store::Statement row = database_.prepare("SELECT id FROM payouts WHERE state = 'journalled' ORDER BY created_at");
  std::vector<std::string> ids;
  while (row.step()) ids.push_back(row.text(0));
  return ids;
}

std::vector<Payout> PayoutBook::newest(std::size_t most) {
  store::Statement row = database_.prepare(std::string(kColumns) + "ORDER BY created_at DESC, id LIMIT ?");
  row.bind(static_cast<std::int64_t>(most));
  std::vector<Payout> payouts;
  while (row.step()) payouts.push_back(read_payout(row));
  return payouts;
}

bool PayoutBook::is_open_at(std::string_view mint, std::string_view unit) {
  store::Statement row = database_.prepare("SELECT 1 FROM payouts WHERE state = 'journalled' AND mint = ? AND unit = ?");
  row.bind(mint).bind(unit);
  return row.step();
}

}  // namespace paygress::provider

#include "provider/claim_book.h"

#include <stdexcept>

#include "util/json.h"

namespace paygress::provider {
namespace {

using util::Json;

const char* name(ClaimState state) {
  switch (state) {
    case ClaimState::journalled: return "journalled";
    case ClaimState::claimed: return "claimed";
    case ClaimState::refused: return "refused";
  }
  return "journalled";
}

ClaimState claim_state_of(const std::string& text) {
  for (const auto state : {ClaimState::journalled, ClaimState::claimed, ClaimState::refused})
    if (text == name(state)) return state;
  throw std::runtime_error("database: a claim in a state that this program does not know");
}

// SQLite's integers are signed; amounts go to 2^64 - 1 and come back through the same conversion.
std::int64_t stored(std::uint64_t amount) { return static_cast<std::int64_t>(amount); }
std::uint64_t loaded(std::int64_t column) { return static_cast<std::uint64_t>(column); }

template <class T, class Read>
std::vector<T> read_list(const std::string& text, Read read) {
  std::vector<T> list;
  for (const Json& item : Json::parse(text)) list.push_back(read(item).value());
  return list;
}

template <class T>
std::string list_text(const std::vector<T>& list) {
  Json json = Json::array();
  for (const T& item : list) json.push_back(cashu::to_json(item));
  return util::to_text(json);
}

}  // namespace

bool ClaimBook::insert(const Claim& claim, util::Time now) {
  std::vector<std::string> ys;
  for (const cashu::Proof& proof : claim.inputs) {
    ys.push_back(cashu::proof_y(proof).hex());
    store::Statement statement = database_.prepare("SELECT 1 FROM claim_inputs WHERE y = ?");
    statement.bind(ys.back());
    if (statement.step()) return false;
  }
  database_.run(
      "INSERT INTO claims (order_id, mint, unit, state, face, fee, inputs, keyset, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, '', ?)",
      claim.order_id, claim.mint, claim.unit, name(claim.state), stored(claim.face.value()), stored(claim.fee.value()),
      list_text(claim.inputs), util::unix_milliseconds(now));
  for (const std::string& y : ys) database_.run("INSERT INTO claim_inputs (y, order_id) VALUES (?, ?)", y, claim.order_id);
  return true;
}

void ClaimBook::add_generation(std::string_view order_id, const Generation& generation) {
  database_.run("INSERT INTO claim_outputs (order_id, generation, keyset, outputs, body) VALUES (?, ?, ?, ?, ?)", order_id,
                std::int64_t{generation.number}, util::to_text(cashu::to_json(generation.keyset)), list_text(generation.outputs),
                generation.body);
}

void ClaimBook::set_state(std::string_view order_id, ClaimState state) {
  database_.run("UPDATE claims SET state = ? WHERE order_id = ?", name(state), order_id);
}

std::optional<Claim> ClaimBook::find(std::string_view order_id) {
  store::Statement row = database_.prepare("SELECT mint, unit, state, face, fee, inputs FROM claims WHERE order_id = ?");
  row.bind(order_id);
  if (!row.step()) return std::nullopt;
  Claim claim;
  claim.order_id = order_id;
  claim.mint = row.text(0);
  claim.unit = row.text(1);
  claim.state = claim_state_of(row.text(2));
  claim.face = cashu::Amount(loaded(row.integer(3)));
  claim.fee = cashu::Amount(loaded(row.integer(4)));
  claim.inputs = read_list<cashu::Proof>(row.text(5), [](const Json& json) { return cashu::parse_proof(json); });
  return claim;
}

std::vector<Generation> ClaimBook::generations(std::string_view order_id) {
  store::Statement row =
      database_.prepare("SELECT generation, keyset, outputs, body FROM claim_outputs WHERE order_id = ? ORDER BY generation DESC");
  row.bind(order_id);
  std::vector<Generation> generations;
  while (row.step()) {
    Generation generation;
    generation.number = static_cast<int>(row.integer(0));
    generation.keyset = cashu::parse_keyset(Json::parse(row.text(1))).value();
    generation.outputs = read_list<cashu::Output>(row.text(2), [](const Json& json) { return cashu::parse_output(json); });
    generation.body = row.text(3);
    generations.push_back(std::move(generation));
  }
  return generations;
}

std::uint32_t ClaimBook::next_counter(std::string_view keyset) {
  store::Statement row = database_.prepare("SELECT next FROM counters WHERE seed = ? AND keyset = ?");
  row.bind(seed_id_).bind(keyset);
  return row.step() ? static_cast<std::uint32_t>(row.integer(0)) : 0;
}

void ClaimBook::set_next_counter(std::string_view keyset, std::uint32_t next) {
  database_.run(
      "INSERT INTO counters (seed, keyset, next) VALUES (?, ?, ?) ON CONFLICT (seed, keyset) DO UPDATE SET next = max(next, "
      "excluded.next)",
      seed_id_, keyset, std::int64_t{next});
}

void ClaimBook::insert_proofs(std::string_view order_id, std::string_view mint, std::string_view unit,
                              const std::vector<cashu::Proof>& proofs) {
  for (const cashu::Proof& proof : proofs)
    database_.run(
        "INSERT OR IGNORE INTO proofs (y, mint, unit, keyset, amount, secret, c, state, order_id) VALUES (?, ?, ?, ?, ?, ?, ?, "
        "'held', ?)",
        cashu::proof_y(proof).hex(), mint, unit, proof.keyset_id, stored(proof.amount.value()), proof.secret, proof.C.hex(),
        order_id);
}

std::vector<cashu::Proof> ClaimBook::give_back(std::string_view order_id) {
  std::vector<cashu::Proof> proofs;
  store::Statement row = database_.prepare("SELECT amount, keyset, secret, c FROM proofs WHERE order_id = ? AND state = 'held'");
  row.bind(order_id);
  while (row.step()) {
    const crypto::Point c = crypto::Point::from_hex(row.text(3)).value();
    proofs.push_back(
        cashu::Proof{cashu::Amount(loaded(row.integer(0))), row.text(1), row.text(2), c, std::nullopt, "", std::nullopt});
  }
  database_.run("UPDATE proofs SET state = 'given back' WHERE order_id = ? AND state = 'held'", order_id);
  return proofs;
}

std::uint64_t ClaimBook::held(std::string_view mint, std::string_view unit) {
  store::Statement row = database_.prepare("SELECT amount FROM proofs WHERE mint = ? AND unit = ? AND state = 'held'");
  row.bind(mint).bind(unit);
  std::uint64_t sum = 0;
  while (row.step()) sum += loaded(row.integer(0));
  return sum;
}

}  // namespace paygress::provider

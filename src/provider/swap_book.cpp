#include "provider/swap_book.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "cashu/dhke.h"
#include "store/amounts.h"
#include "util/json.h"

namespace paygress::provider {
namespace {

using store::loaded_amount;
using store::stored_amount;
using util::Json;

constexpr std::array<std::pair<SwapKind, const char*>, 4> kKinds = {
    {{SwapKind::claim, "claim"}, {SwapKind::reclaim, "reclaim"}, {SwapKind::split, "split"}, {SwapKind::sweep, "sweep"}}};
constexpr std::array<std::pair<SwapState, const char*>, 4> kStates = {{{SwapState::journalled, "journalled"},
                                                                       {SwapState::done, "done"},
                                                                       {SwapState::refused, "refused"},
                                                                       {SwapState::abandoned, "abandoned"}}};

template <class Names, class Value>
const char* name_in(const Names& names, Value value) {
  for (const auto& [known, word] : names)
    if (known == value) return word;
  return "";
}

template <class Names>
auto value_in(const Names& names, const std::string& text) {
  for (const auto& [value, word] : names)
    if (text == word) return value;
  throw std::runtime_error("database: a swap is \"" + text + "\", which this program does not know");
}

template <class T, class Read>
std::vector<T> read_list(const std::string& text, Read read) {
  std::vector<T> list;
  const Json items = Json::parse(text);
  for (const Json& item : items) list.push_back(read(item).value());
  return list;
}

template <class T>
std::string list_text(const std::vector<T>& list) {
  Json json = Json::array();
  for (const T& item : list) json.push_back(cashu::to_json(item));
  return util::to_text(json);
}

}  // namespace

bool SwapBook::insert(const Swap& swap, util::Time now) {
  std::vector<std::string> ys;
  for (const cashu::Proof& proof : swap.inputs) {
    ys.push_back(cashu::proof_y(proof).hex());
    store::Statement statement = database_.prepare("SELECT 1 FROM swap_inputs WHERE y = ?");
    statement.bind(ys.back());
    if (statement.step()) return false;
  }
  database_.run(
      "INSERT INTO swaps (id, kind, mint, unit, state, face, fee, gives, inputs, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      swap.id, name_in(kKinds, swap.kind), swap.mint, swap.unit, name_in(kStates, swap.state), stored_amount(swap.face.value()),
      stored_amount(swap.fee.value()), stored_amount(swap.gives.value()), list_text(swap.inputs), util::unix_milliseconds(now));
  for (const std::string& y : ys) database_.run("INSERT INTO swap_inputs (y, swap_id) VALUES (?, ?)", y, swap.id);
  return true;
}

void SwapBook::add_generation(std::string_view swap_id, const Generation& generation) {
  database_.run("INSERT INTO swap_outputs (swap_id, generation, keyset, outputs, given, body) VALUES (?, ?, ?, ?, ?, ?)", swap_id,
                std::int64_t{generation.number}, util::to_text(cashu::to_json(generation.keyset)), list_text(generation.outputs),
                util::to_text(Json(generation.given)), generation.body);
}

void SwapBook::drop_generation(std::string_view swap_id, int number) {
  database_.run("DELETE FROM swap_outputs WHERE swap_id = ? AND generation = ?", swap_id, std::int64_t{number});
}

void SwapBook::set_state(std::string_view swap_id, SwapState state) {
  database_.run("UPDATE swaps SET state = ? WHERE id = ?", name_in(kStates, state), swap_id);
}

void SwapBook::free_inputs(std::string_view swap_id) { database_.run("DELETE FROM swap_inputs WHERE swap_id = ?", swap_id); }

int SwapBook::take_over_abandoned(const Swap& swap) {
  std::vector<std::string> ids;
  {
    store::Statement row = database_.prepare(
        "SELECT id FROM swaps WHERE state = 'abandoned' AND kind = 'claim' AND mint = ? AND inputs = ? ORDER BY created_at");
    row.bind(swap.mint).bind(list_text(swap.inputs));
    while (row.step()) ids.push_back(row.text(0));
  }
  int taken = 0;
  for (const std::string& id : ids) {
    std::vector<Generation> generations = this->generations(id);
    if (std::any_of(generations.begin(), generations.end(), [this](const Generation& one) { return is_known(one); })) continue;
    for (auto generation = generations.rbegin(); generation != generations.rend(); ++generation) {
      drop_generation(id, generation->number);
      generation->number = ++taken;
      add_generation(swap.id, *generation);
    }
    set_state(id, SwapState::refused);
  }
  return taken;
}

bool SwapBook::is_known(const Generation& generation) {
  return std::any_of(generation.outputs.begin(), generation.outputs.end(), [this](const cashu::Output& output) {
    store::Statement row = database_.prepare("SELECT 1 FROM proofs WHERE y = ?");
    row.bind(cashu::hash_to_curve(output.secret).hex());
    return row.step();
  });
}

std::optional<Swap> SwapBook::find(std::string_view swap_id) {
  store::Statement row = database_.prepare("SELECT kind, mint, unit, state, face, fee, gives, inputs FROM swaps WHERE id = ?");
  row.bind(swap_id);
  if (!row.step()) return std::nullopt;
  Swap swap;
  swap.id = swap_id;
  swap.kind = value_in(kKinds, row.text(0));
  swap.mint = row.text(1);
  swap.unit = row.text(2);
  swap.state = value_in(kStates, row.text(3));
  swap.face = cashu::Amount(loaded_amount(row.integer(4)));
  swap.fee = cashu::Amount(loaded_amount(row.integer(5)));
  swap.gives = cashu::Amount(loaded_amount(row.integer(6)));
  swap.inputs = read_list<cashu::Proof>(row.text(7), [](const Json& json) { return cashu::parse_proof(json); });
  return swap;
}

std::vector<Generation> SwapBook::generations(std::string_view swap_id) {
  store::Statement row = database_.prepare(
      "SELECT generation, keyset, outputs, given, body FROM swap_outputs WHERE swap_id = ? ORDER BY generation DESC");
  row.bind(swap_id);
  std::vector<Generation> generations;
  while (row.step()) {
    Generation generation;
    generation.number = static_cast<int>(row.integer(0));
    generation.keyset = cashu::parse_keyset(Json::parse(row.text(1))).value();
    generation.outputs = read_list<cashu::Output>(row.text(2), [](const Json& json) { return cashu::parse_output(json); });
    generation.given = Json::parse(row.text(3)).get<std::vector<std::size_t>>();
    generation.body = row.text(4);
    generations.push_back(std::move(generation));
  }
  return generations;
}

std::vector<SwapBook::Refused> SwapBook::refused_splits(std::string_view prefix, util::Time since, std::size_t most) {
  store::Statement row = database_.prepare(
      "SELECT id, mint, unit, gives, created_at FROM swaps WHERE kind = 'split' AND state = 'refused' AND created_at >= ? AND "
      "substr(id, 1, ?) = ? ORDER BY created_at DESC LIMIT ?");
  row.bind(util::unix_milliseconds(since)).bind(static_cast<std::int64_t>(prefix.size())).bind(prefix);
  row.bind(static_cast<std::int64_t>(most));
  std::vector<Refused> all;
  while (row.step())
    all.push_back({row.text(0), row.text(1), row.text(2), cashu::Amount(loaded_amount(row.integer(3))),
                   util::from_unix_milliseconds(row.integer(4))});
  return all;
}

std::vector<std::string> SwapBook::open(SwapKind kind) {
  std::vector<std::string> ids;
  store::Statement row = database_.prepare("SELECT id FROM swaps WHERE state = 'journalled' AND kind = ? ORDER BY created_at");
  row.bind(name_in(kKinds, kind));
  while (row.step()) ids.push_back(row.text(0));
  return ids;
}

}  // namespace paygress::provider

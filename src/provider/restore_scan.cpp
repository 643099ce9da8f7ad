#include "provider/restore_scan.h"

#include <algorithm>
#include <map>

#include "cashu/placement.h"
#include "cashu/swap.h"
#include "provider/message_ids.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

constexpr std::uint32_t kBatch = 100;  // NUT-13
constexpr int kMostLives = 5;          // how often an order may have been forgotten and still be known again

util::Result<> sort_by_state(const std::vector<WalletBook::Found>& found, const std::vector<cashu::ProofState>& states,
                             ScannedKeyset& scanned) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (states[i] == cashu::ProofState::spent) {
      ++scanned.spent_count;
      continue;
    }
    const bool unspent = states[i] == cashu::ProofState::unspent;
    cashu::Amount& sum = unspent ? scanned.unspent_sum : scanned.pending_sum;
    const auto more = cashu::add(sum, found[i].proof.amount);
    if (!more) return more.error();
    sum = *more;
    if (unspent) scanned.unspent.push_back(found[i]);
  }
  return {};
}

// The counters at which these amounts lie in these places, wherever among the counters their claim began. Empty unless all are there.
std::vector<std::uint32_t> placed(const WalletBook::Amounts& found, const std::vector<cashu::Amount>& amounts,
                                  const std::vector<std::uint32_t>& places) {
  for (const auto& [counter, first_amount] : found) {
    if (first_amount != amounts.front() || counter < places.front()) continue;
    const std::uint32_t begin = counter - places.front();
    if (begin != cashu::Placement::begin(begin)) continue;
    std::vector<std::uint32_t> counters;
    for (std::size_t i = 0; i < amounts.size(); ++i) {
      const auto there = found.find(begin + places[i]);
      if (there == found.end() || there->second != amounts[i]) break;
      counters.push_back(there->first);
    }
    if (counters.size() == amounts.size()) return counters;
  }
  return {};
}

}  // namespace

net::Task<util::Result<ScannedKeyset>> RestoreScan::scan(MintDesk& desk, cashu::Keyset keyset, std::uint32_t first, Depth depth) {
  ScannedKeyset scanned;
  scanned.keyset = keyset.id;
  scanned.unit = keyset.unit;
  scanned.next_counter = first;
  std::uint32_t counter = first;
  for (int empty = 0; empty < (scanned.next_counter == first ? depth.at_first : depth.afterwards);) {
    const std::vector<cashu::Amount> any(kBatch, cashu::Amount(1));
    const auto asked = cashu::make_outputs(any, keyset, wallet_.seed, counter);
    if (!asked) co_return asked.error();
    counter = asked->back().counter + 1;
    auto reply = co_await desk.client().restore(*asked);
    if (!reply) co_return reply.error();
    const std::vector<cashu::Output> signed_outputs = cashu::with_signed_amounts(*asked, *reply);
    empty = signed_outputs.empty() ? empty + 1 : 0;
    if (signed_outputs.empty()) continue;
    const auto restored = cashu::finish_restore(signed_outputs, keyset, *reply);
    if (!restored) co_return restored.error();
    scanned.next_counter = signed_outputs.back().counter + 1;
    std::vector<WalletBook::Found> found;
    std::vector<crypto::Point> ys;
    for (std::size_t i = 0; i < signed_outputs.size(); ++i) {
      found.push_back({restored->proofs[i], signed_outputs[i].counter});
      ys.push_back(cashu::proof_y(restored->proofs[i]));
    }
    const auto states = co_await desk.client().check_state(ys);
    if (!states) co_return states.error();
    if (const auto sorted = sort_by_state(found, *states, scanned); !sorted) co_return sorted.error();
  }
  co_return scanned;
}

net::Task<util::Result<>> RestoreScan::make_sure_of_counters(MintDesk& desk, const cashu::Keyset& active) {
  if (sure_.contains(active.id)) co_return util::Result<>();
  const cashu::Keyset keyset = active;  // the list may be read anew while we wait
  if (!desk.info().restores) {
    util::log_warning("a mint offers no restore (NUT-09): whether this wallet's counters are right cannot be checked there",
                      {{"PAYGRESS_MINT", desk.url().text()}});
    sure_.insert(keyset.id);
    co_return util::Result<>();
  }
  const std::uint32_t next = wallet_.proofs.next_counter(keyset.id);
  // An older life has used the next counter, or one soon after it.
  const auto scanned = co_await scan(desk, keyset, next, kToNotice);
  if (!scanned) co_return scanned.error();
  if (scanned->next_counter > next) {
    store::Transaction transaction(wallet_.database);
    const cashu::Amount new_money = bring_in(desk.url().text(), *scanned, desk.now());
    transaction.commit();
    util::log_error(
        "the wallet's counters were behind the mint's memory (was the database lost, or restored from a copy?); they are repaired, "
        "and unspent money was set apart (paygressctl wallet restore takes it in)",
        {{"PAYGRESS_MINT", desk.url().text()}, {"PAYGRESS_AMOUNT", new_money.text()}, {"PAYGRESS_UNIT", keyset.unit}},
        message_id::kCountersRepaired);
  }
  sure_.insert(keyset.id);
  co_return util::Result<>();
}

std::set<std::string> RestoreScan::secrets_under_way() {
  std::set<std::string> secrets;
  for (const SwapKind kind : {SwapKind::claim, SwapKind::reclaim, SwapKind::split, SwapKind::sweep})
    for (const std::string& id : wallet_.swaps.open(kind)) {
      const std::vector<Generation> generations = wallet_.swaps.generations(id);
      for (const Generation& generation : generations)
        for (const cashu::Output& output : generation.outputs) secrets.insert(output.secret);
    }
  for (const std::string& id : wallet_.payouts.open()) {
    const PayoutWork work = wallet_.payouts.work(id);
    for (const cashu::Output& blank : work.blanks) secrets.insert(blank.secret);
  }
  return secrets;
}

cashu::Amount RestoreScan::bring_in(const std::string& mint, const ScannedKeyset& scanned, util::Time now) {
  const std::set<std::string> under_way = secrets_under_way();
  std::vector<WalletBook::Found> unclaimed;
  for (const WalletBook::Found& found : scanned.unspent)
    if (!under_way.contains(found.proof.secret)) unclaimed.push_back(found);
  const cashu::Amount sum = wallet_.proofs.insert_found("restored", mint, scanned.unit, unclaimed, kFound);
  wallet_.proofs.set_next_counter(scanned.keyset, scanned.next_counter);
  wallet_.proofs.set_signed(scanned.keyset, scanned.next_counter);
  wallet_.ledger.post({"restored", Account::proofs, Account::found, mint, scanned.unit, sum, scanned.keyset}, now);
  return sum;
}

std::vector<cashu::Proof> RestoreScan::claimed_before(const std::string& order_id, const MintDesk& desk, const std::string& unit,
                                                      cashu::Amount net) {
  if (net.is_zero()) return {};
  const std::map<std::string, WalletBook::Amounts> found_of = wallet_.proofs.found(kFound, desk.url().text(), unit);
  const cashu::Placement placement(wallet_.seed, order_id);
  for (const auto& [keyset_id, found] : found_of) {
    const auto keyset = cashu::find_keyset(desk.keysets(), keyset_id);
    if (!keyset) continue;
    cashu::Amount amount = net;
    for (int lives = 0; lives < kMostLives; ++lives) {
      const auto amounts = cashu::Placement::split(amount, **keyset);
      if (!amounts) break;
      const std::vector<std::uint32_t> counters = placed(found, *amounts, placement.places(amounts->size()));
      if (!counters.empty()) return wallet_.proofs.found_at(kFound, keyset_id, counters);
      // It may have been forgotten before: then it was claimed once more, for a fee.
      const auto fee = cashu::input_fee(amounts->size(), **keyset);
      const auto left = fee ? cashu::subtract(amount, *fee) : fee;
      if (!left || left->is_zero()) break;
      amount = *left;
    }
  }
  return {};
}

}  // namespace paygress::provider

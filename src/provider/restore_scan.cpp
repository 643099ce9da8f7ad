#include "provider/restore_scan.h"

#include <algorithm>

#include "cashu/swap.h"
#include "provider/message_ids.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

constexpr std::uint32_t kBatch = 100;  // NUT-13

util::Result<> sort_by_state(const std::vector<cashu::Proof>& proofs, const std::vector<cashu::ProofState>& states,
                             ScannedKeyset& scanned) {
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    if (states[i] == cashu::ProofState::spent) {
      ++scanned.spent_count;
      continue;
    }
    const bool unspent = states[i] == cashu::ProofState::unspent;
    cashu::Amount& sum = unspent ? scanned.unspent_sum : scanned.pending_sum;
    const auto more = cashu::add(sum, proofs[i].amount);
    if (!more) return more.error();
    sum = *more;
    if (unspent) scanned.unspent.push_back(proofs[i]);
  }
  return {};
}

}  // namespace

net::Task<util::Result<ScannedKeyset>> RestoreScan::scan(MintDesk& desk, cashu::Keyset keyset, std::uint32_t first,
                                                         int empty_batches) {
  ScannedKeyset scanned;
  scanned.keyset = keyset.id;
  scanned.unit = keyset.unit;
  scanned.next_counter = first;
  std::uint32_t counter = first;
  for (int empty = 0; empty < empty_batches;) {
    const std::vector<cashu::Amount> any(kBatch, cashu::Amount(1));
    const auto asked = cashu::make_outputs(any, keyset, wallet_.seed, counter);
    if (!asked) co_return asked.error();
    counter = asked->back().counter + 1;
    auto reply = co_await desk.client().restore(*asked);
    if (!reply) co_return reply.error();
    const std::vector<cashu::Output> signed_outputs = cashu::with_signed_amounts(*asked, *reply);
    empty = signed_outputs.empty() ? empty + 1 : 0;
    if (signed_outputs.empty()) continue;
    const auto found = cashu::finish_restore(signed_outputs, keyset, *reply);
    if (!found) co_return found.error();
    scanned.next_counter = signed_outputs.back().counter + 1;
    std::vector<crypto::Point> ys;
    for (const cashu::Proof& proof : found->proofs) ys.push_back(cashu::proof_y(proof));
    const auto states = co_await desk.client().check_state(ys);
    if (!states) co_return states.error();
    if (const auto sorted = sort_by_state(found->proofs, *states, scanned); !sorted) co_return sorted.error();
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
  // One batch is enough to notice, for an older life has used the next counter, or one soon after it.
  auto scanned = co_await scan(desk, keyset, next, 1);
  if (scanned && scanned->next_counter > next) scanned = co_await scan(desk, keyset, next, 3);
  if (!scanned) co_return scanned.error();
  if (scanned->next_counter > next) {
    const cashu::Amount new_money = bring_in(desk.url().text(), *scanned, desk.now());
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
  for (const SwapKind kind : {SwapKind::claim, SwapKind::split, SwapKind::sweep})
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
  std::vector<cashu::Proof> unclaimed;
  for (const cashu::Proof& proof : scanned.unspent)
    if (!under_way.contains(proof.secret)) unclaimed.push_back(proof);
  store::Transaction transaction(wallet_.database);
  const cashu::Amount sum = wallet_.proofs.insert("restored", mint, scanned.unit, unclaimed, kFound);
  wallet_.proofs.set_next_counter(scanned.keyset, scanned.next_counter);
  wallet_.ledger.post({"restored", Account::proofs, Account::found, mint, scanned.unit, sum, scanned.keyset}, now);
  transaction.commit();
  return sum;
}

}  // namespace paygress::provider

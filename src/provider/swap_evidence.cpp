// The second half of the swap desk: what a mint's silence, error or lie may mean, asked at the mint itself (NUT-07, NUT-09).
#include <algorithm>

#include "cashu/swap.h"
#include "provider/message_ids.h"
#include "provider/swap_tries.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

// A mint that refuses a customer's token without a reason that one can act on is asked again for this long, and this often.
constexpr auto kRefusalPatience = 15min;
constexpr int kFewestRefusals = 10;
// A copy of the request that got no answer is not on its way any more after this: proxies wait for less.
constexpr auto kCopiesLive = 5min;
// So often it may be a mishap; then the keysets are read again, for nutshell has no word for a fee that has changed (11000).
constexpr int kMishaps = 3;

util::Error refused(const char* code, const char* message) { return {util::Errc::refused, message, code}; }

util::Error spent_elsewhere() { return refused("token_spent", "The mint says that this token was already spent."); }

// cdk's word for a witness that does not satisfy a lock; NUT-20 gave the number to signatures that a swap does not have.
constexpr int kWitnessRefused = 20008;

cashu::FaultClass classify_for_swap(const util::Error& said, std::string_view version) {
  const auto fault = cashu::fault_of(said);
  if (fault && fault->code == kWitnessRefused) return cashu::FaultClass::final_payer;
  return cashu::classify(said, version);
}

// What the mint itself says is wrong with the inputs; nothing when it only says that they are spent, or passes judgement on us.
std::optional<util::Error> named_by_mint(const std::optional<util::Error>& said, std::string_view version) {
  if (!said || classify_for_swap(*said, version) != cashu::FaultClass::final_payer) return std::nullopt;
  const auto fault = cashu::fault_of(*said);
  if (!fault || fault->code == 11001) return std::nullopt;
  if (fault->code == 10001) return refused("token_forged", "The mint says that it did not sign this token.");
  if (fault->code == kWitnessRefused)
    return refused("token_locked", "The mint does not read this token's lock as one that our signature opens.");
  if (fault->code == 12001 || fault->code == 12003)
    return refused("keyset_not_supported", "The mint does not take this token's keyset any more.");
  return refused("token_refused", "The mint refused this token.");
}

// The mint's memory of our outputs. They are ours of this swap if all of them were signed, and for our amounts; any other signature
// was given to an older life of this wallet that has used the same counters.
util::Result<cashu::Restored> recognise(const Generation& generation, const util::Json& reply) {
  const std::vector<cashu::Output> signed_outputs = cashu::with_signed_amounts(generation.outputs, reply);
  auto restored = cashu::finish_restore(signed_outputs, generation.keyset, reply);
  if (!restored) return restored;
  const bool ours = std::equal(signed_outputs.begin(), signed_outputs.end(), generation.outputs.begin(), generation.outputs.end(),
                               [](const auto& a, const auto& b) { return a.counter == b.counter && a.amount == b.amount; });
  if (!signed_outputs.empty()) restored->coverage = ours ? cashu::Coverage::all : cashu::Coverage::some;
  return restored;
}

}  // namespace

struct SwapDesk::Evidence {
  cashu::Evidence pair;
  std::optional<Generation> generation;  // the one whose outputs the mint has signed
  std::vector<cashu::Proof> restored;
};

net::Task<SwapDesk::Evidence> SwapDesk::ask_for_evidence(const Swap& swap, std::optional<cashu::FaultClass> said,
                                                         bool asked_before) {
  MintDesk& desk = mints_.get(swap.mint);
  Evidence evidence;
  evidence.pair.said = said;
  evidence.pair.asked_before = asked_before;
  std::vector<crypto::Point> ys;
  for (const cashu::Proof& proof : swap.inputs) ys.push_back(cashu::proof_y(proof));
  auto states = co_await desk.client().check_state(ys);
  if (states) evidence.pair.inputs = cashu::summarize(*states);
  // Without NUT-09 nobody can say what was signed; but a swap takes its inputs with it.
  if (desk.known() && !desk.info().restores && evidence.pair.inputs == cashu::InputStates::all_unspent) {
    evidence.pair.outputs = cashu::Coverage::none;
    co_return evidence;
  }
  // An earlier generation may have run after all: all of them are asked for, the newest first.
  const std::vector<Generation> generations = wallet_.swaps.generations(swap.id);
  for (const Generation& generation : generations) {
    auto reply = co_await desk.client().restore(generation.outputs);
    const auto found = reply ? recognise(generation, *reply) : util::Result<cashu::Restored>(reply.error());
    if (!found) {
      evidence.pair.outputs.reset();
      break;
    }
    evidence.pair.outputs = found->coverage;
    if (found->coverage == cashu::Coverage::none) continue;
    evidence.generation = generation;
    evidence.restored = found->proofs;
    break;
  }
  co_return evidence;
}

net::Task<bool> SwapDesk::decide_on_evidence(const Swap& swap, const Ending& ending, const std::optional<util::Error>& said,
                                             Tries& tries) {
  const std::string version = mints_.get(swap.mint).info().version;
  std::optional<cashu::FaultClass> fault;
  if (said) fault = classify_for_swap(*said, version);
  for (int round = 0; round < 2; ++round) {
    const bool asked_before = round == 1;
    const Evidence evidence = co_await ask_for_evidence(swap, fault, asked_before);
    switch (cashu::decide(evidence.pair)) {
      case cashu::Decision::finish: settle(swap, *evidence.generation, evidence.restored, ending); co_return true;
      case cashu::Decision::reject_final: {
        // The evidence says only that the inputs were not taken; why, the mint has said.
        const bool untouched = evidence.pair.inputs == cashu::InputStates::all_unspent;
        const auto named = untouched ? named_by_mint(said, version) : std::nullopt;
        give_up(swap, named.value_or(untouched ? refused("token_refused", "The mint refused this token.") : spent_elsewhere()),
                ending);
        co_return true;
      }
      case cashu::Decision::ask_again: continue;
      case cashu::Decision::resend_same:
      case cashu::Decision::new_generation: co_return co_await after_refusal(swap, ending, said, tries);
      case cashu::Decision::wait:
        if (evidence.pair.inputs == cashu::InputStates::any_pending) tries.why = "token_pending";
        co_return false;
      case cashu::Decision::new_generation_import: co_await import_older_life(swap, evidence.generation->number); co_return false;
      case cashu::Decision::hold_alarm:
        util::log_error("a mint contradicts itself about a swap; it is kept",
                        {{"PAYGRESS_MINT", swap.mint}, {"PAYGRESS_SWAP", swap.id}}, message_id::kMintContradicts);
        if (evidence.pair.inputs != cashu::InputStates::all_unspent || evidence.pair.outputs != cashu::Coverage::none)
          co_return false;
        co_return co_await after_refusal(swap, ending, said, tries);
    }
  }
  co_return false;
}

// Nothing has happened, and the same bytes can succeed. True: it is over all the same, for the mint will not have them.
net::Task<bool> SwapDesk::after_refusal(const Swap& swap, const Ending& ending, const std::optional<util::Error>& said,
                                        Tries& tries) {
  if (!tries.refused) co_return false;
  ++tries.refusals;
  const std::string version = mints_.get(swap.mint).info().version;
  const bool is_stale = said && cashu::classify(*said, version) == cashu::FaultClass::refresh;
  bool keyset_gone = false;
  if (is_stale || tries.refusals >= kMishaps) {
    const Renewal renewal = co_await renew_outputs(swap);
    keyset_gone = renewal == Renewal::inputs_unknown;
    if (renewal == Renewal::done) tries.refusals = 0;
    if (renewal == Renewal::done) co_return false;
    if (renewal == Renewal::too_dear) {
      give_up(swap, refused("token_refused", "The mint's fee has risen beyond what this token is worth."), ending);
      co_return true;
    }
  }
  // Our own money waits for as long as it takes; a customer wants to know.
  const net::SteadyTime now = clock_.steady_now();
  if (swap.kind != SwapKind::claim || now - tries.unanswered_at < kCopiesLive) co_return false;
  if (keyset_gone) {
    give_up(swap, refused("keyset_not_supported", "The mint does not know this token's keyset any more."), ending,
            SwapState::abandoned);
    co_return true;
  }
  if (tries.refusals < kFewestRefusals || now - tries.began < kRefusalPatience) co_return false;
  util::log_warning("a mint refuses a token without end and says that it is unspent; the order is given up, the token untouched",
                    {{"PAYGRESS_MINT", swap.mint}, {"PAYGRESS_SWAP", swap.id}, {"PAYGRESS_REASON", said ? said->message : ""}},
                    message_id::kClaimOpen);
  give_up(swap,
          refused("token_refused",
                  "The mint refuses this token again and again, and says that it is unspent. It was not touched; see whether your "
                  "wallet can still swap it."),
          ending, SwapState::abandoned);
  co_return true;
}

// Where the mint cannot sign the present outputs (their keyset was rotated away, or the fee has changed), it gets new ones, with new
// counters. The old ones stay in the journal: should they have been signed after all, they are found.
net::Task<SwapDesk::Renewal> SwapDesk::renew_outputs(const Swap& swap) {
  MintDesk& desk = mints_.get(swap.mint);
  if (const auto read = co_await desk.refresh(); !read) co_return Renewal::not_needed;
  const cashu::Keyset* active = desk.active(swap.unit);
  const auto fee = cashu::input_fee(swap.inputs, desk.keysets());
  if (!fee) co_return Renewal::inputs_unknown;
  if (active == nullptr) co_return Renewal::not_needed;
  // A fee that rose meanwhile is the operator's loss: the customer was promised a price.
  const auto net = cashu::subtract(swap.face, *fee);
  if (!net) co_return Renewal::too_dear;
  const Generation present = wallet_.swaps.generations(swap.id).front();
  cashu::Amount sum;
  for (const cashu::Output& output : present.outputs) sum = cashu::add(sum, output.amount).value();
  if (present.keyset.id == active->id && sum == *net) co_return Renewal::not_needed;
  {
    store::Transaction transaction(wallet_.database);
    if (!plan(swap, present.number + 1, *active, *net)) co_return Renewal::too_dear;
    transaction.commit();
  }
  util::log_notice("a swap continues with new outputs", {{"PAYGRESS_SWAP", swap.id}, {"PAYGRESS_MINT", swap.mint}});
  co_return Renewal::done;
}

// The mint has signed our outputs, but not for these inputs: their counters were used before (a database that was rolled back to
// a copy). That is money of ours. The outputs must not stand for this swap any more, or an old signature would pass for its success.
net::Task<> SwapDesk::import_older_life(const Swap& swap, int number) {
  MintDesk& desk = mints_.get(swap.mint);
  const std::vector<Generation> generations = wallet_.swaps.generations(swap.id);
  const auto reused = std::find_if(generations.begin(), generations.end(),
                                   [number](const Generation& generation) { return generation.number == number; });
  const auto lowest = std::min_element(reused->outputs.begin(), reused->outputs.end(),
                                       [](const auto& a, const auto& b) { return a.counter < b.counter; });
  // The older life's outputs may lie before ours, in other places of the same room.
  const std::uint32_t first = lowest->counter - lowest->counter % cashu::Placement::kRoom;
  const auto scanned = co_await scan_.scan(desk, reused->keyset, first, RestoreScan::kToRepair);
  if (!scanned) co_return;
  const cashu::Keyset* active = desk.active(swap.unit);
  const auto net = cashu::subtract(swap.face, swap.fee);
  if (active == nullptr || !net) co_return;
  {
    store::Transaction transaction(wallet_.database);
    // All or nothing: with its counters moved and the money not brought in, nobody would look for it again.
    wallet_.swaps.drop_generation(swap.id, number);
    scan_.bring_in(swap.mint, *scanned, clock_.now());
    if (!plan(swap, generations.front().number + 1, *active, *net)) co_return;
    transaction.commit();
  }
  util::log_error(
      "the wallet's counters were behind the mint's memory (was the database restored from a copy?); they are repaired, and "
      "unspent money was set apart (paygressctl wallet restore takes it in)",
      {{"PAYGRESS_MINT", swap.mint}}, message_id::kCountersRepaired);
}

}  // namespace paygress::provider

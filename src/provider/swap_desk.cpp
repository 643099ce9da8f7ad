#include "provider/swap_desk.h"

#include <algorithm>

#include "cashu/swap.h"
#include "provider/message_ids.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstPause = 500ms;
constexpr std::chrono::milliseconds kLongestPause = 60s;
constexpr std::chrono::milliseconds kTellAfter = 5s;  // longer than this, the customer gets a word
constexpr int kAlarmAfter = 30;                       // attempts; with the pauses above, about half an hour

util::Error refused(const char* code, const char* message) { return {util::Errc::refused, message, code}; }

util::Error spent_elsewhere() { return refused("token_spent", "The mint says that this token was already spent."); }

// What the mint itself says is wrong with the inputs; nothing when it only says that they are spent, or passes judgement on us.
std::optional<util::Error> named_by_mint(const std::optional<util::Error>& said, std::string_view version) {
  if (!said || cashu::classify(*said, version) != cashu::FaultClass::final_payer) return std::nullopt;
  const auto fault = cashu::fault_of(*said);
  if (!fault || fault->code == 11001) return std::nullopt;
  if (fault->code == 10001) return refused("token_forged", "The mint says that it did not sign this token.");
  if (fault->code == 12001 || fault->code == 12003)
    return refused("keyset_not_supported", "The mint does not take this token's keyset any more.");
  return refused("token_refused", "The mint refused this token.");
}

// The outputs that stay, and those that leave the house.
struct Divided {
  std::vector<cashu::Proof> kept, given;
};

Divided divide(const Generation& generation, std::vector<cashu::Proof> proofs) {
  Divided divided;
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    const bool leaves = std::find(generation.given.begin(), generation.given.end(), i) != generation.given.end();
    (leaves ? divided.given : divided.kept).push_back(std::move(proofs[i]));
  }
  return divided;
}

}  // namespace

struct SwapDesk::Evidence {
  cashu::Evidence pair;
  std::optional<Generation> generation;  // the one whose outputs the mint has signed
  std::vector<cashu::Proof> restored;
};

SwapDesk::SwapDesk(net::Clock& clock, crypto::RandomSource& random, Mints& mints, Wallet& wallet, RestoreScan& scan)
    : clock_(clock), random_(random), mints_(mints), wallet_(wallet), scan_(scan) {}

util::Result<> SwapDesk::journal(const Swap& swap) {
  const cashu::Keyset* active = mints_.get(swap.mint).active(swap.unit);
  if (active == nullptr) return util::Error{util::Errc::unavailable, "the mint has no active keyset now", "mint_unreachable"};
  const auto net = cashu::subtract(swap.face, swap.fee);
  if (!net) return net.error();
  if (!wallet_.swaps.insert(swap, clock_.now()))
    return refused("token_spent", "This token, or a part of it, was already sent in another order.");
  return plan(swap, 1, *active, *net);
}

util::Result<> SwapDesk::plan(const Swap& swap, int generation, const cashu::Keyset& active, cashu::Amount net) {
  const std::uint32_t first = wallet_.proofs.next_counter(active.id);
  util::Result<cashu::SwapPlan> plan = util::Error{};
  if (swap.kind == SwapKind::split) {
    const auto keeps = cashu::subtract(net, swap.gives);
    if (!keeps) return keeps.error();
    plan = cashu::plan_split(swap.inputs, swap.gives, *keeps, active, wallet_.seed, first, random_);
  } else {
    plan = cashu::plan_swap(swap.inputs, net, active, wallet_.seed, first, &wallet_.locking_key);
  }
  if (!plan) return plan.error();
  wallet_.swaps.add_generation(swap.id, {generation, active, plan->outputs, plan->given, plan->body});
  wallet_.proofs.set_next_counter(active.id, plan->next_counter);
  return {};
}

net::Task<> SwapDesk::finish(std::string swap_id, Ending ending) {
  const Swap swap = wallet_.swaps.find(swap_id).value();
  const net::SteadyTime began = clock_.steady_now();
  std::chrono::milliseconds pause = kFirstPause;
  for (int attempts = 1;; ++attempts) {
    std::string why;
    const bool over = co_await attempt(swap, ending, why);
    if (over) co_return;
    if (clock_.steady_now() - began >= kTellAfter || attempts >= 3) ending.delayed(why);
    if (attempts == kAlarmAfter)
      util::log_error("a swap is open for long: the mint has neither taken nor given back its inputs; nothing is lost, it goes on",
                      {{"PAYGRESS_SWAP", swap_id}, {"PAYGRESS_MINT", swap.mint}, {"PAYGRESS_REASON", why}}, message_id::kClaimOpen);
    const std::chrono::milliseconds wait =
        pause / 2 + std::chrono::milliseconds(crypto::random_below(random_, static_cast<std::uint64_t>(pause.count())));
    co_await clock_.sleep_for(wait);
    pause = std::min(pause * 2, kLongestPause);
  }
}

// One attempt: send, and if that did not settle it, ask for evidence and act on it. False: not over yet.
net::Task<bool> SwapDesk::attempt(const Swap& swap, const Ending& ending, std::string& why) {
  MintDesk& desk = mints_.get(swap.mint);
  const Generation generation = wallet_.swaps.generations(swap.id).front();
  auto reply = co_await desk.client().swap(generation.body);
  std::optional<util::Error> said;
  if (reply) {
    const auto policy = desk.info().proves_signatures ? cashu::DleqPolicy::required : cashu::DleqPolicy::if_present;
    const auto proofs = cashu::finish_swap(generation.outputs, generation.keyset, *reply, policy);
    if (proofs) {
      settle(swap, generation, *proofs, ending);
      co_return true;
    }
    util::log_error("a mint's reply to a swap does not hold; the swap is kept and restored",
                    {{"PAYGRESS_MINT", swap.mint}, {"PAYGRESS_SWAP", swap.id}, {"PAYGRESS_REASON", proofs.error().message}},
                    message_id::kMintContradicts);
    why = "mint_slow";
  } else {
    said = reply.error();
    why = said->kind == util::Errc::unavailable ? "mint_unreachable" : "mint_slow";
  }
  co_return co_await decide_on_evidence(swap, ending, said, why);
}

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
  // An earlier generation may have run after all: all of them are asked for, the newest first.
  const std::vector<Generation> generations = wallet_.swaps.generations(swap.id);
  for (const Generation& generation : generations) {
    auto reply = co_await desk.client().restore(generation.outputs);
    const auto found =
        reply ? cashu::finish_restore(generation.outputs, generation.keyset, *reply) : util::Result<cashu::Restored>(reply.error());
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
                                             std::string& why) {
  const std::string version = mints_.get(swap.mint).info().version;
  std::optional<cashu::FaultClass> fault;
  if (said) fault = cashu::classify(*said, version);
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
      case cashu::Decision::resend_same: co_return false;
      case cashu::Decision::wait:
        if (evidence.pair.inputs == cashu::InputStates::any_pending) why = "token_pending";
        co_return false;
      case cashu::Decision::new_generation: co_return co_await renew_outputs(swap, ending);
      case cashu::Decision::new_generation_import: co_await import_older_life(swap, evidence.generation->number); co_return false;
      case cashu::Decision::hold_alarm:
        util::log_error("a mint contradicts itself about a swap; it is kept",
                        {{"PAYGRESS_MINT", swap.mint}, {"PAYGRESS_SWAP", swap.id}}, message_id::kMintContradicts);
        co_return false;
    }
  }
  co_return false;
}

// The mint will never sign the present outputs (their keyset was rotated away, or the fee has changed): new ones, with new
// counters. The old ones stay in the journal: should they have been signed after all, they are found.
net::Task<bool> SwapDesk::renew_outputs(const Swap& swap, const Ending& ending) {
  MintDesk& desk = mints_.get(swap.mint);
  if (const auto read = co_await desk.refresh(); !read) co_return false;
  const cashu::Keyset* active = desk.active(swap.unit);
  const auto fee = cashu::input_fee(swap.inputs, desk.keysets());
  if (active == nullptr || !fee) co_return false;
  // A fee that rose meanwhile is the operator's loss: the customer was promised a price.
  const auto net = cashu::subtract(swap.face, *fee);
  bool planned = false;
  if (net) {
    store::Transaction transaction(wallet_.database);
    const int number = wallet_.swaps.generations(swap.id).front().number + 1;
    planned = plan(swap, number, *active, *net).has_value();
    if (planned) transaction.commit();
  }
  if (planned) {
    util::log_notice("a swap continues with new outputs", {{"PAYGRESS_SWAP", swap.id}, {"PAYGRESS_MINT", swap.mint}});
    co_return false;
  }
  // The new fee leaves nothing of it.
  give_up(swap, refused("token_refused", "The mint's fee has risen beyond what this token is worth."), ending);
  co_return true;
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
  const auto scanned = co_await scan_.scan(desk, reused->keyset, lowest->counter, 3);
  if (!scanned) co_return;
  const cashu::Keyset* active = desk.active(swap.unit);
  const auto net = cashu::subtract(swap.face, swap.fee);
  if (active == nullptr || !net) co_return;
  {
    store::Transaction transaction(wallet_.database);
    wallet_.swaps.drop_generation(swap.id, number);
    wallet_.proofs.set_next_counter(scanned->keyset, scanned->next_counter);
    if (!plan(swap, generations.front().number + 1, *active, *net)) co_return;
    transaction.commit();
  }
  scan_.bring_in(swap.mint, *scanned, clock_.now());
  util::log_error(
      "the wallet's counters were behind the mint's memory (was the database restored from a copy?); they are repaired, and "
      "unspent money was set apart (paygressctl wallet restore takes it in)",
      {{"PAYGRESS_MINT", swap.mint}}, message_id::kCountersRepaired);
}

void SwapDesk::settle(const Swap& swap, const Generation& generation, std::vector<cashu::Proof> proofs, const Ending& ending) {
  const cashu::Amount got = cashu::total(proofs).value();
  const Divided divided = divide(generation, std::move(proofs));
  store::Transaction transaction(wallet_.database);
  // A customer's money is set apart until his order is done: it may have to go back to him.
  const std::optional<std::string> user = swap.kind == SwapKind::claim ? std::optional(swap.id) : std::nullopt;
  wallet_.proofs.insert(swap.id, swap.mint, swap.unit, divided.kept, user);
  if (swap.kind != SwapKind::claim) wallet_.proofs.spend(swap.id);
  wallet_.swaps.set_state(swap.id, SwapState::done);
  post_fees(swap, cashu::subtract(swap.face, got).value());
  ending.done(swap, divided.kept, divided.given);
  transaction.commit();
}

// The customer bears the fee that he was told of. With new outputs it may have changed since: the difference is the operator's, as
// is the fee for moving his own money.
void SwapDesk::post_fees(const Swap& swap, cashu::Amount fee) {
  const auto post = [&](const char* what, Account debit, Account credit, std::uint64_t amount) {
    wallet_.ledger.post({what, debit, credit, swap.mint, swap.unit, cashu::Amount(amount), swap.id}, clock_.now());
  };
  if (swap.kind != SwapKind::claim) return post("input fee", Account::mint_fees, Account::proofs, fee.value());
  const std::uint64_t promised = swap.fee.value();
  post("claim", Account::proofs, Account::orders, swap.face.value());
  post("input fee", Account::orders, Account::proofs, promised);
  if (fee.value() > promised) post("input fee", Account::mint_fees, Account::proofs, fee.value() - promised);
  if (fee.value() < promised) post("input fee", Account::proofs, Account::mint_fees, promised - fee.value());
}

void SwapDesk::give_up(const Swap& swap, const util::Error& reason, const Ending& ending) {
  store::Transaction transaction(wallet_.database);
  wallet_.swaps.set_state(swap.id, SwapState::refused);
  wallet_.swaps.free_inputs(swap.id);
  wallet_.proofs.release(swap.id);
  ending.refused(swap, reason);
  transaction.commit();
}

}  // namespace paygress::provider

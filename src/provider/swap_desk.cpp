#include "provider/swap_desk.h"

#include <algorithm>

#include "cashu/swap.h"
#include "provider/message_ids.h"
#include "provider/swap_tries.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstPause = 500ms;
constexpr std::chrono::milliseconds kLongestPause = 60s;
constexpr std::chrono::milliseconds kTellAfter = 5s;  // longer than this, the customer gets a word
constexpr int kAlarmAfter = 30;                       // attempts; with the pauses above, about half an hour

// What comes of it is a customer's until his order is done, and lies where his order's money is looked for (cashu::Placement).
bool is_customers(SwapKind kind) { return kind == SwapKind::claim || kind == SwapKind::reclaim; }

bool leaves(const Generation& generation, std::size_t output) {
  return std::find(generation.given.begin(), generation.given.end(), output) != generation.given.end();
}

// The outputs that stay, and those that leave the house.
struct Divided {
  std::vector<cashu::Proof> kept, given;
};

Divided divide(const Generation& generation, std::vector<cashu::Proof> proofs) {
  Divided divided;
  for (std::size_t i = 0; i < proofs.size(); ++i)
    (leaves(generation, i) ? divided.given : divided.kept).push_back(std::move(proofs[i]));
  return divided;
}

// Past the last counter of those that stay.
std::uint32_t end_of_kept(const Generation& generation) {
  std::uint32_t end = 0;
  for (std::size_t i = 0; i < generation.outputs.size(); ++i)
    if (!leaves(generation, i)) end = std::max(end, generation.outputs[i].counter + 1);
  return end;
}

}  // namespace

SwapDesk::SwapDesk(net::Clock& clock, crypto::RandomSource& random, Mints& mints, Wallet& wallet, RestoreScan& scan)
    : clock_(clock), random_(random), mints_(mints), wallet_(wallet), scan_(scan) {}

util::Result<> SwapDesk::journal(const Swap& swap) {
  const cashu::Keyset* active = mints_.get(swap.mint).active(swap.unit);
  if (active == nullptr) return util::Error{util::Errc::unavailable, "the mint has no active keyset now", "mint_unreachable"};
  const auto net = cashu::subtract(swap.face, swap.fee);
  if (!net) return net.error();
  if (!wallet_.swaps.insert(swap, clock_.now()))
    return util::Error{util::Errc::refused, "This token, or a part of it, was already sent in another order.", "token_spent"};
  // Another order had the same token, and the mint refused it until we gave up: if it has run after all, it has run for this one.
  const int earlier = swap.kind == SwapKind::claim ? wallet_.swaps.take_over_abandoned(swap) : 0;
  return plan(swap, earlier + 1, *active, *net);
}

util::Result<> SwapDesk::plan(const Swap& swap, int generation, const cashu::Keyset& active, cashu::Amount net) {
  const std::uint32_t first = wallet_.proofs.next_counter(active.id);
  util::Result<cashu::SwapPlan> plan = util::Error{};
  if (swap.kind == SwapKind::split) {
    const auto keeps = cashu::subtract(net, swap.gives);
    if (!keeps) return keeps.error();
    plan = cashu::plan_split(swap.inputs, swap.gives, *keeps, active, wallet_.seed, first, random_);
  } else {
    const cashu::Placement placement(wallet_.seed, swap.id);
    plan = cashu::plan_swap(swap.inputs, net, active, wallet_.seed, first, &wallet_.locking_key,
                            is_customers(swap.kind) ? &placement : nullptr);
  }
  if (!plan) return plan.error();
  wallet_.swaps.add_generation(swap.id, {generation, active, plan->outputs, plan->given, plan->body});
  wallet_.proofs.set_next_counter(active.id, plan->next_counter);
  return {};
}

net::Task<> SwapDesk::finish(std::string swap_id, Ending ending) {
  const Swap swap = wallet_.swaps.find(swap_id).value();
  // A copy that the program sent before it was ended may still be on its way.
  Tries tries{clock_.steady_now(), clock_.steady_now()};
  std::chrono::milliseconds pause = kFirstPause;
  for (int attempts = 1;; ++attempts) {
    const bool over = co_await attempt(swap, ending, tries);
    if (over) co_return;
    const std::string& why = tries.why;
    if (clock_.steady_now() - tries.began >= kTellAfter || attempts >= 3) ending.delayed(why);
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
net::Task<bool> SwapDesk::attempt(const Swap& swap, const Ending& ending, Tries& tries) {
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
    tries.why = "mint_slow";
    tries.refused = true;
  } else {
    said = reply.error();
    tries.why = said->kind == util::Errc::unavailable ? "mint_unreachable" : "mint_slow";
    tries.refused = is_refusal(*said);
    if (may_be_on_its_way(*said)) tries.unanswered_at = clock_.steady_now();
  }
  co_return co_await decide_on_evidence(swap, ending, said, tries);
}

void SwapDesk::settle(const Swap& swap, const Generation& generation, std::vector<cashu::Proof> proofs, const Ending& ending) {
  const cashu::Amount got = cashu::total(proofs).value();
  const Divided divided = divide(generation, std::move(proofs));
  store::Transaction transaction(wallet_.database);
  // Inputs of our own; a claim has none.
  wallet_.proofs.spend(swap.id);
  // A customer's money is set apart until his order is done: it may have to go back to him.
  const std::optional<std::string> user = is_customers(swap.kind) ? std::optional(swap.id) : std::nullopt;
  wallet_.proofs.insert(swap.id, swap.mint, swap.unit, divided.kept, user);
  wallet_.proofs.set_signed(generation.keyset.id, end_of_kept(generation));
  wallet_.swaps.set_state(swap.id, SwapState::done);
  post_fees(swap, cashu::subtract(swap.face, got).value());
  ending.done(swap, divided.kept, divided.given);
  transaction.commit();
}

// The customer bears the fee that he was told of. With new outputs it may have changed since: the difference is the operator's, as
// is the fee for moving his own money, and that for what he had forgotten.
void SwapDesk::post_fees(const Swap& swap, cashu::Amount fee) {
  const auto post = [&](const char* what, Account debit, Account credit, std::uint64_t amount) {
    wallet_.ledger.post({what, debit, credit, swap.mint, swap.unit, cashu::Amount(amount), swap.id}, clock_.now());
  };
  if (swap.kind == SwapKind::reclaim) post("found again", Account::found, Account::orders, swap.face.value());
  if (swap.kind != SwapKind::claim) return post("input fee", Account::mint_fees, Account::proofs, fee.value());
  const std::uint64_t promised = swap.fee.value();
  post("claim", Account::proofs, Account::orders, swap.face.value());
  post("input fee", Account::orders, Account::proofs, promised);
  if (fee.value() > promised) post("input fee", Account::mint_fees, Account::proofs, fee.value() - promised);
  if (fee.value() < promised) post("input fee", Account::proofs, Account::mint_fees, promised - fee.value());
}

void SwapDesk::give_up(const Swap& swap, const util::Error& reason, const Ending& ending, SwapState state) {
  store::Transaction transaction(wallet_.database);
  wallet_.swaps.set_state(swap.id, state);
  wallet_.swaps.free_inputs(swap.id);
  if (swap.kind == SwapKind::reclaim) wallet_.proofs.reassign(swap.id, RestoreScan::kFound);
  wallet_.proofs.release(swap.id);
  ending.refused(swap, reason);
  transaction.commit();
}

}  // namespace paygress::provider

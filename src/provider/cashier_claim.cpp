// The second half of the cashier: a journalled claim on its way to certainty.
#include <algorithm>

#include "cashu/swap.h"
#include "provider/cashier.h"
#include "provider/message_ids.h"
#include "util/json.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstPause = 500ms;
constexpr std::chrono::milliseconds kLongestPause = 60s;
constexpr std::chrono::milliseconds kTellAfter = 5s;  // longer than this, the customer gets a word
constexpr int kAlarmAfter = 30;                       // attempts; with the pauses above, about half an hour

market::Refusal spent_elsewhere() {
  return {contract::ErrorType::invalid_token, "token_spent", "The mint says that this token was already spent.", {}, false};
}

market::Refusal refused_by_mint(const util::Error& error) {
  market::Refusal refusal{contract::ErrorType::invalid_token, "token_refused", "The mint refused this token.", {}, false};
  if (error.code == "mint_10001") refusal.code = "token_forged";
  if (error.code == "mint_12001" || error.code == "mint_12003") refusal.code = "keyset_not_supported";
  return refusal;
}

// Those of `asked` that the reply has a signature for, with the amount that was signed: a restore asks with any amount.
std::vector<cashu::Output> with_signed_amounts(const std::vector<cashu::Output>& asked, const util::Json& reply) {
  std::vector<cashu::Output> found;
  const util::Json* outputs = util::member(reply, "outputs");
  const util::Json* signatures = util::member(reply, "signatures");
  if (outputs == nullptr || signatures == nullptr || outputs->size() != signatures->size()) return found;
  for (const cashu::Output& output : asked)
    for (std::size_t i = 0; i < outputs->size(); ++i) {
      const auto amount = util::unsigned_at((*signatures)[i], "amount");
      if (!amount || util::string_at((*outputs)[i], "B_") != output.B_.hex()) continue;
      found.push_back(output);
      found.back().amount = cashu::Amount(*amount);
    }
  return found;
}

}  // namespace

MintDesk& Cashier::mint_of(const Claim& claim) {
  const cashu::MintUrl url = cashu::MintUrl::parse(claim.mint).value();
  if (MintDesk* desk = find_mint(url)) return *desk;
  util::throw_error(
      {util::Errc::internal,
       "a claim is open at " + claim.mint + ", which is no longer in WHITELISTED_MINTS; put it back until the claim is done", ""});
}

net::Task<ClaimOutcome> Cashier::claim(std::string order_id, std::function<void(std::string)> delayed) {
  const Claim claim = book_.find(order_id).value();
  if (claim.state == ClaimState::claimed) co_return ClaimOutcome{};
  if (claim.state == ClaimState::refused) co_return ClaimOutcome{spent_elsewhere()};
  const net::SteadyTime began = clock_.steady_now();
  std::chrono::milliseconds pause = kFirstPause;
  for (int attempts = 1;; ++attempts) {
    std::string why;
    // A mint that is silent for half a minute is slow, whatever it says then: the customer hears of it meanwhile.
    auto outcome = co_await attempt(claim, why);
    if (outcome) co_return *outcome;
    if (clock_.steady_now() - began >= kTellAfter || attempts >= 3) delayed(why);
    if (attempts == kAlarmAfter)
      util::log_error("a claim is open for long: the mint has neither taken nor given back a token; nothing is lost, it goes on",
                      {{"PAYGRESS_ORDER", order_id}, {"PAYGRESS_MINT", claim.mint}, {"PAYGRESS_REASON", why}},
                      message_id::kClaimOpen);
    std::chrono::milliseconds wait =
        pause / 2 + std::chrono::milliseconds(crypto::random_below(random_, static_cast<std::uint64_t>(pause.count())));
    if (const auto asked = mint_of(claim).client().retry_after())
      wait = std::max<std::chrono::milliseconds>(wait, std::min<std::chrono::seconds>(*asked, 10min));
    co_await clock_.sleep_for(wait);
    pause = std::min(pause * 2, kLongestPause);
  }
}

net::Task<std::optional<ClaimOutcome>> Cashier::attempt(const Claim& claim, std::string& why) {
  MintDesk& desk = mint_of(claim);
  const Generation generation = book_.generations(claim.order_id).front();
  auto reply = co_await desk.client().swap(generation.body);
  std::optional<cashu::FaultClass> said;
  if (reply) {
    const auto policy = desk.info().proves_signatures ? cashu::DleqPolicy::required : cashu::DleqPolicy::if_present;
    const auto proofs = cashu::finish_swap(generation.outputs, generation.keyset, *reply, policy);
    if (proofs) co_return settle(claim, *proofs);
    util::log_error(
        "a mint's reply to a swap does not hold; the claim is kept and restored",
        {{"PAYGRESS_MINT", claim.mint}, {"PAYGRESS_ORDER", claim.order_id}, {"PAYGRESS_REASON", proofs.error().message}},
        message_id::kMintContradicts);
    why = "mint_slow";
  } else {
    said = cashu::classify(reply.error(), desk.info().version);
    why = reply.error().kind == util::Errc::unavailable ? "mint_unreachable" : "mint_slow";
  }
  auto outcome = co_await decide_on_evidence(claim, desk, said, why);
  // The evidence says only that the token was not taken; why, the mint has said.
  if (outcome && outcome->refusal && !reply && said == cashu::FaultClass::final_payer && cashu::fault_of(reply.error()) &&
      cashu::fault_of(reply.error())->code != 11001)
    outcome->refusal = refused_by_mint(reply.error());
  co_return outcome;
}

net::Task<std::optional<ClaimOutcome>> Cashier::decide_on_evidence(const Claim& claim, MintDesk& desk,
                                                                   std::optional<cashu::FaultClass> said, std::string& why) {
  std::vector<crypto::Point> ys;
  for (const cashu::Proof& proof : claim.inputs) ys.push_back(cashu::proof_y(proof));
  cashu::Evidence evidence;
  evidence.said = said;
  for (int round = 0; round < 2; ++round) {
    evidence.asked_before = round > 0;
    evidence.inputs.reset();
    evidence.outputs.reset();
    std::vector<cashu::Proof> restored;
    auto states = co_await desk.client().check_state(ys);
    if (states) evidence.inputs = cashu::summarize(*states);
    // An earlier generation may have run after all: all of them are asked for, the newest first.
    for (const Generation& generation : book_.generations(claim.order_id)) {
      auto reply = co_await desk.client().restore(generation.outputs);
      if (!reply) break;
      const auto found = cashu::finish_restore(generation.outputs, generation.keyset, *reply);
      if (!found) break;
      if (!evidence.outputs || found->coverage != cashu::Coverage::none) {
        evidence.outputs = found->coverage;
        restored = found->proofs;
      }
      if (found->coverage != cashu::Coverage::none) break;
    }
    switch (cashu::decide(evidence)) {
      case cashu::Decision::finish: co_return settle(claim, restored);
      case cashu::Decision::reject_final: co_return give_up(claim, spent_elsewhere());
      case cashu::Decision::ask_again: continue;
      case cashu::Decision::resend_same: co_return std::nullopt;
      case cashu::Decision::wait:
        if (evidence.inputs == cashu::InputStates::any_pending) why = "token_pending";
        co_return std::nullopt;
      case cashu::Decision::new_generation: co_await renew_outputs(claim, desk); co_return std::nullopt;
      case cashu::Decision::new_generation_import:
        co_await import_restored(claim, desk);
        co_await renew_outputs(claim, desk);
        co_return std::nullopt;
      case cashu::Decision::hold_alarm:
        util::log_error("a mint contradicts itself about a token; the claim is kept",
                        {{"PAYGRESS_MINT", claim.mint}, {"PAYGRESS_ORDER", claim.order_id}}, message_id::kMintContradicts);
        co_return std::nullopt;
    }
  }
  co_return std::nullopt;
}

// The mint will never sign the present outputs (their keyset was rotated away, or the fee has changed): new ones, with new counters.
net::Task<> Cashier::renew_outputs(const Claim& claim, MintDesk& desk) {
  if (const auto read = co_await desk.refresh(); !read) co_return;
  const cashu::Keyset* active = desk.active(claim.unit);
  const auto fee = cashu::input_fee(claim.inputs, desk.keysets());
  if (active == nullptr || !fee) co_return;
  // A fee that rose meanwhile is the operator's loss: the customer was promised a price.
  const auto net = cashu::subtract(claim.face, *fee);
  if (!net || net->is_zero()) co_return;
  store::Transaction transaction(database_);
  const auto plan = cashu::plan_swap(claim.inputs, *net, *active, seed_, book_.next_counter(active->id), &locking_key_);
  if (!plan) co_return;
  const int number = book_.generations(claim.order_id).front().number + 1;
  book_.add_generation(claim.order_id, {number, *active, plan->outputs, plan->body});
  book_.set_next_counter(active->id, plan->next_counter);
  transaction.commit();
  util::log_notice("a claim continues with new outputs", {{"PAYGRESS_ORDER", claim.order_id}, {"PAYGRESS_MINT", claim.mint}});
}

// Signatures on our outputs from an older life (the database was rolled back to a copy): that is money of ours, and the
// counters are used up. Brings in what is unspent, and moves the counter past everything that was ever signed (NUT-13).
net::Task<> Cashier::import_restored(const Claim& claim, MintDesk& desk) {
  constexpr std::uint32_t kBatch = 100;
  constexpr int kEmptyBatches = 3;
  const Generation newest = book_.generations(claim.order_id).front();
  std::uint32_t counter = newest.outputs.front().counter;
  for (int empty = 0; empty < kEmptyBatches; counter += kBatch) {
    const std::vector<cashu::Amount> blanks(kBatch, cashu::Amount(1));
    const auto asked = cashu::make_outputs(blanks, newest.keyset, seed_, counter);
    if (!asked) co_return;
    auto reply = co_await desk.client().restore(*asked);
    if (!reply) co_return;
    const std::vector<cashu::Output> signed_outputs = with_signed_amounts(*asked, *reply);
    empty = signed_outputs.empty() ? empty + 1 : 0;
    if (signed_outputs.empty()) continue;
    const auto found = cashu::finish_restore(signed_outputs, newest.keyset, *reply);
    if (!found) co_return;
    std::vector<crypto::Point> ys;
    for (const cashu::Proof& proof : found->proofs) ys.push_back(cashu::proof_y(proof));
    const auto states = co_await desk.client().check_state(ys);
    if (!states) co_return;
    std::vector<cashu::Proof> unspent;
    for (std::size_t i = 0; i < states->size(); ++i)
      if ((*states)[i] == cashu::ProofState::unspent) unspent.push_back(found->proofs[i]);
    store::Transaction transaction(database_);
    book_.insert_proofs("restored", claim.mint, claim.unit, unspent);
    book_.set_next_counter(newest.keyset.id, signed_outputs.back().counter + 1);
    transaction.commit();
  }
  util::log_error(
      "the wallet's counters were behind the mint's memory (was the database restored from a copy?); they are repaired, and "
      "unspent money was brought in",
      {{"PAYGRESS_MINT", claim.mint}}, message_id::kCountersRepaired);
}

ClaimOutcome Cashier::settle(const Claim& claim, const std::vector<cashu::Proof>& proofs) {
  store::Transaction transaction(database_);
  book_.insert_proofs(claim.order_id, claim.mint, claim.unit, proofs);
  book_.set_state(claim.order_id, ClaimState::claimed);
  transaction.commit();
  return {};
}

ClaimOutcome Cashier::give_up(const Claim& claim, market::Refusal refusal) {
  store::Transaction transaction(database_);
  book_.set_state(claim.order_id, ClaimState::refused);
  transaction.commit();
  ClaimOutcome outcome;
  outcome.refusal = std::move(refusal);
  return outcome;
}

}  // namespace paygress::provider

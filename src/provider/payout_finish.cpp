// The second half of the payout desk: a journalled payout on its way to certainty.
#include <algorithm>

#include "cashu/evidence.h"
#include "provider/message_ids.h"
#include "provider/payout_desk.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstPause = 500ms;
constexpr std::chrono::milliseconds kLongestPause = 20s;
constexpr auto kAlarmAfter = 1h;
// A copy of the request that got no answer is not on its way any more after this: proxies wait for less.
constexpr auto kCopiesLive = 2min;
// The change of a paid melt is asked for this often before the settlement goes on without it.
constexpr int kChangeAttempts = 5;
// A mint must say so often that it does not know a quote: once may be a mishap.
constexpr int kForgottenOften = 5;

std::vector<crypto::Point> ys_of(const std::vector<cashu::Proof>& proofs) {
  std::vector<crypto::Point> ys;
  for (const cashu::Proof& proof : proofs) ys.push_back(cashu::proof_y(proof));
  return ys;
}

}  // namespace

// What is known of the copies of the request. It is not stored: after a restart any number of them may have been sent.
struct PayoutDesk::Sent {
  bool send = true;                              // a copy is to be sent before the quote is asked for
  std::optional<net::SteadyTime> unanswered_at;  // the last copy that got no answer was given up then
  std::optional<util::Error> refusal;  // the mint has refused a copy, or taken it up (PENDING): if it is unpaid, it failed
  int contradictions = 0;              // so often in a row: unpaid, with spent inputs
  int forgotten = 0;                   // so often: it knows no such quote, and the inputs are unspent

  bool copy_may_live(net::SteadyTime now) const { return unanswered_at && now - *unanswered_at < kCopiesLive; }
};

net::Task<> PayoutDesk::finish(std::string id, bool resumed) {
  const net::SteadyTime began = clock_.steady_now();
  Sent sent;
  if (resumed) {
    sent.send = false;
    sent.unanswered_at = began;
  }
  bool alarmed = false;
  for (std::chrono::milliseconds pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    const Payout payout = wallet_.payouts.find(id).value();
    const bool over = co_await attempt(payout, sent);
    if (over) break;
    if (!alarmed && clock_.steady_now() - began >= kAlarmAfter) {
      alarmed = true;
      util::log_error(
          "a payout is under way for an hour: the mint has neither paid it nor given it up; nothing is lost, it goes on",
          {{"PAYGRESS_PAYOUT", id}, {"PAYGRESS_MINT", payout.mint}, {"PAYGRESS_PAYMENT_HASH", payout.payment_hash}},
          message_id::kPayoutOpen);
    }
    co_await clock_.sleep_for(pause);
  }
  ended(id);
}

// True when it is over.
net::Task<bool> PayoutDesk::attempt(const Payout& payout, Sent& sent) {
  if (sent.send) {
    sent.send = false;
    const std::string body = wallet_.payouts.work(payout.id).body;
    auto reply = co_await mints_.get(payout.mint).client().melt(body);
    if (reply && reply->id == payout.quote_id && reply->state == cashu::MeltQuote::State::paid) {
      co_await settle(payout, *reply);
      co_return true;
    }
    // An error with the mint's own code comes from the mint's own program, after it has looked at the request. Anything else may
    // come from something on the way, while the mint is still at work.
    const auto fault = reply ? std::nullopt : cashu::fault_of(reply.error());
    if (fault && fault->code) sent.refusal = reply.error();
    if (!reply && (!fault || !fault->code)) sent.unanswered_at = clock_.steady_now();
  }
  co_return co_await decide_on_evidence(payout, sent);
}

net::Task<bool> PayoutDesk::decide_on_evidence(const Payout& payout, Sent& sent) {
  auto quote = co_await mints_.get(payout.mint).client().melt_quote_state(payout.quote_id);
  if (!quote && cashu::fault_of(quote.error())) co_return co_await decide_forgotten(payout, sent);
  if (!quote || quote->id != payout.quote_id) co_return false;
  switch (quote->state) {
    case cashu::MeltQuote::State::paid: co_await settle(payout, *quote); co_return true;
    case cashu::MeltQuote::State::pending:
      if (!sent.refusal) sent.refusal = util::Error{util::Errc::refused, "the mint tried to pay it, and that failed", ""};
      co_return false;
    case cashu::MeltQuote::State::unpaid: co_return co_await decide_unpaid(payout, sent);
  }
  co_return false;
}

// A mint may forget a quote that was never paid once it has expired. If it had taken it up, the inputs would be pending or spent.
net::Task<bool> PayoutDesk::decide_forgotten(const Payout& payout, Sent& sent) {
  if (clock_.now() < payout.expires_at || sent.copy_may_live(clock_.steady_now())) co_return false;
  const PayoutWork work = wallet_.payouts.work(payout.id);
  const auto states = co_await mints_.get(payout.mint).client().check_state(ys_of(work.inputs));
  if (!states || cashu::summarize(*states) != cashu::InputStates::all_unspent) co_return false;
  if (++sent.forgotten < kForgottenOften) co_return false;
  give_up(payout, "the mint did not take it up before the invoice expired, and knows the quote no more");
  co_return true;
}

net::Task<bool> PayoutDesk::decide_unpaid(const Payout& payout, Sent& sent) {
  const PayoutWork work = wallet_.payouts.work(payout.id);
  const auto states = co_await mints_.get(payout.mint).client().check_state(ys_of(work.inputs));
  if (!states) co_return false;
  const cashu::InputStates inputs = cashu::summarize(*states);
  const bool expired = clock_.now() >= payout.expires_at;
  if (inputs == cashu::InputStates::any_pending) co_return false;

  if (inputs != cashu::InputStates::all_unspent) {
    // Perhaps it was paid between the two questions. Asked twice, somebody else has spent them: our seed is used elsewhere, or
    // the mint lies. The melt cannot run any more, but while the mint could still say PAID, nothing is decided.
    if (++sent.contradictions == 1) co_return co_await decide_on_evidence(payout, sent);
    if (sent.contradictions == 2)
      util::log_error("a mint says that a payout is unpaid and its inputs are spent; it is kept until it has expired",
                      {{"PAYGRESS_PAYOUT", payout.id}, {"PAYGRESS_MINT", payout.mint}}, message_id::kMintContradicts);
    if (!expired) co_return false;
    std::vector<cashu::Proof> lost;
    for (std::size_t i = 0; i < states->size(); ++i)
      if ((*states)[i] == cashu::ProofState::spent) lost.push_back(work.inputs[i]);
    give_up(payout, "the mint says that the proofs were spent for something else", lost);
    co_return true;
  }

  sent.contradictions = 0;
  const bool copy_may_live = sent.copy_may_live(clock_.steady_now());
  if (sent.refusal && !copy_may_live) {
    give_up(payout, sent.refusal->message);
    if (cashu::classify(*sent.refusal, mints_.get(payout.mint).info().version) == cashu::FaultClass::refresh)
      co_await mints_.get(payout.mint).refresh_for_unknown();
    co_return true;
  }
  if (expired && !copy_may_live) {
    give_up(payout, "the mint did not take it up before the invoice expired");
    co_return true;
  }
  sent.send = !sent.refusal && !expired;
  co_return false;
}

// What came back of the reserve, however it can be had.
net::Task<std::vector<cashu::Proof>> PayoutDesk::get_change(const Payout& payout, const cashu::MeltQuote& quote) {
  MintDesk& desk = mints_.get(payout.mint);
  const PayoutWork work = wallet_.payouts.work(payout.id);
  std::vector<cashu::Proof> none;
  if (work.blanks.empty()) co_return none;
  const auto policy = desk.info().proves_signatures ? cashu::DleqPolicy::required : cashu::DleqPolicy::if_present;
  auto told = cashu::finish_change(work.blanks, work.keyset, quote.change, payout.overpaid(), policy);
  if (told && (!told->empty() || !desk.info().restores)) co_return *told;
  // Not in the quote, or not as it should be: what the mint has signed on the blanks is ours, too.
  std::string why = told ? std::string() : told.error().message;
  for (int i = 0; i < kChangeAttempts; ++i) {
    auto reply = co_await desk.client().restore(work.blanks);
    auto found = reply ? cashu::finish_change_restore(work.blanks, work.keyset, *reply, payout.overpaid())
                       : util::Result<std::vector<cashu::Proof>>(reply.error());
    if (found && (!found->empty() || told)) co_return *found;
    why = found ? "nothing was signed" : found.error().message;
    co_await clock_.sleep_for(kFirstPause);
  }
  util::log_error("the change of a payout could not be had; it is counted as a fee, and a restore from the seed may still find it",
                  {{"PAYGRESS_PAYOUT", payout.id}, {"PAYGRESS_MINT", payout.mint}, {"PAYGRESS_REASON", why}},
                  message_id::kChangeMissing);
  co_return none;
}

net::Task<> PayoutDesk::settle(const Payout& payout, const cashu::MeltQuote& quote) {
  const std::vector<cashu::Proof> change = co_await get_change(payout, quote);
  Payout paid = payout;
  const util::Time now = clock_.now();
  const auto post = [&](const char* what, Account debit, cashu::Amount amount) {
    wallet_.ledger.post({what, debit, Account::proofs, paid.mint, paid.unit, amount, paid.id}, now);
  };
  {
    store::Transaction transaction(wallet_.database);
    wallet_.proofs.spend(paid.id);
    paid.change = wallet_.proofs.insert(paid.id, paid.mint, paid.unit, change);
    post("payout", Account::withdrawn, paid.amount);
    post("input fee", Account::mint_fees, paid.input_fee);
    post("lightning fee", Account::lightning_fees, paid.lightning_fee());
    wallet_.payouts.set_paid(paid.id, paid.change, quote.preimage.value_or(""), now);
    transaction.commit();
  }
  util::log_notice("a Lightning payment is made",
                   {{"PAYGRESS_PAYOUT", paid.id}, {"PAYGRESS_MINT", paid.mint}, {"PAYGRESS_AMOUNT", paid.amount.text()}},
                   message_id::kPayoutPaid);
  paid.preimage = quote.preimage.value_or("");
  if (!paid.preimage.empty() && !paid.is_proven())
    util::log_warning(
        "the mint says that it has paid, and its preimage is not that of the invoice: ask the payee whether he has it",
        {{"PAYGRESS_PAYOUT", paid.id}, {"PAYGRESS_MINT", paid.mint}}, message_id::kMintContradicts);
}

void PayoutDesk::give_up(const Payout& payout, const std::string& reason, const std::vector<cashu::Proof>& lost) {
  const util::Time now = clock_.now();
  {
    store::Transaction transaction(wallet_.database);
    wallet_.proofs.release(payout.id);
    if (!lost.empty()) {
      wallet_.proofs.reserve(payout.id, lost);
      wallet_.proofs.spend(payout.id);
      wallet_.ledger.post({"spent by somebody else", Account::lost, Account::proofs, payout.mint, payout.unit,
                           cashu::total(lost).value(), payout.id},
                          now);
    }
    wallet_.payouts.set_failed(payout.id, reason, now);
    transaction.commit();
  }
  util::log_warning("a Lightning payment failed; the money stays here",
                    {{"PAYGRESS_PAYOUT", payout.id}, {"PAYGRESS_MINT", payout.mint}, {"PAYGRESS_REASON", reason}},
                    message_id::kPayoutFailed);
}

}  // namespace paygress::provider

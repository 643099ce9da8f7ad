#include "provider/payout_desk.h"

#include <algorithm>

#include "crypto/hash.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

// A payment that costs next to nothing may still cost this much to route.
constexpr std::uint64_t kSmallFeeMsat = 10'000;
// Waiting for a payee beyond the end of quote and invoice is senseless, and our clock may be wrong by this much.
constexpr std::chrono::minutes kClockMargin{2};
constexpr std::chrono::hours kLongestQuote{24};

util::Error refused(const char* code, std::string message) { return {util::Errc::refused, std::move(message), code}; }

std::uint64_t msat_per(std::string_view unit) { return unit == "sat" ? 1000 : 1; }

cashu::Amount in_unit(std::uint64_t msat, std::string_view unit) {
  return cashu::Amount(msat / msat_per(unit) + (msat % msat_per(unit) != 0 ? 1 : 0));
}

// One quote is one payout: a quote cannot be paid twice, and an invoice that failed gets another quote.
std::string id_of(const std::string& mint, const std::string& quote_id) {
  return "payout-" + util::hex(crypto::sha256(util::as_bytes(mint + " " + quote_id))).substr(0, 12);
}

// A mint may write anything there, and would keep the inputs reserved for as long.
util::Time end_of(const cashu::MeltQuote& quote, util::Time now) {
  const std::int64_t latest = util::unix_seconds(now + kLongestQuote);
  return util::from_unix(std::clamp<std::int64_t>(quote.expiry.value_or(0), 0, latest));
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace

PayoutDesk::PayoutDesk(boost::asio::any_io_executor executor, net::Clock& clock, Mints& mints, Wallet& wallet, RestoreScan& scan,
                       std::uint64_t max_fee_percent)
    : clock_(clock), mints_(mints), wallet_(wallet), scan_(scan), max_fee_percent_(max_fee_percent), work_(executor) {
  for (const std::string& id : wallet_.payouts.open()) work_.start(finish(id, true), id);
}

net::Task<> PayoutDesk::run() { return work_.run(); }

cashu::Amount PayoutDesk::available(const std::string& mint, const std::string& unit) {
  const std::uint64_t held = wallet_.proofs.held(mint, unit);
  // A credit balance is negative. What open orders have paid is reserved, so it is not among the proofs that are held.
  const std::int64_t owed = -wallet_.ledger.amount_in(Account::leases, mint, unit);
  return cashu::Amount(held - std::min(held, static_cast<std::uint64_t>(std::max<std::int64_t>(owed, 0))));
}

util::Result<> PayoutDesk::check_invoice(const cashu::Invoice& invoice) {
  if (invoice.amount_msat.value_or(0) == 0)
    return refused("invoice_without_amount", "the invoice names no amount; ask for one that does");
  if (invoice.expires_at <= clock_.now())
    return refused("invoice_expired", "the invoice has expired at " + util::rfc3339(invoice.expires_at));
  if (const auto other = wallet_.payouts.find_open_or_paid(util::hex(invoice.payment_hash)))
    return util::Error{util::Errc::conflict,
                       other->state == PayoutState::paid ? "this invoice is paid already (" + other->id + ")"
                                                         : "this invoice is being paid already (" + other->id + ")",
                       "payout_exists"};
  return {};
}

// Where most of the operator's own money lies, in a unit that Lightning knows.
util::Result<std::pair<std::string, std::string>> PayoutDesk::choose_mint(std::uint64_t msat,
                                                                          const std::optional<std::string>& mint) {
  std::optional<std::string> wanted;
  if (mint) {
    const auto url = cashu::MintUrl::parse(*mint);
    if (!url) return url.error();
    wanted = url->text();
  }
  std::optional<std::pair<std::string, std::string>> best;
  std::uint64_t most_msat = 0;
  bool known = false;
  for (const MintDesk* desk : mints_.all()) {
    const std::string& url = desk->url().text();
    if (wanted && url != *wanted) continue;
    known = true;
    for (const char* unit : {"sat", "msat"}) {
      const auto has_msat = cashu::multiply(available(url, unit), msat_per(unit));
      if (!has_msat || has_msat->value() <= most_msat) continue;
      most_msat = has_msat->value();
      best.emplace(url, unit);
    }
  }
  if (!known) return util::Error{util::Errc::not_found, "no money of ours is at that mint", "mint_unknown"};
  if (!best || most_msat < msat)
    return refused("balance_too_low", "the operator's own money at one mint is at most " + std::to_string(most_msat) +
                                          " msat, and the invoice is for " + std::to_string(msat) + " msat");
  return *best;
}

net::Task<util::Result<PayoutDesk::Quoted>> PayoutDesk::quote(cashu::Invoice invoice, std::string mint, std::string unit) {
  if (const auto fine = check_invoice(invoice); !fine) co_return fine.error();
  MintDesk& desk = mints_.get(mint);
  // The blanks take new counters: none that an older life has used.
  const cashu::Keyset* active = desk.active(unit);
  if (active == nullptr) co_return util::Error{util::Errc::unavailable, mint + " has no active keyset now", "mint_unreachable"};
  if (const auto sure = co_await scan_.make_sure_of_counters(desk, *active); !sure) co_return sure.error();
  auto quote = co_await desk.client().melt_quote(invoice.text, unit);
  if (!quote) co_return quote.error();
  const auto wrong = [&](const std::string& why) {
    return util::Error{util::Errc::malformed, "the quote of " + mint + " does not fit the invoice: " + why, "mint_reply_invalid"};
  };
  // A mint may want what it likes for the way, but the amount is the invoice's.
  if (quote->amount != in_unit(*invoice.amount_msat, unit)) co_return wrong("its amount is " + quote->amount.text() + " " + unit);
  if (!quote->unit.empty() && quote->unit != unit) co_return wrong("it is in another unit");
  if (quote->request && lower(*quote->request) != invoice.text) co_return wrong("it is for another invoice");
  if (quote->state != cashu::MeltQuote::State::unpaid) co_return wrong("it is not open");
  const auto percent = cashu::multiply(quote->amount, max_fee_percent_);
  const std::uint64_t most = std::max(percent ? percent->value() / 100 : 0, kSmallFeeMsat / msat_per(unit));
  if (quote->fee_reserve.value() > most)
    co_return refused("melt_fee_too_high", mint + " wants a reserve of " + quote->fee_reserve.text() + " " + unit +
                                               " for Lightning, and PAYOUT_MAX_FEE_PERCENT allows " + std::to_string(most));
  Quoted quoted{std::move(invoice), std::move(mint), std::move(unit), std::move(*quote), {}};
  co_return quoted;
}

util::Result<std::vector<cashu::Proof>> PayoutDesk::choose_inputs(const Quoted& quoted) {
  const MintDesk& desk = mints_.get(quoted.mint);
  const auto wanted = cashu::add(quoted.quote.amount, quoted.quote.fee_reserve);
  if (!wanted) return wanted.error();
  auto inputs = wallet_.proofs.select(quoted.mint, quoted.unit, *wanted, desk.keysets());
  if (!inputs) return inputs;
  const auto fee = cashu::input_fee(*inputs, desk.keysets());
  if (!fee) return fee.error();
  const auto needed = cashu::add(*wanted, *fee);
  if (!needed) return needed.error();
  if (const cashu::Amount own = available(quoted.mint, quoted.unit); own < *needed)
    return refused("balance_too_low", "this takes " + needed->text() + " " + quoted.unit +
                                          " with all reserves, and the operator's own money at " + quoted.mint + " is " +
                                          own.text());
  return inputs;
}

util::Result<cashu::Amount> PayoutDesk::cost(const Quoted& quoted) {
  const auto inputs = choose_inputs(quoted);
  if (!inputs) return inputs.error();
  const auto fee = cashu::input_fee(*inputs, mints_.get(quoted.mint).keysets());
  if (!fee) return fee.error();
  const auto wanted = cashu::add(quoted.quote.amount, quoted.quote.fee_reserve);
  return cashu::add(*wanted, *fee);
}

util::Result<Payout> PayoutDesk::begin(const Quoted& quoted) {
  // Asked again: since the quote another call may have begun to pay the same invoice.
  if (const auto fine = check_invoice(quoted.invoice); !fine) return fine.error();
  if (wallet_.payouts.find(id_of(quoted.mint, quoted.quote.id)))
    return util::Error{util::Errc::conflict, quoted.mint + " gave a quote that was used before; ask the payee for a new invoice",
                       "payout_exists"};
  const MintDesk& desk = mints_.get(quoted.mint);
  const cashu::Keyset* active = desk.active(quoted.unit);
  if (active == nullptr) return util::Error{util::Errc::unavailable, quoted.mint + " has no active keyset now", "mint_unreachable"};
  auto inputs = choose_inputs(quoted);
  if (!inputs) return inputs.error();
  const auto fee = cashu::input_fee(*inputs, desk.keysets());
  if (!fee) return fee.error();

  store::Transaction transaction(wallet_.database);
  const std::uint32_t counter = wallet_.proofs.next_counter(active->id);
  auto plan = cashu::plan_melt(*inputs, *fee, quoted.quote, *active, wallet_.seed, counter);
  if (!plan) return plan.error();
  Payout payout;
  payout.id = id_of(quoted.mint, quoted.quote.id);
  payout.mint = quoted.mint;
  payout.unit = quoted.unit;
  payout.invoice = quoted.invoice.text;
  payout.payment_hash = util::hex(quoted.invoice.payment_hash);
  payout.address = quoted.address;
  payout.quote_id = quoted.quote.id;
  payout.amount = quoted.quote.amount;
  payout.fee_reserve = quoted.quote.fee_reserve;
  payout.input_fee = *fee;
  payout.inputs = cashu::total(*inputs).value();
  payout.created_at = clock_.now();
  payout.expires_at = std::max(quoted.invoice.expires_at, end_of(quoted.quote, payout.created_at)) + kClockMargin;
  wallet_.proofs.reserve(payout.id, *inputs);
  wallet_.proofs.set_next_counter(active->id, plan->next_counter);
  wallet_.payouts.insert(payout, {std::move(*inputs), *active, std::move(plan->blanks), std::move(plan->body)});
  transaction.commit();
  work_.start(finish(payout.id, false), payout.id);
  return payout;
}

net::Task<util::Result<Payout>> PayoutDesk::pay(std::string text, std::optional<std::string> mint) {
  auto invoice = cashu::parse_invoice(text);
  if (!invoice) co_return invoice.error();
  if (const auto fine = check_invoice(*invoice); !fine) co_return fine.error();
  const auto place = choose_mint(*invoice->amount_msat, mint);
  if (!place) co_return place.error();
  auto quoted = co_await quote(std::move(*invoice), place->first, place->second);
  if (!quoted) co_return quoted.error();
  const auto begun = begin(*quoted);
  if (!begun) co_return begun;
  const auto over = waiting_.emplace(begun->id, std::make_shared<net::Event>()).first->second;
  co_await over->wait_for(clock_, kPatience);
  co_return wallet_.payouts.find(begun->id).value();
}

void PayoutDesk::ended(const std::string& id) {
  const auto waiting = waiting_.find(id);
  if (waiting == waiting_.end()) return;
  waiting->second->notify();
  waiting_.erase(waiting);
}

}  // namespace paygress::provider

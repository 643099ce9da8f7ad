#include "provider/payout_to_address.h"

#include <algorithm>

#include "provider/message_ids.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstLook = 1min;  // what was under way at the last end comes first
constexpr std::chrono::milliseconds kLookEvery = 10min;
// The reserve that a mint wants is known only when it has seen an invoice; when the first guess is too low, the next is right.
constexpr int kGuesses = 3;
constexpr std::uint64_t kMsatPerSat = 1000;

std::uint64_t msat_per(std::string_view unit) { return unit == "sat" ? kMsatPerSat : 1; }

// One percent and two sats: what mints usually want.
std::uint64_t first_guess(std::uint64_t spendable_msat) { return spendable_msat / 100 + 2 * kMsatPerSat; }

}  // namespace

PayoutToAddress::PayoutToAddress(net::HttpClient& http, net::Clock& clock, Mints& mints, PayoutDesk& desk, PayoutRules rules)
    : http_(http), clock_(clock), mints_(mints), desk_(desk), rules_(std::move(rules)) {}

std::optional<std::uint64_t> PayoutToAddress::amount_to_ask(std::uint64_t spendable_msat, std::uint64_t costs_msat,
                                                            const PayTerms& terms) {
  if (spendable_msat <= costs_msat) return std::nullopt;
  const std::uint64_t most = std::min(spendable_msat - costs_msat, terms.max_msat);
  const std::uint64_t whole = most / kMsatPerSat * kMsatPerSat;  // a mint in sat would round the rest up at our cost
  if (whole == 0 || whole < terms.min_msat) return std::nullopt;
  return whole;
}

net::Task<util::Result<std::optional<Payout>>> PayoutToAddress::look(std::string mint, std::string unit) {
  using Looked = util::Result<std::optional<Payout>>;
  const std::uint64_t per_unit = msat_per(unit);
  const std::uint64_t own_msat = desk_.available(mint, unit).value() * per_unit;
  const std::uint64_t kept_msat = rules_.reserve_sats * kMsatPerSat;
  if (own_msat < rules_.threshold_sats * kMsatPerSat || own_msat <= kept_msat || desk_.is_open_at(mint, unit))
    co_return Looked(std::optional<Payout>());
  const std::uint64_t spendable_msat = own_msat - kept_msat;

  const auto terms = co_await ask_terms(http_, rules_.address);
  if (!terms) co_return terms.error();
  std::uint64_t costs_msat = first_guess(spendable_msat);
  for (int guess = 0; guess < kGuesses; ++guess) {
    const auto msat = amount_to_ask(spendable_msat, costs_msat, *terms);
    if (!msat) co_return Looked(std::optional<Payout>());
    auto invoice = co_await ask_invoice(http_, clock_, rules_.address, *terms, *msat);
    if (!invoice) co_return invoice.error();
    auto quoted = co_await desk_.quote(std::move(*invoice), mint, unit);
    if (!quoted) co_return quoted.error();
    quoted->address = rules_.address.text();
    const auto cost = desk_.cost(*quoted);
    if (cost && cost->value() * per_unit <= spendable_msat) {
      auto begun = desk_.begin(*quoted);
      if (!begun) co_return begun.error();
      co_return Looked(std::optional<Payout>(std::move(*begun)));
    }
    if (!cost && cost.error().code != "balance_too_low") co_return cost.error();
    // An invoice that is not paid expires. The next is smaller by what is missing, or twice the guess if that is not known.
    costs_msat = cost ? costs_msat + (cost->value() * per_unit - spendable_msat) : costs_msat * 2;
  }
  const util::Error too_dear{util::Errc::refused, "the mint's fees leave nothing to pay out", "melt_fee_too_high"};
  co_return too_dear;
}

net::Task<> PayoutToAddress::run() {
  co_await clock_.sleep_for(kFirstLook);
  for (;;) {
    const std::vector<MintDesk*> desks = mints_.all();
    for (const MintDesk* desk : desks) {
      for (int i = 0; i < 2; ++i) {
        const std::string mint = desk->url().text(), unit = i == 0 ? "sat" : "msat";
        const auto looked = co_await look(mint, unit);
        if (looked)
          told_.erase(mint + " " + unit);
        else
          tell(mint + " " + unit, looked.error());
      }
    }
    co_await clock_.sleep_for(kLookEvery);
  }
}

// Once for each reason: the next look is in ten minutes, and the one after that.
void PayoutToAddress::tell(const std::string& place, const util::Error& error) {
  if (told_[place] == error.code) return;
  told_[place] = error.code;
  util::log_warning("earnings could not be sent to PAYOUT_ADDRESS; it is tried again",
                    {{"PAYGRESS_MINT", place}, {"PAYGRESS_REASON", error.message}}, message_id::kPayoutFailed);
}

}  // namespace paygress::provider

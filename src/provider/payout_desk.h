// Pays Lightning invoices out of our proofs, each once, whatever breaks meanwhile.
//
//        pay(): quote (no money moves)
//                 |
//                 v                       one transaction: inputs reserved, blanks and counters, exact body
//            journalled ------------------------------------------------------------------------------+
//                 |   the mint's reply: PAID                                                           |
//                 |   no reply, an error, garbage, PENDING, a restart: ask for the quote               |
//                 |                                                                                    |
//                 +-- PAID ----------------------------------------> settle: paid                      |
//                 +-- PENDING, or no answer -----------------------> wait, for ever                    |
//                 +-- expired, quote forgotten, inputs UNSPENT ------> failed, inputs held again       |
//                 +-- UNPAID, inputs PENDING ----------------------> wait                              |
//                 +-- UNPAID, inputs UNSPENT, refused -------------> failed, inputs held again         |
//                 +-- UNPAID, inputs UNSPENT, never answered ------> the same bytes again, until the quote has expired,
//                 |                                                  then failed, inputs held again    |
//                 +-- UNPAID, inputs SPENT twice over -------------> alarm, wait until it has expired; then failed, spent ones lost
//
// What happens if the process dies:
//   before the journal's commit       the mint has given a quote and nothing else; nobody waits for it
//   after it, before the POST         at the next start the quote is UNPAID and the inputs UNSPENT: the bytes are sent
//   during the POST, or before its    at the next start the quote says PAID, PENDING or UNPAID, and so it goes on. The same bytes
//     reply is read                   may reach the mint twice: a quote is paid once, and its inputs are spent once
//   after the reply, before `paid`    the quote says PAID; the change is in it, or is restored from the blanks
//     is committed
//   after that                        nothing is left to do
//
// A refusal is believed only when no earlier copy of the request may still be on its way: else that copy could be paid after the
// inputs were released. Change that cannot be had never blocks a settlement; it is counted as a fee, and a restore from the seed
// finds it when the mint gives it after all.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cashu/bolt11.h"
#include "provider/mints.h"
#include "provider/payout_book.h"
#include "provider/restore_scan.h"
#include "provider/wallet.h"

namespace paygress::provider {

class PayoutDesk {
 public:
  // `max_fee_percent`: a mint that wants a larger reserve than this for Lightning is not paid by.
  PayoutDesk(boost::asio::any_io_executor, net::Clock&, Mints&, Wallet&, RestoreScan&, std::uint64_t max_fee_percent);

  // Finishes what is under way, then whatever pay() begins.
  net::Task<> run();

  // Pays the invoice with the operator's own money at `mint`, or at the one where most of it lies. Returns when it is over, or
  // after kPatience with a payout that is still under way; cancelling the call does not stop the payment.
  // Codes: those of parse_invoice, invoice_without_amount, invoice_expired, payout_exists (this invoice is paid or being paid),
  // mint_unknown, balance_too_low, melt_fee_too_high, mint_reply_invalid, and the mint's own.
  net::Task<util::Result<Payout>> pay(std::string invoice, std::optional<std::string> mint = {});
  static constexpr std::chrono::seconds kPatience{30};

  // What the payment would take. Moves nothing.
  struct Quoted {
    cashu::Invoice invoice;
    std::string mint, unit;
    cashu::MeltQuote quote;
    std::string address;  // the Lightning address that gave the invoice, or empty
  };
  net::Task<util::Result<Quoted>> quote(cashu::Invoice, std::string mint, std::string unit);
  // Amount, reserve and input fee of the proofs it would take. Codes: balance_too_low, too_many_proofs.
  util::Result<cashu::Amount> cost(const Quoted&);
  // From here on it is paid or certainly failed. The error says that nothing was begun.
  util::Result<Payout> begin(const Quoted&);

  // The operator's own that can be paid out now, in the unit: proofs that are held, less what customers have in running leases.
  cashu::Amount available(const std::string& mint, const std::string& unit);
  std::vector<Payout> payouts(std::size_t most = 100) { return wallet_.payouts.newest(most); }
  bool is_open_at(std::string_view mint, std::string_view unit) { return wallet_.payouts.is_open_at(mint, unit); }

 private:
  struct Sent;  // what is known of the copies of a request that were sent
  util::Result<std::vector<cashu::Proof>> choose_inputs(const Quoted&);
  util::Result<std::pair<std::string, std::string>> choose_mint(std::uint64_t msat, const std::optional<std::string>& mint);
  util::Result<> check_invoice(const cashu::Invoice&);

  net::Task<> finish(std::string id, bool resumed);
  net::Task<bool> attempt(const Payout&, Sent&);
  net::Task<bool> decide_on_evidence(const Payout&, Sent&);
  net::Task<bool> decide_unpaid(const Payout&, Sent&);
  net::Task<bool> decide_forgotten(const Payout&, Sent&);
  net::Task<> settle(const Payout&, const cashu::MeltQuote&);
  net::Task<std::vector<cashu::Proof>> get_change(const Payout&, const cashu::MeltQuote&);
  void give_up(const Payout&, const std::string& reason, const std::vector<cashu::Proof>& lost = {});
  void ended(const std::string& id);

  net::Clock& clock_;
  Mints& mints_;
  Wallet& wallet_;
  RestoreScan& scan_;
  std::uint64_t max_fee_percent_;
  net::TaskGroup work_;
  std::map<std::string, std::shared_ptr<net::Event>> waiting_;  // calls of pay(), by payout
};

}  // namespace paygress::provider

// The mint pays Lightning invoices (NUT-05, NUT-08), as far as its FakeLightning lets it.
#include <algorithm>

#include "cashu/bolt11.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "sandbox/mint_amounts.h"
#include "sandbox/mint_ledger.h"
#include "sandbox/spending_conditions.h"

namespace paygress::sandbox {

using util::Json;

Json MintLedger::melt_quote(const Json& request, util::Time now) {
  const std::string unit = util::string_at(request, "unit").value_or("");
  active(unit);
  const auto invoice = cashu::parse_invoice(util::string_at(request, "request").value_or(""));
  if (!invoice) throw MintRefusal(0, "Invalid invoice: " + invoice.error().message);
  if (!invoice->amount_msat) throw MintRefusal(11011, "Amountless invoice is not supported");
  const std::uint64_t amount = (*invoice->amount_msat + msat_per(unit) - 1) / msat_per(unit);
  const Json line = {{"op", "melt_quote"},
                     {"quote", util::hex(crypto::random_bytes<16>(random_))},
                     {"amount", amount},
                     {"unit", unit},
                     {"request", invoice->text},
                     {"fee_reserve", std::max<std::uint64_t>(amount / 100, 1)},
                     {"expiry", std::min(util::unix_seconds(now + kQuoteLife), util::unix_seconds(invoice->expires_at))}};
  commit(line);
  return melt_quote_state(line.at("quote"));
}

const MintLedger::Quote& MintLedger::find_melt_quote(const std::string& id) const {
  const auto found = melt_quotes_.find(id);
  if (found == melt_quotes_.end()) throw MintRefusal(0, "quote not found");
  return found->second;
}

Json MintLedger::melt_quote_state(const std::string& id) const {
  const Quote& quote = find_melt_quote(id);
  const char* state = quote.done ? "PAID" : quote.pending_melt.is_null() ? "UNPAID" : "PENDING";
  Json reply = {{"quote", id},           {"request", quote.request},         {"amount", quote.amount},
                {"unit", quote.unit},    {"fee_reserve", quote.fee_reserve}, {"state", state},
                {"expiry", quote.expiry}};
  if (!quote.done) return reply;
  reply["payment_preimage"] = util::hex(crypto::sha256(util::as_bytes(id)));
  if (const auto change = change_.find(id); change != change_.end()) reply["change"] = change->second;
  return reply;
}

Json MintLedger::melt(const Json& request, util::Time now) {
  const std::string id = util::string_at(request, "quote").value_or("");
  const Quote quote = find_melt_quote(id);
  if (quote.done) throw MintRefusal(20006, "Invoice already paid");
  if (!quote.pending_melt.is_null()) throw MintRefusal(20005, "Quote is pending");
  const Json line = pay_out(id, request, now);

  switch (lightning_.next()) {
    case PaymentOutcome::settles:
      lightning_.settled(quote.request);
      commit(line);
      return melt_quote_state(id);
    case PaymentOutcome::fails: throw MintRefusal(20004, "Lightning payment failed.");
    case PaymentOutcome::hangs: hang(id, request); return melt_quote_state(id);
    case PaymentOutcome::unknown: hang(id, request); throw MintRefusal(20004, "Lightning payment failed.");
  }
  throw MintRefusal(0, "no such outcome");
}

// Inputs and quote are taken until it is known how the payment ends.
void MintLedger::hang(const std::string& id, const Json& request) {
  const Json line = {{"op", "melt_pending"}, {"quote", id}, {"request", request}, {"ys", read_inputs(request).ys}};
  commit(line);
}

void MintLedger::end_payments(bool settled, util::Time now) {
  for (const auto& [id, quote] : melt_quotes_) {
    if (quote.pending_melt.is_null()) continue;
    const Json request = quote.pending_melt;
    Json ys = Json::array();
    for (const Json& input : request.at("inputs")) ys.push_back(cashu::proof_y(cashu::parse_proof(input).value()).hex());
    const Json line = {{"op", "melt_released"}, {"quote", id}, {"ys", ys}};
    commit(line);  // read_inputs refuses what is pending, so this comes first in either case
    if (!settled) continue;
    lightning_.settled(quote.request);
    commit(pay_out(id, request, now));
  }
}

// The movement of money that paying this quote is: checked, not done yet.
Json MintLedger::pay_out(const std::string& id, const Json& request, util::Time now) const {
  const Quote& quote = find_melt_quote(id);
  const Inputs inputs = read_inputs(request);
  if (inputs.unit != quote.unit) throw MintRefusal(11010, "Inputs and outputs not of same unit");
  if (!conditions_met(inputs.proofs, "", now)) throw MintRefusal(10001, "Witness is missing or invalid");
  if (inputs.sum < checked_sum(quote.amount + inputs.fee, quote.fee_reserve))
    throw MintRefusal(11005, "Transaction is not balanced (inputs != outputs)");

  // NUT-08: what is left of the reserve, and any excess, comes back on the blank outputs, largest first.
  const std::uint64_t routing_fee = std::min(lightning_.routing_fee, quote.fee_reserve);
  std::uint64_t rest = inputs.sum - quote.amount - inputs.fee - routing_fee;
  std::vector<Output> change;
  const std::vector<Output> blanks =
      request.contains("outputs") && !request["outputs"].is_null() ? read_outputs(request) : std::vector<Output>();
  for (const Output& blank : blanks) {
    if (rest == 0) break;
    std::uint64_t amount = std::uint64_t{1} << 40;
    while (amount > rest) amount /= 2;
    change.push_back({amount, blank.keyset_id, blank.B_});
    rest -= amount;
  }
  check_outputs(change, quote.unit);
  Json signatures;
  Json line = movement(quote.unit, inputs, change, signatures);
  line["fee"] = inputs.fee + rest;  // what found no blank output stays with the mint
  line["melted"] = quote.amount + routing_fee;
  line["paid"] = id;
  line["change"] = signatures;
  return line;
}

}  // namespace paygress::sandbox

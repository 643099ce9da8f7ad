// The mint pays Lightning invoices (NUT-05, NUT-08); its Lightning is free and always there.
#include <algorithm>

#include "crypto/hash.h"
#include "crypto/random.h"
#include "sandbox/invoice.h"
#include "sandbox/mint_amounts.h"
#include "sandbox/mint_ledger.h"
#include "sandbox/spending_conditions.h"

namespace paygress::sandbox {

using util::Json;

Json MintLedger::melt_quote(const Json& request, util::Time now) {
  const std::string unit = util::string_at(request, "unit").value_or("");
  const std::string invoice = util::string_at(request, "request").value_or("");
  active(unit);
  const auto msat = invoice_msat(invoice);
  if (!msat) throw MintRefusal(11011, "Amountless invoice is not supported");
  const std::uint64_t amount = (*msat + msat_per(unit) - 1) / msat_per(unit);
  const Json line = {{"op", "melt_quote"},
                     {"quote", util::hex(crypto::random_bytes<16>(random_))},
                     {"amount", amount},
                     {"unit", unit},
                     {"request", invoice},
                     {"fee_reserve", std::max<std::uint64_t>(amount / 100, 1)},
                     {"expiry", util::unix_seconds(now + kQuoteLife)}};
  commit(line);
  return melt_quote_state(line.at("quote"));
}

Json MintLedger::melt_quote_state(const std::string& id) const {
  const auto found = melt_quotes_.find(id);
  if (found == melt_quotes_.end()) throw MintRefusal(0, "quote not found");
  const Quote& quote = found->second;
  Json reply = {{"quote", id},           {"request", quote.request},         {"amount", quote.amount},
                {"unit", quote.unit},    {"fee_reserve", quote.fee_reserve}, {"state", quote.done ? "PAID" : "UNPAID"},
                {"expiry", quote.expiry}};
  if (!quote.done) return reply;
  reply["payment_preimage"] = util::hex(crypto::sha256(util::as_bytes(id)));
  if (const auto change = change_.find(id); change != change_.end()) reply["change"] = change->second;
  return reply;
}

Json MintLedger::melt(const Json& request, util::Time now) {
  const std::string id = util::string_at(request, "quote").value_or("");
  const auto found = melt_quotes_.find(id);
  if (found == melt_quotes_.end()) throw MintRefusal(0, "quote not found");
  const Quote quote = found->second;
  if (quote.done) throw MintRefusal(20006, "Invoice already paid");
  const Inputs inputs = read_inputs(request);
  if (inputs.unit != quote.unit) throw MintRefusal(11010, "Inputs and outputs not of same unit");
  if (!conditions_met(inputs.proofs, "", now)) throw MintRefusal(10001, "Witness is missing or invalid");
  if (inputs.sum < checked_sum(quote.amount + inputs.fee, quote.fee_reserve))
    throw MintRefusal(11005, "Transaction is not balanced (inputs != outputs)");

  // NUT-08: the sandbox's Lightning is free, so the reserve and any excess come back on the blank outputs, largest first.
  std::uint64_t rest = inputs.sum - quote.amount - inputs.fee;
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
  line["melted"] = quote.amount;
  line["paid"] = id;
  line["change"] = signatures;
  commit(line);
  return melt_quote_state(id);
}

}  // namespace paygress::sandbox

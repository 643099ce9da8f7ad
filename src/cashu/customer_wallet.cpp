#include "cashu/customer_wallet.h"

#include "cashu/swap.h"
#include "crypto/random.h"

namespace paygress::cashu {
namespace {

// The cheapest of the keysets that may be asked for.
util::Result<Keyset> choose(const std::vector<Keyset>& keysets, const std::string& unit) {
  const Keyset* best = nullptr;
  for (const Keyset& keyset : keysets)
    if (keyset.active && keyset.unit == unit && (best == nullptr || keyset.input_fee_ppk < best->input_fee_ppk)) best = &keyset;
  if (best == nullptr) return util::Error{util::Errc::not_found, "the mint has no active keyset in " + unit, "unit_not_supported"};
  return *best;
}

net::Task<util::Result<std::string>> paid_quote(MintClient& mint, Amount amount, std::string unit) {
  auto quote = co_await mint.mint_quote(amount, unit);
  if (quote && quote->state == MintQuote::State::unpaid) quote = co_await mint.mint_quote_state(quote->id);
  if (!quote) co_return quote.error();
  if (quote->state != MintQuote::State::paid) {
    const util::Error unpaid{util::Errc::conflict, "the mint's quote is not paid", "quote_unpaid"};
    co_return unpaid;
  }
  co_return std::move(quote->id);
}

}  // namespace

net::Task<util::Result<Token>> mint_token(MintClient& mint, Amount amount, crypto::RandomSource& random, std::string unit) {
  auto keysets = co_await mint.keysets();
  if (!keysets) co_return keysets.error();
  auto chosen = choose(*keysets, unit);
  if (!chosen) co_return chosen.error();
  auto keyset = co_await mint.keys(std::move(*chosen));
  if (!keyset) co_return keyset.error();

  auto amounts = split_amount(amount, *keyset);
  if (!amounts) co_return amounts.error();
  auto outputs = make_outputs(*amounts, *keyset, random);
  if (!outputs) co_return outputs.error();
  auto quote_id = co_await paid_quote(mint, amount, unit);
  if (!quote_id) co_return quote_id.error();
  auto reply = co_await mint.mint(std::move(*quote_id), *outputs);
  if (!reply) co_return reply.error();
  auto proofs = finish_swap(*outputs, *keyset, *reply);
  if (!proofs) co_return proofs.error();
  Token token{mint.url(), std::move(unit), std::nullopt, std::move(*proofs)};
  co_return token;
}

}  // namespace paygress::cashu

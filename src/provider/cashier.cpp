#include "provider/cashier.h"

#include <algorithm>

#include "cashu/dleq.h"
#include "cashu/evidence.h"
#include "cashu/lock.h"
#include "provider/tokens_given.h"

namespace paygress::provider {
namespace {

constexpr std::size_t kMaxProofsPerToken = 256;  // beyond, a swap takes a mint long; wallets send a handful
// All the bitcoin that there will ever be, in msat. A token that claims more is a mint's joke, and the books count up to 2^63.
constexpr std::uint64_t kMostMsats = 2'100'000'000'000'000'000;

util::Error refused(std::string code, std::string message) { return {util::Errc::refused, std::move(message), std::move(code)}; }

util::Error mint_not_accepted() {
  return refused("mint_not_accepted",
                 "This provider does not accept that mint. The offer lists the accepted ones. Your token was not touched.");
}

util::Error unit_not_supported(const std::string& unit) {
  return refused("unit_not_supported",
                 "This provider takes no tokens in \"" + unit + "\"; the offer lists the units. It was not touched.");
}

util::Result<market::Payment> in_msats(cashu::Amount face, cashu::Amount fee, std::uint64_t per_unit) {
  const auto face_msats = cashu::multiply(face, per_unit);
  const auto fee_msats = cashu::multiply(fee, per_unit);
  if (!face_msats || !fee_msats || face_msats->value() > kMostMsats)
    return refused("token_amount_invalid", "The token's amount is beyond everything that can be counted.");
  return market::Payment{face_msats->value(), fee_msats->value()};
}

}  // namespace

Cashier::Cashier(net::Clock& clock, Mints& mints, SwapDesk& swaps, Wallet& wallet, std::uint64_t max_input_fee_ppk)
    : clock_(clock), mints_(mints), swaps_(swaps), wallet_(wallet), max_input_fee_ppk_(max_input_fee_ppk) {}

std::string Cashier::locking_key() const { return "02" + wallet_.locking_key.public_key().hex(); }

net::Task<util::Result<Examined>> Cashier::examine(std::string order_id, util::Secret text) {
  const auto token = cashu::decode_token(text.reveal());
  // An address that we could never call stands in no offer.
  if (!token && token.error().code == "token_mint_invalid") co_return mint_not_accepted();
  if (!token) co_return token.error();
  MintDesk* desk = mints_.find_accepted(token->mint);
  if (desk == nullptr) co_return mint_not_accepted();
  if (token->proofs.size() > kMaxProofsPerToken)
    co_return refused("token_too_many_proofs", "The token has more than " + std::to_string(kMaxProofsPerToken) +
                                                   " proofs; swap it to fewer in your wallet. It was not touched.");
  if (!token->unit.empty() && !wallet_.accepted.contains(token->unit)) co_return unit_not_supported(token->unit);
  for (const cashu::Proof& proof : token->proofs)
    if (const auto spoken = cashu::check_keyset_version(proof.keyset_id); !spoken) co_return spoken.error();

  auto resolved = co_await resolve(*desk, *token);
  if (!resolved) co_return resolved.error();
  if (desk->info().wants_authentication)
    co_return refused(
        "mint_wants_authentication",
        "The token's mint asks for authentication (NUT-21, NUT-22), which is not supported. Your token was not touched.");
  const auto rate = wallet_.accepted.find(resolved->unit);
  if (rate == wallet_.accepted.end()) co_return unit_not_supported(resolved->unit);
  if (const auto fine = check_proofs(*desk, *resolved); !fine) co_return fine.error();
  const auto payment = in_msats(resolved->face, resolved->fee, rate->second);
  if (!payment) co_return payment.error();
  const cashu::Keyset* active = desk->active(resolved->unit);
  if (active == nullptr)
    co_return util::Error{util::Errc::unavailable, "the mint has no active keyset for " + resolved->unit, "mint_unreachable"};
  if (const auto sure = co_await swaps_.scan().make_sure_of_counters(*desk, *active); !sure)
    co_return util::Error{util::Errc::unavailable, sure.error().message, "mint_unreachable"};

  Examined examined;
  examined.mint = desk->url().text();
  examined.unit = resolved->unit;
  examined.inputs = std::move(resolved->proofs);
  examined.face = resolved->face;
  examined.fee = resolved->fee;
  examined.net = resolved->net;
  examined.payment = *payment;
  if (const auto asked = co_await find_earlier_claim(*desk, order_id, examined); !asked)
    co_return util::Error{util::Errc::unavailable, asked.error().message, "mint_unreachable"};
  co_return examined;
}

// Places alone may look alike, once in a great while: the mint must say that the token is spent, too.
net::Task<util::Result<>> Cashier::find_earlier_claim(MintDesk& desk, const std::string& order_id, Examined& examined) {
  std::vector<cashu::Proof> found = swaps_.scan().claimed_before(order_id, desk, examined.unit, examined.net);
  if (found.empty()) co_return util::Result<>();
  std::vector<crypto::Point> ys;
  for (const cashu::Proof& proof : examined.inputs) ys.push_back(cashu::proof_y(proof));
  const auto states = co_await desk.client().check_state(ys);
  if (!states) co_return states.error();
  if (cashu::summarize(*states) == cashu::InputStates::all_spent) examined.claimed_before = std::move(found);
  co_return util::Result<>();
}

// Names the keysets in full and reads the keys that are missing; asks the mint only for what cannot be known yet.
net::Task<util::Result<cashu::ResolvedProofs>> Cashier::resolve(MintDesk& desk, const cashu::Token& token) {
  std::vector<std::string> ids;
  for (const cashu::Proof& proof : token.proofs)
    if (std::find(ids.begin(), ids.end(), proof.keyset_id) == ids.end()) ids.push_back(proof.keyset_id);
  const auto all_known = [&] {
    return std::all_of(ids.begin(), ids.end(),
                       [&](const std::string& id) { return cashu::find_keyset(desk.keysets(), id).has_value(); });
  };
  if (!all_known()) {
    if (const auto read = co_await desk.refresh_for_unknown(); !read)
      co_return util::Error{util::Errc::unavailable, read.error().message, "mint_unreachable"};
  }
  const auto loaded = co_await desk.load_keys(ids);
  if (!loaded && loaded.error().code == "keyset_unusable") co_return loaded.error();
  if (!loaded) co_return util::Error{util::Errc::unavailable, loaded.error().message, "mint_unreachable"};
  co_return cashu::resolve_proofs(token.proofs, token.unit, desk.keysets());
}

util::Result<> Cashier::check_proofs(const MintDesk& desk, const cashu::ResolvedProofs& resolved) const {
  if (const auto open = cashu::check_locks(resolved.proofs, &wallet_.locking_key.public_key(), clock_.now()); !open)
    return open.error();
  for (const cashu::Proof& proof : resolved.proofs) {
    const cashu::Keyset& keyset = **cashu::find_keyset(desk.keysets(), proof.keyset_id);
    if (keyset.input_fee_ppk > max_input_fee_ppk_)
      return refused("mint_fee_too_high",
                     "The mint's fee for this token is higher than this provider accepts. It was not touched.");
    if (cashu::check_dleq(proof, keyset.keys.at(proof.amount.value())) == cashu::DleqVerdict::broken)
      return refused("token_forged", "The mint did not sign this token: its DLEQ proof does not hold.");
  }
  return {};
}

util::Result<> Cashier::journal(const std::string& order_id, const Examined& examined) {
  Swap claim;
  claim.id = order_id;
  claim.kind = SwapKind::claim;
  claim.mint = examined.mint;
  claim.unit = examined.unit;
  claim.inputs = examined.inputs;
  claim.face = examined.face;
  claim.fee = examined.fee;
  if (!examined.claimed_before.empty()) {
    // Swapped once more, so that a refund that its customer may still hold is worth nothing beside what he gets now.
    claim.kind = SwapKind::reclaim;
    claim.inputs = examined.claimed_before;
    claim.face = cashu::total(claim.inputs).value();
    const auto fee = cashu::input_fee(claim.inputs, mints_.get(examined.mint).keysets());
    if (!fee) return fee.error();
    claim.fee = *fee;
    wallet_.proofs.reassign(RestoreScan::kFound, order_id, claim.inputs);
  }
  return swaps_.journal(claim);
}

net::Task<> Cashier::claim(std::string order_id, Outcome outcome) {
  SwapDesk::Ending ending;
  ending.done = [claimed = outcome.claimed](const Swap&, const auto&, const auto&) { claimed(); };
  ending.refused = [refused = outcome.refused](const Swap&, const util::Error& error) { refused(to_refusal(error)); };
  ending.delayed = outcome.delayed;
  co_await swaps_.finish(std::move(order_id), std::move(ending));
}

void Cashier::deliver(const std::string& order_id, const std::string& lease_id) {
  wallet_.proofs.release(order_id);
  wallet_.ledger.move_all(Account::orders, order_id, Account::leases, lease_id, "delivered", clock_.now());
}

util::Secret Cashier::make_refund(const std::string& order_id) {
  const Swap claim = wallet_.swaps.find(order_id).value();
  // The very proofs that the swap gave us: no second swap, no second fee, and nothing that could fail half way.
  const cashu::Token token{cashu::MintUrl::parse(claim.mint).value(), claim.unit, std::nullopt, wallet_.proofs.give(order_id)};
  const cashu::Amount amount = cashu::total(token.proofs).value();
  util::Secret text(cashu::encode_token(token));
  const auto post = [&](Account debit, Account credit, std::uint64_t part) {
    wallet_.ledger.post({"refund", debit, credit, claim.mint, claim.unit, cashu::Amount(part), order_id}, clock_.now());
  };
  // What goes back is what the swap gave. The mint may have changed its fee since the customer was told of it; then the two differ.
  std::uint64_t owed = 0;
  for (const Balance& balance : wallet_.ledger.balances_of(Account::orders, order_id))
    owed += static_cast<std::uint64_t>(-balance.amount);
  post(Account::orders, Account::proofs, std::min(owed, amount.value()));
  if (owed > amount.value()) post(Account::orders, Account::mint_fees, owed - amount.value());
  if (owed < amount.value()) post(Account::mint_fees, Account::proofs, amount.value() - owed);
  TokensGiven(wallet_.database).add({order_id, TokenKind::refund, claim.mint, claim.unit, amount, text}, clock_.now());
  return text;
}

market::Refusal Cashier::to_refusal(const util::Error& error) {
  market::Refusal refusal;
  refusal.code = error.code.empty() ? "token_malformed" : error.code;
  refusal.message = error.message;
  if (error.code == "mint_unreachable") {
    refusal.type = contract::ErrorType::resource_unavailable;
    refusal.message = "The token's mint does not answer. Your token was not touched; try again later.";
    refusal.retryable = true;
  } else if (error.code.starts_with("keyset_")) {
    refusal.code = "keyset_not_supported";
  } else if (error.code == "token_unit_mismatch" || error.code == "token_units_mixed") {
    refusal.code = "unit_not_supported";
  }
  return refusal;
}

}  // namespace paygress::provider

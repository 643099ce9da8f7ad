#include "provider/cashier.h"

#include <algorithm>

#include "cashu/dleq.h"
#include "cashu/lock.h"
#include "cashu/swap.h"
#include "crypto/hash.h"
#include "provider/message_ids.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxProofsPerToken = 256;  // beyond, a swap takes a mint long; wallets send a handful
constexpr auto kKeysEvery = std::chrono::hours(1);
constexpr std::chrono::milliseconds kKeysRetry = 10s;

util::Error refused(std::string code, std::string message) { return {util::Errc::refused, std::move(message), std::move(code)}; }

// Counters belong to a seed; the database names it by a hash that gives nothing away.
std::string seed_id(const cashu::WalletSeed& seed) {
  return util::hex(util::ByteView(crypto::hmac_sha256(seed.bytes(), util::as_bytes("paygress seed id"))).first(8));
}

crypto::SecretKey derive_locking_key(const cashu::WalletSeed& seed) {
  return crypto::SecretKey::from_bytes(crypto::hmac_sha256(seed.bytes(), util::as_bytes("paygress locking key"))).value();
}

std::optional<std::uint64_t> msat_per_unit(std::string_view unit) {
  if (unit == "sat") return 1000;
  if (unit == "msat") return 1;
  return std::nullopt;
}

util::Result<market::Payment> in_msats(cashu::Amount face, cashu::Amount fee, std::uint64_t per_unit) {
  const auto face_msats = cashu::multiply(face, per_unit);
  const auto fee_msats = cashu::multiply(fee, per_unit);
  if (!face_msats || !fee_msats)
    return refused("token_amount_invalid", "The token's amount is beyond everything that can be counted.");
  return market::Payment{face_msats->value(), fee_msats->value()};
}

}  // namespace

Cashier::Cashier(store::Database& database, net::HttpClient& http, net::Clock& clock, crypto::RandomSource& random,
                 std::vector<cashu::MintUrl> mints, cashu::WalletSeed seed, std::uint64_t max_input_fee_ppk)
    : database_(database),
      clock_(clock),
      random_(random),
      seed_(seed),
      locking_key_(derive_locking_key(seed)),
      max_input_fee_ppk_(max_input_fee_ppk),
      book_(database, seed_id(seed)) {
  for (cashu::MintUrl& url : mints) mints_.push_back(std::make_unique<MintDesk>(http, clock, std::move(url)));
}

std::string Cashier::locking_key() const { return "02" + locking_key_.public_key().hex(); }

net::Task<> Cashier::run() {
  std::vector<bool> complained(mints_.size(), false);
  for (;;) {
    bool all_known = true;
    for (std::size_t i = 0; i < mints_.size(); ++i) {
      const auto read = co_await mints_[i]->refresh();
      if (read) {
        if (complained[i]) util::log_notice("a mint answers again", {{"PAYGRESS_MINT", mints_[i]->url().text()}});
        complained[i] = false;
        if (mints_[i]->info().wants_authentication)
          util::log_error("a mint asks its users to log in, which paygress cannot do; take it out of WHITELISTED_MINTS",
                          {{"PAYGRESS_MINT", mints_[i]->url().text()}});
        continue;
      }
      all_known = false;
      if (!complained[i])
        util::log_warning(
            "a mint does not answer; orders with its tokens wait until it does (check WHITELISTED_MINTS and the network)",
            {{"PAYGRESS_MINT", mints_[i]->url().text()}, {"PAYGRESS_REASON", read.error().message}}, message_id::kMintSilent);
      complained[i] = true;
    }
    const auto pause = all_known ? std::chrono::milliseconds(kKeysEvery) : kKeysRetry;
    co_await clock_.sleep_for(pause);
  }
}

MintDesk* Cashier::find_mint(const cashu::MintUrl& url) {
  const auto found = std::find_if(mints_.begin(), mints_.end(), [&](const auto& desk) { return desk->url() == url; });
  return found == mints_.end() ? nullptr : found->get();
}

net::Task<util::Result<Examined>> Cashier::examine(util::Secret text) {
  const auto token = cashu::decode_token(text.reveal());
  if (!token) co_return token.error();
  MintDesk* desk = find_mint(token->mint);
  if (desk == nullptr)
    co_return refused("mint_not_accepted",
                      "This provider does not accept that mint. The offer lists the accepted ones. Your token was not touched.");
  if (token->proofs.size() > kMaxProofsPerToken)
    co_return refused("token_too_many_proofs", "The token has more than " + std::to_string(kMaxProofsPerToken) +
                                                   " proofs; swap it to fewer in your wallet. It was not touched.");
  if (!token->unit.empty() && !msat_per_unit(token->unit))
    co_return refused("unit_not_supported", "Only tokens in sat or msat are accepted. Your token was not touched.");

  auto resolved = co_await resolve(*desk, *token);
  if (!resolved) co_return resolved.error();
  const auto per_unit = msat_per_unit(resolved->unit);
  if (!per_unit) co_return refused("unit_not_supported", "Only tokens in sat or msat are accepted. Your token was not touched.");
  if (const auto fine = check_proofs(*desk, *resolved); !fine) co_return fine.error();
  const auto payment = in_msats(resolved->face, resolved->fee, *per_unit);
  if (!payment) co_return payment.error();
  if (desk->active(resolved->unit) == nullptr)
    co_return util::Error{util::Errc::unavailable, "the mint has no active keyset for " + resolved->unit, "mint_unreachable"};

  Examined examined;
  examined.mint = desk->url().text();
  examined.unit = resolved->unit;
  examined.inputs = std::move(resolved->proofs);
  examined.face = resolved->face;
  examined.fee = resolved->fee;
  examined.net = resolved->net;
  examined.payment = *payment;
  co_return examined;
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
  if (const auto loaded = co_await desk.load_keys(ids); !loaded)
    co_return util::Error{util::Errc::unavailable, loaded.error().message, "mint_unreachable"};
  co_return cashu::resolve_proofs(token.proofs, token.unit, desk.keysets());
}

util::Result<> Cashier::check_proofs(const MintDesk& desk, const cashu::ResolvedProofs& resolved) const {
  if (const auto open = cashu::check_locks(resolved.proofs, &locking_key_.public_key(), clock_.now()); !open) return open.error();
  for (const cashu::Proof& proof : resolved.proofs) {
    const cashu::Keyset& keyset = **cashu::find_keyset(desk.keysets(), proof.keyset_id);
    if (keyset.input_fee_ppk > max_input_fee_ppk_)
      return refused("mint_fee_too_high",
                     "The mint's fee for this token is higher than this provider accepts. It was not touched.");
    if (proof.dleq && !cashu::verify_dleq(proof, keyset.keys.at(proof.amount.value())))
      return refused("token_forged", "The mint did not sign this token: its DLEQ proof does not hold.");
  }
  return {};
}

util::Result<> Cashier::journal(const std::string& order_id, const Examined& examined) {
  MintDesk& desk = *find_mint(cashu::MintUrl::parse(examined.mint).value());
  const cashu::Keyset* active = desk.active(examined.unit);
  if (active == nullptr) return util::Error{util::Errc::unavailable, "the mint has no active keyset now", "mint_unreachable"};
  const std::uint32_t first = book_.next_counter(active->id);
  const auto plan = cashu::plan_swap(examined.inputs, examined.net, *active, seed_, first, &locking_key_);
  if (!plan) return plan.error();
  const Claim claim{order_id, examined.mint, examined.unit, ClaimState::journalled, examined.inputs, examined.face, examined.fee};
  if (!book_.insert(claim, clock_.now()))
    return refused("token_spent", "This token, or a part of it, was already sent in another order.");
  book_.add_generation(order_id, {1, *active, plan->outputs, plan->body});
  book_.set_next_counter(active->id, plan->next_counter);
  return {};
}

util::Secret Cashier::make_refund(const std::string& order_id) {
  const Claim claim = book_.find(order_id).value();
  // The very proofs that the swap gave us: no second swap, no second fee, and nothing that could fail half way.
  const cashu::Token token{cashu::MintUrl::parse(claim.mint).value(), claim.unit, std::nullopt, book_.give_back(order_id)};
  return util::Secret(cashu::encode_token(token));
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

#include "provider/treasury.h"

#include <algorithm>
#include <set>

#include "cashu/token.h"
#include "provider/message_ids.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLookEvery = 60s;
constexpr auto kTokensEvery = std::chrono::minutes(10);
constexpr std::chrono::milliseconds kPatience = 20s;  // of somebody who waits at the admin socket
constexpr std::size_t kMostLookedAfter = 50;          // tokens per round
constexpr std::size_t kMostSwept = 200;               // proofs in one swap
// A payment takes at most WalletBook::kMostSelected proofs; where more small ones lie than this, some are made one.
constexpr std::size_t kManyProofs = 400;
constexpr std::size_t kMostShownRefused = 20;
constexpr auto kRefusedShown = std::chrono::hours(24 * 7);
constexpr int kMostTokens = 100;  // of one drain, at one mint
// A keyset that expires so soon is left in time (NUT-02: final_expiry).
constexpr std::int64_t kExpiresSoon = 7 * 86'400;

util::Error refused(const char* code, std::string message) { return {util::Errc::refused, std::move(message), code}; }

}  // namespace

Treasury::Treasury(net::Clock& clock, crypto::RandomSource& random, Mints& mints, SwapDesk& swaps, Wallet& wallet,
                   net::TaskGroup& work)
    : clock_(clock), random_(random), mints_(mints), swaps_(swaps), wallet_(wallet), work_(work), tokens_(wallet.database) {}

net::Task<> Treasury::run() {
  for (const std::string& id : wallet_.swaps.open(SwapKind::split))
    if (id.starts_with("withdrawal-")) work_.start(finish_split(id), id);
  for (const std::string& id : wallet_.swaps.open(SwapKind::sweep)) work_.start(finish_sweep(id), id);
  util::Time looked_after{};
  for (;;) {
    co_await clock_.sleep_for(kLookEvery);
    const std::vector<MintDesk*> desks = mints_.all();
    for (MintDesk* desk : desks)
      if (desk->known()) {
        co_await sweep(*desk);
        co_await close_gaps(*desk);
      }
    if (clock_.now() - looked_after < kTokensEvery) continue;
    looked_after = clock_.now();
    co_await look_after_tokens();
  }
}

std::string Treasury::new_id(const char* kind) { return std::string(kind) + "-" + util::hex(crypto::random_bytes<8>(random_)); }

net::Task<util::Result<GivenToken>> Treasury::withdraw(std::string mint, std::string unit, cashu::Amount amount, bool beyond_own) {
  if (amount.is_zero()) co_return refused("amount_invalid", "a token of nothing");
  if (!wallet_.rates.contains(unit)) co_return refused("amount_invalid", "nothing is held in \"" + unit + "\"");
  const std::vector<MintDesk*> desks = mints_.all();
  const auto found = std::find_if(desks.begin(), desks.end(), [&](MintDesk* desk) { return desk->url().text() == mint; });
  if (found == desks.end()) co_return refused("mint_unknown", "no money of ours is at the mint " + mint);
  MintDesk& desk = **found;
  const cashu::Keyset* active = desk.active(unit);
  if (active == nullptr) co_return util::Error{util::Errc::unavailable, "the mint does not answer", "mint_unreachable"};
  if (const auto sure = co_await swaps_.scan().make_sure_of_counters(desk, *active); !sure) co_return sure.error();
  const std::string id = new_id("withdrawal");
  {
    auto inputs = wallet_.proofs.select(mint, unit, amount, desk.keysets());
    if (!inputs) co_return inputs.error();
    const auto fee = cashu::input_fee(*inputs, desk.keysets());
    const auto cost = fee ? cashu::add(amount, *fee) : fee;
    if (!cost) co_return cost.error();
    if (!beyond_own && static_cast<std::int64_t>(cost->value()) > wallet_.ledger.own(mint, unit))
      co_return refused("balance_too_low", "with the mint's fee of " + fee->text() + " that is more than the " +
                                               std::to_string(std::max<std::int64_t>(0, wallet_.ledger.own(mint, unit))) + " " +
                                               unit + " that are yours there; the rest belongs to customers until their pods end");
    store::Transaction transaction(wallet_.database);
    if (const auto begun = begin_split(id, mint, unit, amount, std::move(*inputs)); !begun) co_return begun.error();
    transaction.commit();
  }
  const auto waiting = std::make_shared<Waiting>();
  waiting_[id] = waiting;
  work_.start(finish_split(id), id);
  const bool in_time = co_await waiting->done.wait_for(clock_, kPatience);
  waiting_.erase(id);
  if (const auto token = tokens_.find(id)) co_return *token;
  if (!in_time)
    co_return util::Error{util::Errc::unavailable,
                          "the mint takes long; nothing is lost, and the token will be among `paygressctl wallet tokens`",
                          "under_way"};
  co_return refused("token_refused", "the mint refused, and the money is still in the wallet: " + waiting->refused);
}

util::Result<> Treasury::begin_split(const std::string& id, const std::string& mint, const std::string& unit, cashu::Amount gives,
                                     std::vector<cashu::Proof> inputs) {
  Swap split;
  split.id = id;
  split.kind = SwapKind::split;
  split.mint = mint;
  split.unit = unit;
  split.face = cashu::total(inputs).value();
  split.fee = cashu::input_fee(inputs, mints_.get(mint).keysets()).value();
  split.gives = gives;
  split.inputs = std::move(inputs);
  wallet_.proofs.reserve(id, split.inputs);
  return swaps_.journal(split);
}

net::Task<> Treasury::finish_split(std::string id) {
  SwapDesk::Ending ending;
  ending.done = [this](const Swap& swap, const auto&, const std::vector<cashu::Proof>& given) {
    const cashu::Token token{cashu::MintUrl::parse(swap.mint).value(), swap.unit, std::nullopt, given};
    util::Secret text(cashu::encode_token(token));
    tokens_.add({swap.id, TokenKind::withdrawal, swap.mint, swap.unit, swap.gives, text}, clock_.now());
    wallet_.ledger.post({"withdrawal", Account::withdrawn, Account::proofs, swap.mint, swap.unit, swap.gives, swap.id},
                        clock_.now());
  };
  ending.refused = [this](const Swap& swap, const util::Error& reason) {
    util::log_error("a withdrawal was refused by the mint", {{"PAYGRESS_MINT", swap.mint}, {"PAYGRESS_REASON", reason.message}});
    if (const auto waiting = waiting_.find(swap.id); waiting != waiting_.end()) waiting->second->refused = reason.message;
  };
  co_await swaps_.finish(id, std::move(ending));
  if (const auto waiting = waiting_.find(id); waiting != waiting_.end()) waiting->second->done.notify();
}

// What the fee leaves of it: the fee depends on the proofs, and these on the amount.
std::uint64_t Treasury::most_to_withdraw(MintDesk& desk, const std::string& unit, bool beyond_own) {
  const std::string& mint = desk.url().text();
  const std::uint64_t held = wallet_.proofs.held(mint, unit);
  const auto own_there = static_cast<std::uint64_t>(std::max<std::int64_t>(0, wallet_.ledger.own(mint, unit)));
  const std::uint64_t own = beyond_own ? held : std::min(held, own_there);
  std::uint64_t amount = std::min(own, wallet_.proofs.most_at_once(mint, unit, desk.keysets()).value());
  while (amount > 0) {
    const auto inputs = wallet_.proofs.select(mint, unit, cashu::Amount(amount), desk.keysets());
    const auto fee = inputs ? cashu::input_fee(*inputs, desk.keysets()) : util::Result<cashu::Amount>(inputs.error());
    if (!fee) return 0;
    if (fee->value() >= own) return 0;
    if (amount <= own - fee->value()) return amount;
    amount = std::min(amount - 1, own - fee->value());
  }
  return 0;
}

net::Task<Treasury::Drained> Treasury::drain(bool beyond_own) {
  Drained drained;
  const std::vector<MintDesk*> desks = mints_.all();
  for (MintDesk* desk : desks) {
    const std::string mint = desk->url().text();
    for (const auto& [unit, rate] : wallet_.rates) {
      if (!desk->known() && wallet_.proofs.held(mint, unit) > 0) {
        drained.failures.push_back({mint, unit, {util::Errc::unavailable, "the mint does not answer", "mint_unreachable"}});
        continue;
      }
      for (int tokens = 0; tokens < kMostTokens; ++tokens) {
        const std::uint64_t amount = most_to_withdraw(*desk, unit, beyond_own);
        if (amount == 0) break;
        auto token = co_await withdraw(mint, unit, cashu::Amount(amount), beyond_own);
        if (!token) {
          drained.failures.push_back({mint, unit, token.error()});
          break;
        }
        drained.tokens.push_back(std::move(*token));
      }
    }
  }
  co_return drained;
}

std::vector<SwapBook::Refused> Treasury::refused_withdrawals() {
  return wallet_.swaps.refused_splits("withdrawal-", clock_.now() - kRefusedShown, kMostShownRefused);
}

util::Json Treasury::balance() {
  util::Json list = util::Json::array();
  const std::vector<MintDesk*> desks = mints_.all();
  for (MintDesk* desk : desks) {
    const std::string mint = desk->url().text();
    for (const auto& [unit, rate] : wallet_.rates) {
      const std::int64_t proofs = wallet_.ledger.amount_in(Account::proofs, mint, unit);
      const std::int64_t own = wallet_.ledger.own(mint, unit);
      if (proofs == 0 && own == 0 && desk->active(unit) == nullptr) continue;
      list.push_back({{"mint", mint},
                      {"unit", unit},
                      {"held", proofs},
                      {"owed", proofs - own + wallet_.ledger.amount_in(Account::found, mint, unit)},
                      {"found", -wallet_.ledger.amount_in(Account::found, mint, unit)},
                      {"solvent", own},
                      {"at_once", wallet_.proofs.held(mint, unit)}});
    }
  }
  return list;
}

net::Task<> Treasury::sweep(MintDesk& desk) {
  const std::string mint = desk.url().text();
  const std::vector<std::string> held = wallet_.proofs.keysets_held(mint);
  for (const std::string& id : held) {
    const auto known = cashu::find_keyset(desk.keysets(), id);
    if (!known) continue;
    const cashu::Keyset keyset = **known;
    const bool expires = keyset.final_expiry && *keyset.final_expiry - util::unix_seconds(clock_.now()) < kExpiresSoon;
    const bool many = wallet_.proofs.count_held(mint, id) > kManyProofs;
    if (keyset.active && !expires && !many) continue;
    const cashu::Keyset* target = desk.active(keyset.unit);
    if (target == nullptr || (target->id == id && !many)) continue;
    const cashu::Keyset newer = *target;
    if (const auto sure = co_await swaps_.scan().make_sure_of_counters(desk, newer); !sure) continue;
    if (newer.id == id) {
      merge(desk, keyset);
    } else {
      // The largest first: what is too small to be worth its fee must not keep the rest from being saved.
      begin_sweep(desk, keyset, wallet_.proofs.held_of_keyset(mint, id, kMostSwept, WalletBook::First::largest),
                  "proofs of a keyset that ends are swapped");
    }
  }
}

// Small orders leave many small proofs, more than one payment or withdrawal can take. The fee is the operator's, so he must have it.
void Treasury::merge(MintDesk& desk, const cashu::Keyset& keyset) {
  if (!wallet_.swaps.open(SwapKind::sweep).empty()) return;  // one at a time
  const std::string& mint = desk.url().text();
  auto inputs = wallet_.proofs.held_of_keyset(mint, keyset.id, kMostSwept, WalletBook::First::smallest);
  const auto fee = cashu::input_fee(inputs.size(), keyset);
  if (!fee || wallet_.ledger.own(mint, keyset.unit) < static_cast<std::int64_t>(fee->value())) return;
  begin_sweep(desk, keyset, std::move(inputs), "many small proofs are made few");
}

// Counters that were used for orders that the mint refused are a gap in what it remembers, and a restore that finds too long a gap
// looks no further. One proof of ours, swapped, ends the gap.
net::Task<> Treasury::close_gaps(MintDesk& desk) {
  if (!wallet_.swaps.open(SwapKind::sweep).empty()) co_return;  // one at a time
  const std::string mint = desk.url().text();
  const std::vector<std::string> held = wallet_.proofs.keysets_held(mint);
  for (const std::string& id : held) {
    const auto known = cashu::find_keyset(desk.keysets(), id);
    if (!known || !(*known)->active || wallet_.proofs.unsigned_counters(id) <= RestoreScan::kMostUnsigned) continue;
    const cashu::Keyset keyset = **known;
    const cashu::Keyset* target = desk.active(keyset.unit);
    if (target == nullptr || target->id != id) continue;
    if (const auto sure = co_await swaps_.scan().make_sure_of_counters(desk, keyset); !sure) continue;
    auto inputs = wallet_.proofs.select(mint, keyset.unit, cashu::Amount(1), desk.keysets());
    if (inputs) begin_sweep(desk, keyset, std::move(*inputs), "a proof is swapped so that a restore finds what comes after a gap");
  }
}

void Treasury::begin_sweep(MintDesk& desk, const cashu::Keyset& keyset, std::vector<cashu::Proof> inputs, const char* why) {
  Swap swap;
  swap.id = new_id("sweep");
  swap.kind = SwapKind::sweep;
  swap.mint = desk.url().text();
  swap.unit = keyset.unit;
  swap.inputs = std::move(inputs);
  const auto face = cashu::total(swap.inputs), fee = cashu::input_fee(swap.inputs, desk.keysets());
  if (!face || !fee || *face <= *fee) return;  // too little to be worth the fee; more of that keyset may still come in
  swap.face = *face;
  swap.fee = *fee;
  {
    store::Transaction transaction(wallet_.database);
    wallet_.proofs.reserve(swap.id, swap.inputs);
    if (!swaps_.journal(swap)) return;
    transaction.commit();
  }
  util::log_info(why, {{"PAYGRESS_MINT", swap.mint}, {"PAYGRESS_KEYSET", keyset.id}, {"PAYGRESS_AMOUNT", swap.face.text()}});
  work_.start(finish_sweep(swap.id), swap.id);
}

net::Task<> Treasury::finish_sweep(std::string id) {
  SwapDesk::Ending ending;
  ending.done = [](const Swap&, const auto&, const auto&) {};  // new proofs and fee are in the books already
  ending.refused = [](const Swap& swap, const util::Error& reason) {
    util::log_error("proofs could not be moved to a newer keyset",
                    {{"PAYGRESS_MINT", swap.mint}, {"PAYGRESS_REASON", reason.message}});
  };
  co_await swaps_.finish(std::move(id), std::move(ending));
}

// A token that was given is its receiver's business; once it is spent, its text need not be kept. Some of all of them at a time: tokens
// that nobody ever redeems must not keep the others from being looked after, nor a mint that is gone the tokens of another.
net::Task<> Treasury::look_after_tokens() {
  const std::vector<GivenToken> open = tokens_.next_open(looked_after_, kMostLookedAfter);
  std::set<std::string> silent;
  for (const GivenToken& given : open) {
    const auto token = cashu::decode_token(given.token.reveal());
    if (!token || silent.contains(given.mint)) continue;
    std::vector<crypto::Point> ys;
    for (const cashu::Proof& proof : token->proofs) ys.push_back(cashu::proof_y(proof));
    const auto states = co_await mints_.get(given.mint).client().check_state(ys);
    if (!states) silent.insert(given.mint);
    if (!states || cashu::summarize(*states) != cashu::InputStates::all_spent) continue;
    store::Transaction transaction(wallet_.database);
    tokens_.redeemed(given.id);
    transaction.commit();
  }
}

}  // namespace paygress::provider

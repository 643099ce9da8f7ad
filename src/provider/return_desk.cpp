#include "provider/return_desk.h"

#include <algorithm>

#include "cashu/token.h"
#include "util/json.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kTryAgain = 10s;
constexpr std::uint64_t kMostFee = 100;  // of the unit; proofs that cost more than this are too many

// What the seconds that are left cost, and what was too little for a second.
std::uint64_t unused_msats(const market::Lease& lease, util::Time now) {
  const auto left = std::chrono::floor<std::chrono::seconds>(lease.ends_at - now);
  const std::uint64_t price = left.count() > 0 ? market::price_of(left, lease.spec.rate_msats_per_sec) : 0;
  return price + std::min(lease.credit_msats, UINT64_MAX - price);
}

}  // namespace

struct ReturnDesk::Debt {
  std::string lease_id;
  std::string mint, unit;
  cashu::Amount amount;  // the mint's fee for making the token comes off it
  std::string swap_id;   // empty: not begun
  Recipient recipient;
  contract::EndAnswer answer;

  // Its own part of the books' account `orders`, and the beginning of its swaps' names.
  std::string reference() const { return "end-" + lease_id; }
};

ReturnDesk::ReturnDesk(net::Clock& clock, crypto::RandomSource& random, Mints& mints, SwapDesk& swaps, Wallet& wallet,
                       Outbox& outbox, net::TaskGroup& work, bool allowed)
    : clock_(clock),
      random_(random),
      mints_(mints),
      swaps_(swaps),
      wallet_(wallet),
      outbox_(outbox),
      work_(work),
      allowed_(allowed) {}

bool ReturnDesk::owe(const market::Lease& lease, const Recipient& recipient, const contract::EndAnswer& answer) {
  if (!allowed_) return false;
  // What was claimed in a life that the database has forgotten may have gone back in that life, too.
  const auto claim = wallet_.swaps.find(lease.order_id);
  if (claim && claim->kind == SwapKind::reclaim) return false;
  // The time may have been paid at several mints; one token is of one mint: that with most of this pod's money.
  const std::vector<Balance> paid = wallet_.ledger.balances_of(Account::leases, lease.id);
  const auto largest = std::min_element(paid.begin(), paid.end(), [](const auto& a, const auto& b) { return a.msats < b.msats; });
  if (largest == paid.end()) return false;
  const auto rate = wallet_.rates.find(largest->unit);
  if (rate == wallet_.rates.end()) return false;
  const std::uint64_t amount =
      std::min(unused_msats(lease, clock_.now()) / rate->second, static_cast<std::uint64_t>(-largest->amount));
  if (amount == 0) return false;
  const Debt debt{lease.id, largest->mint, largest->unit, cashu::Amount(amount), {}, recipient, answer};
  Entry entry{"unused time", Account::leases, Account::orders, debt.mint, debt.unit, debt.amount, lease.id, debt.reference()};
  wallet_.ledger.post(entry, clock_.now());
  save(debt, false);
  return true;
}

void ReturnDesk::save(const Debt& debt, bool done) {
  const util::Json body = {{"mint", debt.mint},
                           {"unit", debt.unit},
                           {"amount", debt.amount.value()},
                           {"swap", debt.swap_id},
                           {"customer", debt.recipient.customer.hex()},
                           {"nip04", debt.recipient.protocol == market::Protocol::nip04},
                           {"message", debt.recipient.message_id},
                           {"plain_words", debt.recipient.plain_words},
                           {"request_id", debt.answer.request_id.value_or("")},
                           {"pod_npub", debt.answer.pod_npub}};
  wallet_.database.run(
      "INSERT INTO returns (lease_id, body, state) VALUES (?, ?, ?) ON CONFLICT (lease_id) DO UPDATE SET body = excluded.body, "
      "state = excluded.state",
      debt.lease_id, util::to_text(body), done ? "done" : "owed");
}

std::optional<ReturnDesk::Debt> ReturnDesk::find(std::string_view lease_id) {
  store::Statement row = wallet_.database.prepare("SELECT body FROM returns WHERE lease_id = ? AND state = 'owed'");
  row.bind(lease_id);
  if (!row.step()) return std::nullopt;
  const util::Json body = util::Json::parse(row.text(0));
  const auto protocol = body.at("nip04").get<bool>() ? market::Protocol::nip04 : market::Protocol::nip17;
  Recipient recipient{crypto::PublicKey::from_hex(body.at("customer").get<std::string>()).value(), protocol,
                      body.at("message").get<std::string>(), body.at("plain_words").get<bool>()};
  contract::EndAnswer answer;
  answer.pod_npub = body.at("pod_npub").get<std::string>();
  const auto request_id = body.at("request_id").get<std::string>();
  if (!request_id.empty()) answer.request_id = request_id;
  return Debt{std::string(lease_id),
              body.at("mint").get<std::string>(),
              body.at("unit").get<std::string>(),
              cashu::Amount(body.at("amount").get<std::uint64_t>()),
              body.at("swap").get<std::string>(),
              std::move(recipient),
              std::move(answer)};
}

void ReturnDesk::start(const std::string& lease_id) { work_.start(give_back(lease_id), "return " + lease_id); }

void ReturnDesk::resume() {
  store::Statement row = wallet_.database.prepare("SELECT lease_id FROM returns WHERE state = 'owed'");
  std::vector<std::string> ids;
  while (row.step()) ids.push_back(row.text(0));
  for (const std::string& id : ids) start(id);
}

net::Task<> ReturnDesk::give_back(std::string lease_id) {
  bool complained = false;
  for (;;) {
    auto debt = find(lease_id);
    if (!debt) co_return;
    const bool begun = !debt->swap_id.empty() || co_await begin(*debt);
    if (begun) {
      if (find(lease_id)) co_await finish(*debt);
      if (!find(lease_id)) co_return;
    }
    if (!complained)
      util::log_warning("unused time cannot be given back at once; it is tried until it can",
                        {{"PAYGRESS_POD", lease_id}, {"PAYGRESS_MINT", debt->mint}});
    complained = true;
    co_await clock_.sleep_for(kTryAgain);
  }
}

net::Task<bool> ReturnDesk::begin(Debt& debt) {
  MintDesk& desk = mints_.get(debt.mint);
  if (!desk.known()) co_return false;
  const cashu::Keyset* active = desk.active(debt.unit);
  if (active == nullptr) co_return false;
  if (const auto sure = co_await swaps_.scan().make_sure_of_counters(desk, *active); !sure) co_return false;
  // The fee comes off what goes back, and depends on the proofs; these depend on what goes back.
  std::optional<std::vector<cashu::Proof>> inputs;
  cashu::Amount fee, gives;
  for (std::uint64_t off = 0; off < debt.amount.value() && !inputs; ++off) {
    auto chosen = wallet_.proofs.select(debt.mint, debt.unit, cashu::Amount(debt.amount.value() - off), desk.keysets());
    if (!chosen && off < kMostFee) continue;
    if (!chosen) co_return false;
    fee = cashu::input_fee(*chosen, desk.keysets()).value();
    const std::uint64_t less = std::max(off, fee.value());
    if (less >= debt.amount.value()) break;
    gives = cashu::Amount(debt.amount.value() - less);
    inputs = std::move(*chosen);
  }
  if (!inputs) {
    answer_without_token(debt);
    co_return true;
  }
  Swap split;
  split.id = debt.reference() + "-" + util::hex(crypto::random_bytes<4>(random_));
  split.kind = SwapKind::split;
  split.mint = debt.mint;
  split.unit = debt.unit;
  split.face = cashu::total(*inputs).value();
  split.fee = fee;
  split.gives = gives;
  split.inputs = std::move(*inputs);
  debt.swap_id = split.id;
  store::Transaction transaction(wallet_.database);
  wallet_.proofs.reserve(split.id, split.inputs);
  if (!swaps_.journal(split)) co_return false;
  save(debt, false);
  transaction.commit();
  co_return true;
}

net::Task<> ReturnDesk::finish(Debt debt) {
  SwapDesk::Ending ending;
  ending.done = [this, &debt](const Swap& swap, const auto&, const std::vector<cashu::Proof>& given) {
    const cashu::Token token{cashu::MintUrl::parse(swap.mint).value(), swap.unit, std::nullopt, given};
    const auto post = [&](const char* what, Account credit, cashu::Amount amount) {
      wallet_.ledger.post({what, Account::orders, credit, swap.mint, swap.unit, amount, debt.reference()}, clock_.now());
    };
    post("unused time", Account::proofs, swap.gives);
    // The swap's fee stands as the operator's; it is the customer's.
    post("input fee", Account::mint_fees, cashu::subtract(debt.amount, swap.gives).value());
    util::Secret text(cashu::encode_token(token));
    TokensGiven(wallet_.database)
        .add({debt.reference(), TokenKind::unused_time, swap.mint, swap.unit, swap.gives, text}, clock_.now());
    contract::EndAnswer answer = debt.answer;
    answer.refund_token = text;
    outbox_.enqueue(debt.recipient, answer);
    save(debt, true);
  };
  ending.refused = [this, &debt](const Swap&, const util::Error&) {
    debt.swap_id.clear();  // with other proofs, then
    save(debt, false);
  };
  co_await swaps_.finish(debt.swap_id, std::move(ending));
  outbox_.wake();
}

// What is left is less than the fee for making a token of it.
void ReturnDesk::answer_without_token(const Debt& debt) {
  store::Transaction transaction(wallet_.database);
  wallet_.ledger.move_all(Account::orders, debt.reference(), Account::earnings, debt.lease_id, "too little to return",
                          clock_.now());
  outbox_.enqueue(debt.recipient, debt.answer);
  save(debt, true);
  transaction.commit();
  outbox_.wake();
}

}  // namespace paygress::provider

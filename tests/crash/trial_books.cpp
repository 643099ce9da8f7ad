// What a trial must come to: every sat is the customer's, the provider's or the mint's fee, and every order has its answer.
#include <algorithm>
#include <stdexcept>

#include "cashu/token.h"
#include "tests/crash/trial.h"

namespace paygress::test {
namespace {

constexpr std::uint64_t kFeePpk = 100;  // of every mint under test
constexpr std::uint64_t kMsatPerSat = 1000;

// NUT-02.
std::uint64_t input_fee(std::size_t inputs) { return (inputs * kFeePpk + 999) / 1000; }

bool is_delivered(const util::Json& answer) { return !answer.contains("error_type"); }
bool is_refunded(const util::Json& answer) { return answer.contains("refund_token"); }

void must(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

}  // namespace

net::Task<> Trial::count() {
  Balance sum;
  std::vector<Purse> tokens;
  for (const Order& order : orders_) {
    const Purse token = co_await count_order(order, sum);
    tokens.push_back(token);
  }
  const DaemonBooks books = read_books(story.settings.at("CASHU_DB_PATH"));
  const Purse provider = co_await weigh(client_, books.held);
  sum.provider = provider.unspent;
  sum.fees += books.reclaim_fees;
  const std::uint64_t known = sum.customer + sum.provider + sum.fees;
  lost_msat_ = (static_cast<std::int64_t>(sum.minted) - static_cast<std::int64_t>(known)) * static_cast<std::int64_t>(kMsatPerSat);
  const std::string balance = "minted " + std::to_string(sum.minted) + " sat; the customer has " + std::to_string(sum.customer) +
                              ", the provider " + std::to_string(sum.provider) + ", the mint's fees are " +
                              std::to_string(sum.fees);
  must(lost_msat_ == 0, "money is lost: " + balance);
  must(provider.spent == 0 && provider.pending == 0, "the provider's books hold money that was spent: " + balance);
  for (std::size_t i = 0; i < orders_.size(); ++i) check_answers(orders_[i], tokens[i]);
  check_ledger(books, provider);
  if (mint_.is_sandbox()) check_mint(sum);
  must(trouble_ == Trouble::none || trouble_came_ || proxy_.faults().carried_out() > 0, "the trouble never came");
  check_pods();
}

// Every order has ended, so nothing is set apart any more and nothing is owed to an order.
void Trial::check_ledger(const DaemonBooks& books, const Purse& provider) {
  must(books.reserved.empty(), "money is set apart for nobody");
  must(books.ledger_proofs == static_cast<std::int64_t>(provider.face()),
       "the ledger says that " + std::to_string(books.ledger_proofs) + " sat are held, and it is " +
           std::to_string(provider.face()));
  must(books.ledger_orders == 0, "the ledger owes money to orders that have ended");
  must(books.ledger_sum == 0, "the ledger's accounts do not add up to nothing");
}

// The sandbox's mint can be asked for everything.
void Trial::check_mint(const Balance& sum) {
  const sandbox::Books books = story.world.mint.books();
  must(books.fees_msat == sum.fees * kMsatPerSat, "the mint kept another fee than the tokens'");
  must(books.outstanding_msat() == (sum.customer + sum.provider) * kMsatPerSat, "the mint owes money to nobody we know");
}

// Adds what the customer has, and what he paid in fees. Gives what became of his token.
net::Task<Purse> Trial::count_order(const Order& order, Balance& sum) {
  const cashu::Token token = cashu::decode_token(order.token).value();
  const Purse paid = co_await weigh(client_, token.proofs);
  sum.minted += paid.face();
  sum.customer += paid.unspent;
  if (paid.spent > 0) sum.fees += input_fee(token.proofs.size());
  for (const util::Json& answer : final_answers(order)) {
    if (!is_refunded(answer)) continue;
    const cashu::Token refund = cashu::decode_token(answer["refund_token"].get<std::string>()).value();
    const Purse back = co_await weigh(client_, refund.proofs);
    sum.customer += back.unspent;
  }
  co_return paid;
}

// Delivered or refunded and the token spent, or refused and the token untouched. One answer, unless the scenario says otherwise.
void Trial::check_answers(const Order& order, const Purse& token) {
  must(token.pending == 0, "a token is pending for ever");
  must(token.spent == 0 || token.unspent == 0, "a token is half spent");
  const std::vector<util::Json> answers = final_answers(order);
  must(answers.size() == order.answers, "an order has " + std::to_string(answers.size()) + " final answers");
  const bool served = std::any_of(answers.begin(), answers.end(),
                                  [](const util::Json& answer) { return is_delivered(answer) || is_refunded(answer); });
  must(served == (token.spent > 0), served ? "an order was served without payment" : "a token was taken and nothing was given");
}

// Exactly one pod for each order that has one, however often it was begun.
void Trial::check_pods() {
  const auto sold = std::count_if(orders_.begin(), orders_.end(), [&](const Order& order) {
    const std::vector<util::Json> answers = final_answers(order);
    return order.pod && std::any_of(answers.begin(), answers.end(), is_delivered);
  });
  const auto running = static_cast<std::ptrdiff_t>(story.world.kube.running_pods());
  must(running == sold, std::to_string(sold) + " pods were sold and " + std::to_string(running) + " run");
}

}  // namespace paygress::test

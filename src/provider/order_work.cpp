// The slow half of the order desk: each function does one thing in the world and reports it as the next event. Every one of
// them may run again after a crash, at any point.
#include "provider/order_desk.h"

#include <boost/asio/error.hpp>

#include "net/clock.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;
using contract::ErrorType;

constexpr std::chrono::milliseconds kMintPause = 3s;  // between two questions to a mint that is silent
constexpr std::chrono::milliseconds kAfterFault = 10s;
constexpr std::chrono::milliseconds kClocksDiffer = 5s;   // ours and the cluster's, which says whole seconds
constexpr auto kMintPatience = std::chrono::minutes(15);  // then the order is declined, the token untouched

market::Refusal no_room(const util::Error& error) {
  market::Refusal refusal{ErrorType::resource_unavailable,
                          error.code,
                          "There is no room for another pod now. Your token was not touched; try again later.",
                          {},
                          true};
  if (error.code == "no_port") refusal.message = "No port is free now. Your token was not touched; try again later.";
  if (error.code == "cluster_unreachable")
    refusal.message = "The provider cannot start pods at the moment. Your token was not touched; try again later.";
  return refusal;
}

market::Refusal pod_gone() {
  return {
      ErrorType::pod_not_found, "pod_not_found", "There is no running pod of that name. Your token was not touched.", {}, false};
}

}  // namespace

net::Task<> OrderDesk::perform(std::string order_id, market::Action action) {
  for (;;) {
    const auto order = orders_.find(order_id);
    if (!order) co_return;
    std::string fault;
    try {
      co_await act(*order, action);
    } catch (const boost::system::system_error& error) {
      if (error.code() == boost::asio::error::operation_aborted) throw;
      fault = error.what();
    } catch (const std::exception& error) {
      fault = error.what();
    }
    if (fault.empty()) co_return;
    util::log_error("an order has met a fault; it goes on in a while", {{"PAYGRESS_ORDER", order_id}, {"PAYGRESS_REASON", fault}});
    co_await clock_.sleep_for(kAfterFault);
    const auto now = orders_.find(order_id);
    const auto next = now ? market::awaited(*now) : std::nullopt;
    if (!next) co_return;
    action = *next;
  }
}

net::Task<> OrderDesk::act(market::Order order, market::Action action) {
  struct Work {
    OrderDesk& desk;
    const market::Order& order;
    net::Task<> operator()(const market::action::CheckPayment&) const { return desk.check_payment(order); }
    net::Task<> operator()(const market::action::RedeemToken&) const { return desk.redeem(order); }
    net::Task<> operator()(const market::action::StartPod&) const { return desk.start_pod(order); }
    net::Task<> operator()(const market::action::ExtendPod&) const { return desk.extend_pod(order); }
    net::Task<> operator()(const market::action::MakeRefund&) const { return desk.make_refund(order); }
    // Replies are in the outbox already.
    net::Task<> operator()(const market::action::ReplyProcessing&) const { co_return; }
    net::Task<> operator()(const market::action::ReplyDelivered&) const { co_return; }
    net::Task<> operator()(const market::action::ReplyError&) const { co_return; }
  };
  const Work work{*this, order};
  net::Task<> task = std::visit(work, action);
  co_await std::move(task);
}

net::Task<> OrderDesk::check_payment(market::Order order) {
  const util::Time began = clock_.now();
  for (;;) {
    auto examined = co_await cashier_.examine(order.id, order.token);
    if (examined) {
      std::optional<market::Refusal> unfit;
      if (examined->claimed_before.empty()) {
        unfit = co_await judge(order, examined->payment);
      } else {
        unfit = judge_forgotten(order, examined->payment);
      }
      if (unfit) {
        apply(order.id, market::event::Declined{*unfit});
      } else {
        admit(order.id, *examined);
      }
      co_return;
    }
    const bool silent = examined.error().code == "mint_unreachable";
    if (!silent || clock_.now() - began > kMintPatience) {
      apply(order.id, market::event::Declined{Cashier::to_refusal(examined.error())});
      co_return;
    }
    apply(order.id, market::event::Delayed{"mint_unreachable"});
    co_await clock_.sleep_for(kMintPause);
  }
}

net::Task<std::optional<market::Refusal>> OrderDesk::judge(market::Order order, market::Payment payment) {
  std::optional<market::Refusal> unfit;
  if (const auto* wish = std::get_if<market::PodWish>(&order.want)) {
    unfit = market::judge_spawn(payment, *wish, catalogue_);
  } else if (const auto lease = leases_.find(order.lease_id())) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(lease->ends_at - clock_.now());
    unfit = market::judge_top_up(payment, std::get<market::PodExtension>(order.want), lease->credit_msats, left, catalogue_);
  }
  if (!unfit) unfit = co_await find_obstacle(order);
  co_return unfit;
}

// An order that was paid, of which a database that was put back from a copy knows nothing. It goes on from where its money is:
// a pod that runs already is found in the cluster and stays as it is, one that was never started is started, and if there is
// no room now the money goes back. What cannot be told is whether a pod whose time would be over had been there: that is left to
// the operator, whose books hold the money as found.
std::optional<market::Refusal> OrderDesk::judge_forgotten(const market::Order& order, const market::Payment& payment) const {
  if (const auto* wish = std::get_if<market::PodWish>(&order.want)) {
    const auto time = market::buy(payment.net_msats(), 0, wish->spec.rate_msats_per_sec).duration;
    const auto since = std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - order.asked_at);
    if (since >= time + keeper_.settings().start_allowance) {
      util::log_warning(
          "an order that the database has forgotten was paid, and its time is over; its money is among what was found",
          {{"PAYGRESS_ORDER", order.id}});
      return market::Refusal{ErrorType::invalid_token,
                             "token_spent",
                             "This token was spent for this order before, and the order's time is over. If you never got the pod, "
                             "write to the provider.",
                             {},
                             false};
    }
  }
  util::log_notice("an order that the database has forgotten was paid already; it goes on with that money",
                   {{"PAYGRESS_ORDER", order.id}});
  return std::nullopt;
}

// What the cluster says, asked last because it is the dearest question.
net::Task<std::optional<market::Refusal>> OrderDesk::find_obstacle(market::Order order) {
  if (const auto* wish = std::get_if<market::PodWish>(&order.want)) {
    const auto room = co_await keeper_.reserve(order.id, *wish);
    if (!room) co_return no_room(room.error());
    co_return std::nullopt;
  }
  const auto lease = leases_.find(order.lease_id());
  if (!lease || lease->state != market::LeaseState::active || lease->ends_at <= clock_.now()) co_return pod_gone();
  const auto running = co_await keeper_.is_running(lease->id);
  if (!running) {
    util::Error unreachable{util::Errc::unavailable, running.error().message, "cluster_unreachable"};
    co_return no_room(unreachable);
  }
  if (!*running) co_return pod_gone();
  co_return std::nullopt;
}

// From here on the token is ours to claim: the journal and the order's state are one transaction.
void OrderDesk::admit(const std::string& order_id, const Examined& examined) {
  const auto order = orders_.find(order_id);
  if (!order || !std::holds_alternative<market::Checking>(order->state)) return;
  std::vector<market::Action> to_perform;
  std::optional<util::Error> in_the_way;
  {
    store::Transaction transaction(database_);
    const auto journalled = cashier_.journal(order_id, examined);
    if (journalled) {
      apply_in(*order, market::event::Admitted{examined.payment}, to_perform);
      transaction.commit();
    } else {
      in_the_way = journalled.error();
    }
  }
  if (in_the_way) {
    apply(order_id, market::event::Declined{Cashier::to_refusal(*in_the_way)});
    return;
  }
  go_on(order_id, to_perform);
}

// The claim ends and the order goes on in one transaction, so that between them nothing can be lost.
net::Task<> OrderDesk::redeem(market::Order order) {
  const std::string id = order.id;
  std::vector<market::Action> to_perform;
  Cashier::Outcome outcome;
  outcome.claimed = [&] {
    market::event::Claimed claimed;
    if (const auto lease = leases_.find(order.lease_id()); lease && order.is_top_up()) claimed.credit_msats = lease->credit_msats;
    apply_in(orders_.find(id).value(), claimed, to_perform);
  };
  outcome.refused = [&](const market::Refusal& refusal) {
    apply_in(orders_.find(id).value(), market::event::ClaimRefused{refusal}, to_perform);
  };
  outcome.delayed = [&](std::string code) { apply(id, market::event::Delayed{std::move(code)}); };
  co_await cashier_.claim(id, std::move(outcome));
  go_on(id, to_perform);
}

net::Task<> OrderDesk::start_pod(market::Order order) {
  const market::Purchase purchase = std::get<market::Provisioning>(order.state).purchase;
  const auto started = co_await keeper_.start(order, purchase);
  if (started) {
    started_ = *started;
    apply(order.id, market::event::PodReady{started->ready_at});
    keeper_.wake();
  } else {
    apply(order.id, market::event::PodFailed{started.error().code});
  }
  keeper_.release(order.id);
}

net::Task<> OrderDesk::extend_pod(market::Order order) {
  const auto end = co_await keeper_.extend(order.lease_id(), order.id.substr(0, 32));
  if (end) {
    apply(order.id, market::event::Extended{agreed_end(order, *end)});
  } else {
    apply(order.id, market::event::ExtensionTooLate{});
  }
}

// A cluster that ends the pod earlier than the books had this time already when the pod was found again after a loss of the
// database. Then its end counts, unless more time is on its way to it.
util::Time OrderDesk::agreed_end(const market::Order& order, util::Time in_cluster) {
  const util::Time in_books = leases_.find(order.lease_id())->ends_at;
  if (in_books - in_cluster < kClocksDiffer) return in_books;
  for (const std::string& id : orders_.open_orders()) {
    const auto other = orders_.find(id);
    if (id != order.id && other->lease_id() == order.lease_id() && std::holds_alternative<market::Extending>(other->state))
      return in_books;
  }
  return in_cluster;
}

net::Task<> OrderDesk::make_refund(market::Order order) {
  std::vector<market::Action> to_perform;
  {
    store::Transaction transaction(database_);
    const auto now = orders_.find(order.id);
    if (!now || !std::holds_alternative<market::Refunding>(now->state)) co_return;
    apply_in(*now, market::event::RefundReady{cashier_.make_refund(order.id)}, to_perform);
    transaction.commit();
  }
  go_on(order.id, to_perform);
}

}  // namespace paygress::provider

#include "market/order.h"

namespace paygress::market {
namespace {

Step unchanged(const Order& order) { return {order, {}}; }

// The token's text and the password are kept no longer than they are needed.
void forget_secrets(Order& order) {
  order.token.clear();
  if (auto* wish = std::get_if<PodWish>(&order.want)) wish->ssh_password.clear();
}

contract::ErrorAnswer untouched(const Order& order, const Refusal& refusal) {
  contract::ErrorAnswer answer;
  const bool about_the_pod = refusal.type == contract::ErrorType::pod_not_found;
  answer.type = order.is_top_up() && !about_the_pod ? contract::ErrorType::payment_failed : refusal.type;
  answer.code = refusal.code;
  answer.message = refusal.message;
  answer.details = refusal.details;
  answer.request_id = order.request_id;
  answer.retryable = refusal.retryable;
  return answer;
}

contract::ErrorAnswer after_payment(const Order& order, std::string code) {
  contract::ErrorAnswer answer;
  answer.type = order.is_top_up() ? contract::ErrorType::payment_failed : contract::ErrorType::pod_creation_failed;
  answer.code = std::move(code);
  answer.message = order.is_top_up() ? "The pod had already ended when your payment arrived. Its amount comes back as refund_token."
                                     : "The pod could not be started. The amount you paid comes back as refund_token.";
  answer.request_id = order.request_id;
  answer.token_consumed = true;
  answer.retryable = !order.is_top_up();
  return answer;
}

Step refuse(const Order& order, const Refusal& refusal) {
  Step step{order, {}};
  Refused refused{untouched(order, refusal)};
  step.actions.push_back(action::ReplyError{refused.answer});
  step.next.state = std::move(refused);
  forget_secrets(step.next);
  return step;
}

Step refund(const Order& order, const Payment& payment, std::string code) {
  Step step{order, {action::MakeRefund{}}};
  step.next.state = Refunding{payment, after_payment(order, std::move(code))};
  return step;
}

Step deliver(const Order& order, const Payment& payment, const Purchase& purchase, util::Time ends_at) {
  Step step{order, {action::ReplyDelivered{}}};
  step.next.state = Delivered{payment, purchase, ends_at};
  forget_secrets(step.next);
  return step;
}

std::uint64_t rate_of(const Order& order) {
  if (const auto* wish = std::get_if<PodWish>(&order.want)) return wish->spec.rate_msats_per_sec;
  return std::get<PodExtension>(order.want).rate_msats_per_sec;
}

struct Transition {
  const Order& order;

  Step operator()(const Checking&, const event::Admitted& event) const {
    Step step{order, {action::RedeemToken{}}};
    step.next.state = Redeeming{event.payment};
    return step;
  }
  Step operator()(const Checking&, const event::Declined& event) const { return refuse(order, event.refusal); }
  Step operator()(const Checking&, const event::Delayed& event) const { return processing(event); }
  Step operator()(const Redeeming&, const event::Delayed& event) const { return processing(event); }

  Step operator()(const Redeeming& state, const event::Claimed& event) const {
    const Purchase purchase = buy(state.payment.net_msats(), event.credit_msats, rate_of(order));
    Step step{order, {}};
    step.next.token.clear();  // spent: it names nothing any more
    if (order.is_top_up()) {
      step.next.state = Extending{state.payment, purchase};
      step.actions.push_back(action::ExtendPod{});
    } else {
      step.next.state = Provisioning{state.payment, purchase};
      step.actions.push_back(action::StartPod{});
    }
    return step;
  }
  Step operator()(const Redeeming&, const event::ClaimRefused& event) const { return refuse(order, event.refusal); }

  Step operator()(const Provisioning& state, const event::PodReady& event) const {
    return deliver(order, state.payment, state.purchase, event.ready_at + state.purchase.duration);
  }
  Step operator()(const Provisioning& state, const event::PodFailed& event) const {
    return refund(order, state.payment, event.code);
  }
  Step operator()(const Extending& state, const event::Extended& event) const {
    return deliver(order, state.payment, state.purchase, event.ends_at);
  }
  Step operator()(const Extending& state, const event::ExtensionTooLate&) const {
    return refund(order, state.payment, "pod_ended");
  }

  Step operator()(const Refunding& state, const event::RefundReady& event) const {
    Step step{order, {}};
    Refunded refunded{state.answer};
    refunded.answer.refund_token = event.token;
    step.actions.push_back(action::ReplyError{refunded.answer});
    step.next.state = std::move(refunded);
    forget_secrets(step.next);
    return step;
  }

  template <class State, class Event>
  Step operator()(const State&, const Event&) const {
    return unchanged(order);
  }

 private:
  // Told once, however long it takes.
  Step processing(const event::Delayed& event) const {
    if (order.told_processing) return unchanged(order);
    Step step{order, {action::ReplyProcessing{event.code}}};
    step.next.told_processing = true;
    return step;
  }
};

}  // namespace

bool Order::is_final() const {
  return std::holds_alternative<Delivered>(state) || std::holds_alternative<Refused>(state) ||
         std::holds_alternative<Refunded>(state);
}

std::string Order::lease_id() const {
  if (const auto* extension = std::get_if<PodExtension>(&want)) return extension->lease_id;
  return id.substr(0, 12);
}

Step advance(const Order& order, const OrderEvent& event) { return std::visit(Transition{order}, order.state, event); }

std::optional<Action> awaited(const Order& order) {
  struct Waits {
    std::optional<Action> operator()(const Checking&) const { return action::CheckPayment{}; }
    std::optional<Action> operator()(const Redeeming&) const { return action::RedeemToken{}; }
    std::optional<Action> operator()(const Provisioning&) const { return action::StartPod{}; }
    std::optional<Action> operator()(const Extending&) const { return action::ExtendPod{}; }
    std::optional<Action> operator()(const Refunding&) const { return action::MakeRefund{}; }
    std::optional<Action> operator()(const Delivered&) const { return std::nullopt; }
    std::optional<Action> operator()(const Refused&) const { return std::nullopt; }
    std::optional<Action> operator()(const Refunded&) const { return std::nullopt; }
  };
  return std::visit(Waits{}, order.state);
}

}  // namespace paygress::market

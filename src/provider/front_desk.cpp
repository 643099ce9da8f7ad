#include "provider/front_desk.h"

#include "net/clock.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

constexpr int kAnswersPerMinute = 10;          // to one sender
constexpr int kAnswersPerMinuteInTotal = 300;  // to all together
constexpr std::size_t kMaxListed = 50;         // pods in one list; the answer must fit into a message

const char kHelp[] =
    "This service rents out small Linux machines by the second. You pay with a Cashu token and log in by SSH.\n"
    "Write \"offers\" to see what there is. To order, send one message of this form:\n"
    "{\"cashu_token\": \"cashuB...\", \"pod_spec_id\": \"...\", \"ssh_username\": \"...\", \"ssh_password\": \"...\"}\n"
    "To give a pod more time: {\"pod_npub\": \"npub1...\", \"cashu_token\": \"cashuB...\"}\n"
    "\"list\" shows your pods, \"status npub1...\" one of them.";

contract::ErrorAnswer not_found(const std::optional<std::string>& request_id) {
  contract::ErrorAnswer answer;
  answer.type = contract::ErrorType::pod_not_found;
  answer.code = "pod_not_found";
  answer.message = "You have no pod of that name.";
  answer.request_id = request_id;
  return answer;
}

contract::PodStatus to_status(const market::Lease& lease, util::Time now) {
  switch (lease.state) {
    case market::LeaseState::starting: return contract::PodStatus::starting;
    case market::LeaseState::active: return lease.ends_at > now ? contract::PodStatus::active : contract::PodStatus::ended;
    case market::LeaseState::ending: return contract::PodStatus::ended;
    case market::LeaseState::ended: return contract::PodStatus::ended;
  }
  return contract::PodStatus::ended;
}

}  // namespace

FrontDesk::FrontDesk(store::Database& database, net::Clock& clock, OrderDesk& orders, LeaseKeeper& keeper, ReturnDesk& returns,
                     Outbox& outbox, std::function<contract::Offer()> offer)
    : clock_(clock),
      orders_(orders),
      keeper_(keeper),
      returns_(returns),
      outbox_(outbox),
      offer_(std::move(offer)),
      leases_(database) {}

bool FrontDesk::may_answer(const std::string& customer) {
  const std::int64_t minute = util::unix_seconds(clock_.now()) / 60;
  if (minute != minute_) {
    minute_ = minute;
    given_.clear();
    given_in_total_ = 0;
  }
  // The map is no larger than the total that is allowed.
  if (given_in_total_ >= kAnswersPerMinuteInTotal) return false;
  int& given = given_[customer];
  if (given >= kAnswersPerMinute) return false;
  ++given;
  ++given_in_total_;
  return true;
}

std::function<void()> FrontDesk::send(const Recipient& recipient, const contract::Answer& answer) {
  if (!may_answer(recipient.customer.hex())) return [] {};
  outbox_.enqueue(recipient, answer);
  return [this] { outbox_.wake(); };
}

struct FrontDesk::Answering {
  FrontDesk& desk;
  const Recipient& recipient;
  const std::optional<std::string>& request_id;

  std::function<void()> operator()(const contract::SpawnRequest& request) const {
    return desk.orders_.take_spawn(recipient, request, request_id);
  }
  std::function<void()> operator()(const contract::TopUpRequest& request) const {
    return desk.orders_.take_top_up(recipient, request, request_id);
  }
  std::function<void()> operator()(const contract::StatusRequest& request) const {
    return desk.send(recipient, desk.status(recipient, request.pod, request_id));
  }
  std::function<void()> operator()(const contract::ListRequest&) const {
    return desk.send(recipient, desk.list(recipient, request_id));
  }
  std::function<void()> operator()(const contract::EndRequest& request) const {
    return desk.end(recipient, request.pod, request_id);
  }
  std::function<void()> operator()(const contract::OffersRequest&) const {
    contract::OffersAnswer answer{desk.offer_(), request_id};
    return desk.send(recipient, answer);
  }
  std::function<void()> operator()(const contract::HelpRequest&) const {
    contract::HelpAnswer answer{kHelp, request_id};
    return desk.send(recipient, answer);
  }
  std::function<void()> operator()(const contract::BareToken&) const {
    contract::ErrorAnswer answer;
    answer.type = contract::ErrorType::invalid_request;
    answer.code = "request_incomplete";
    answer.message =
        "A token alone does not say what it is for. It was not touched. Send it with ssh_username and ssh_password for a new pod, "
        "or with pod_npub for more time.";
    answer.request_id = request_id;
    return desk.send(recipient, answer);
  }
  // Two services that answer each other's answers would never stop.
  std::function<void()> operator()(const contract::AnswerShape&) const {
    return [] {};
  }
};

std::function<void()> FrontDesk::take(const Recipient& recipient, const contract::ParsedRequest& parsed) {
  return std::visit(Answering{*this, recipient, parsed.request_id}, parsed.request);
}

namespace {

struct TooEarly {
  OrderDesk& orders;
  const Recipient& recipient;

  bool operator()(const contract::SpawnRequest&) const { return orders.too_many(recipient).has_value(); }
  bool operator()(const contract::TopUpRequest& request) const {
    return orders.is_under_way(request.pod) || orders.too_many(recipient);
  }
  bool operator()(const contract::StatusRequest& request) const { return orders.is_under_way(request.pod); }
  bool operator()(const contract::EndRequest& request) const { return orders.is_under_way(request.pod); }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

}  // namespace

bool FrontDesk::comes_too_early(const Recipient& recipient, const contract::ParsedRequest& parsed) {
  return std::visit(TooEarly{orders_, recipient}, parsed.request);
}

std::function<void()> FrontDesk::misunderstood(const Recipient& recipient, const contract::BadRequest& bad) {
  return send(recipient, contract::to_answer(bad));
}

// For anybody but its owner a pod does not exist (CONTRACT section 2).
std::optional<market::Lease> FrontDesk::own_lease(const Recipient& recipient, const std::string& pod) {
  auto lease = orders_.find_lease(pod);
  if (!lease || lease->owner != recipient.customer.hex()) return std::nullopt;
  return lease;
}

contract::StatusAnswer FrontDesk::status_of(const market::Lease& lease) const {
  contract::StatusAnswer answer{orders_.access_details(lease), to_status(lease, clock_.now())};
  return answer;
}

contract::Answer FrontDesk::status(const Recipient& recipient, const std::string& pod,
                                   const std::optional<std::string>& request_id) {
  const auto lease = own_lease(recipient, pod);
  if (!lease) return not_found(request_id);
  contract::StatusAnswer answer = status_of(*lease);
  answer.details.request_id = request_id;
  return answer;
}

contract::Answer FrontDesk::list(const Recipient& recipient, const std::optional<std::string>& request_id) {
  contract::ListAnswer answer;
  answer.request_id = request_id;
  for (const market::Lease& lease : leases_.of_owner(recipient.customer.hex(), clock_.now(), kMaxListed))
    answer.pods.push_back(status_of(lease));
  return answer;
}

std::function<void()> FrontDesk::end(const Recipient& recipient, const std::string& pod,
                                     const std::optional<std::string>& request_id) {
  auto lease = own_lease(recipient, pod);
  if (!lease || lease->state != market::LeaseState::active || lease->ends_at <= clock_.now())
    return send(recipient, not_found(request_id));
  contract::EndAnswer answer;
  answer.pod_npub = orders_.access_details(*lease).pod_npub;
  answer.request_id = request_id;
  const std::string id = lease->id;
  const bool owed = returns_.owe(*lease, recipient, answer);
  lease->state = market::LeaseState::ending;
  lease->ends_at = clock_.now();
  leases_.save(*lease);
  util::log_info("a pod is ended by its owner", {{"PAYGRESS_POD", id}});
  // With money to go back, the answer comes with it.
  const std::function<void()> sent = owed ? [this, id] { returns_.start(id); } : send(recipient, answer);
  return [&keeper = keeper_, sent] {
    sent();
    keeper.wake();
  };
}

}  // namespace paygress::provider

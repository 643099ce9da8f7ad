#include "provider/order_desk.h"

#include <algorithm>

#include "crypto/hash.h"
#include "nostr/nip19.h"
#include "provider/message_ids.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

// Both bound what one stranger, and all of them together, can make us remember and do.
constexpr std::size_t kMaxOpenOrdersOfOne = 10;
constexpr std::size_t kMaxOpenOrders = 500;
constexpr std::size_t kLeaseIdDigits = 12;

// Named by the customer's own word for it, else by his message; never by anything that another customer could also say.
std::string order_id_of(const Recipient& recipient, const std::optional<std::string>& request_id) {
  const std::string name = request_id ? "request " + *request_id : "message " + recipient.message_id;
  return util::hex(crypto::sha256(util::as_bytes("paygress order " + recipient.customer.hex() + " " + name)));
}

// Everything but what is wanted and what pays for it.
market::Order order_of(const Recipient& recipient, const std::optional<std::string>& request_id) {
  market::Order order;
  order.id = order_id_of(recipient, request_id);
  order.customer = recipient.customer.hex();
  order.protocol = recipient.protocol;
  order.message_id = recipient.message_id;
  order.plain_words = recipient.plain_words;
  order.request_id = request_id;
  order.asked_at = recipient.sent_at;
  return order;
}

contract::ErrorAnswer pod_not_found() {
  contract::ErrorAnswer answer;
  answer.type = contract::ErrorType::pod_not_found;
  answer.code = "pod_not_found";
  answer.message = "There is no running pod of that name. Your token was not touched.";
  return answer;
}

contract::Processing processing(const market::Order& order, std::string code) {
  contract::Processing notice;
  notice.code = std::move(code);
  notice.request_id = order.request_id;
  notice.message = notice.code == "token_pending"
                       ? "The mint still holds your token as pending. Your order waits for it; you need not do anything."
                       : "The mint takes longer than usual. Your order goes on by itself; you need not do anything.";
  return notice;
}

}  // namespace

OrderDesk::OrderDesk(store::Database& database, net::Clock& clock, const market::Catalogue& catalogue,
                     const crypto::SecretKey& service_key, Cashier& cashier, LeaseKeeper& keeper, Outbox& outbox,
                     net::TaskGroup& work)
    : database_(database),
      clock_(clock),
      catalogue_(catalogue),
      service_key_(service_key),
      cashier_(cashier),
      keeper_(keeper),
      outbox_(outbox),
      work_(work),
      orders_(database),
      leases_(database) {}

std::optional<contract::ErrorAnswer> OrderDesk::too_many(const Recipient& recipient) {
  if (orders_.count_open_of(recipient.customer.hex()) < kMaxOpenOrdersOfOne && orders_.count_open() < kMaxOpenOrders)
    return std::nullopt;
  contract::ErrorAnswer answer;
  answer.type = contract::ErrorType::resource_unavailable;
  answer.code = "too_many_orders";
  answer.message = "Too many orders are open at the moment. Your token was not touched; try again when the others are done.";
  answer.retryable = true;
  return answer;
}

std::function<void()> OrderDesk::take_spawn(const Recipient& recipient, const contract::SpawnRequest& request,
                                            const std::optional<std::string>& request_id) {
  market::Order order = order_of(recipient, request_id);
  if (const auto known = orders_.find(order.id)) return repeat(*known, recipient);
  auto admitted = market::admit(request, catalogue_);
  if (auto* refusal = std::get_if<contract::ErrorAnswer>(&admitted)) return decline(recipient, *refusal, request_id);
  if (const auto busy = too_many(recipient)) return decline(recipient, *busy, request_id);
  order.want = std::get<market::PodWish>(std::move(admitted));
  order.token = request.cashu_token;
  return open(std::move(order));
}

std::function<void()> OrderDesk::take_top_up(const Recipient& recipient, const contract::TopUpRequest& request,
                                             const std::optional<std::string>& request_id) {
  market::Order order = order_of(recipient, request_id);
  if (const auto known = orders_.find(order.id)) return repeat(*known, recipient);
  const auto lease = find_lease(request.pod);
  if (!lease || lease->state != market::LeaseState::active || lease->ends_at <= clock_.now())
    return decline(recipient, pod_not_found(), request_id);
  if (auto busy = too_many(recipient)) {
    busy->type = contract::ErrorType::payment_failed;
    return decline(recipient, *busy, request_id);
  }
  order.want = market::PodExtension{lease->id, lease->spec.rate_msats_per_sec};
  order.token = request.cashu_token;
  return open(std::move(order));
}

// What is clear at once needs no order: the answer is all there is.
std::function<void()> OrderDesk::decline(const Recipient& recipient, contract::ErrorAnswer answer,
                                         const std::optional<std::string>& request_id) {
  answer.request_id = request_id;
  outbox_.enqueue(recipient, answer);
  return [this] { outbox_.wake(); };
}

std::function<void()> OrderDesk::open(market::Order order) {
  order.received_at = clock_.now();
  order.state = market::Checking{};
  orders_.insert(order, clock_.now());
  util::log_info("an order was received",
                 {{"PAYGRESS_ORDER", order.id}, {"PAYGRESS_KIND", order.is_top_up() ? "top-up" : "spawn"}});
  return [this, order] { goes_on(order); };
}

void OrderDesk::goes_on(const market::Order& order) {
  if (!order.is_top_up()) under_way_[order.id] = lease_of(order).pod_key;
  begin(order, *market::awaited(order));
}

// The same request again: the same answer, nothing charged. While the order is open, its one answer is still to come.
std::function<void()> OrderDesk::repeat(const market::Order& order, const Recipient& recipient) {
  const std::string text = orders_.answer_of(order.id);
  if (text.empty()) return [] {};
  outbox_.enqueue_text(recipient, text);
  return [this] { outbox_.wake(); };
}

util::Result<> OrderDesk::resend(const std::string& order_id) {
  const auto order = orders_.find(order_id);
  if (!order) return util::Error{util::Errc::not_found, "there is no order " + order_id, "order_unknown"};
  const std::string text = orders_.answer_of(order_id);
  if (text.empty())
    return util::Error{util::Errc::refused, "that order has no answer yet; it will be sent by itself", "order_open"};
  store::Transaction transaction(database_);
  outbox_.enqueue_text(recipient_of(*order), text);
  transaction.commit();
  outbox_.wake();
  return {};
}

void OrderDesk::resume() {
  for (const std::string& id : orders_.open_orders()) {
    const market::Order order = orders_.find(id).value();
    util::log_info("an order goes on after the restart", {{"PAYGRESS_ORDER", id}});
    goes_on(order);
  }
}

void OrderDesk::apply(const std::string& order_id, const market::OrderEvent& event) {
  const auto order = orders_.find(order_id);
  if (!order) return;
  std::vector<market::Action> to_perform;
  {
    store::Transaction transaction(database_);
    apply_in(*order, event, to_perform);
    transaction.commit();
  }
  go_on(order_id, to_perform);
}

// After the commit.
void OrderDesk::go_on(const std::string& order_id, const std::vector<market::Action>& to_perform) {
  outbox_.wake();
  const auto now = orders_.find(order_id);
  if (now->is_final()) {
    keeper_.release(order_id);
    under_way_.erase(order_id);
  }
  for (const market::Action& action : to_perform) begin(*now, action);
}

void OrderDesk::apply_in(const market::Order& order, const market::OrderEvent& event, std::vector<market::Action>& to_perform) {
  const market::Step step = market::advance(order, event);
  store_effects(order, step.next, event);
  orders_.save(step.next, clock_.now());
  for (const market::Action& action : step.actions)
    if (!reply(step.next, action)) to_perform.push_back(action);
}

// What an event means for the leases, in the same transaction as the order's next state.
void OrderDesk::store_effects(const market::Order& before, const market::Order& next, const market::OrderEvent& event) {
  if (before.state.index() == next.state.index()) return;
  if (std::holds_alternative<market::Delivered>(next.state)) cashier_.deliver(next.id, next.lease_id());
  if (std::holds_alternative<market::event::Claimed>(event)) {
    if (const auto* paid = std::get_if<market::Provisioning>(&next.state)) {
      market::Lease lease = lease_of(next);
      lease.paid = paid->payment;
      leases_.insert(lease);
    } else if (const auto* extending = std::get_if<market::Extending>(&next.state)) {
      leases_.save(market::extended(leases_.find(next.lease_id()).value(), extending->payment, extending->purchase));
    }
    return;
  }
  if (const auto* ready = std::get_if<market::event::PodReady>(&event)) {
    const auto& delivered = std::get<market::Delivered>(next.state);
    leases_.save(market::activated(leases_.find(next.lease_id()).value(), ready->ready_at, delivered.purchase, started_->node_port,
                                   started_->ssh_host_key));
    return;
  }
  if (const auto* extended = std::get_if<market::event::Extended>(&event)) {
    market::Lease lease = leases_.find(next.lease_id()).value();
    lease.ends_at = std::min(lease.ends_at, extended->ends_at);
    leases_.save(lease);
    return;
  }
  const bool failed = std::holds_alternative<market::event::PodFailed>(event);
  if (failed || std::holds_alternative<market::event::ExtensionTooLate>(event)) {
    market::Lease lease = leases_.find(next.lease_id()).value();
    // Of a pod that ended before its top-up came through, something may still be there to sweep.
    lease.state = failed ? market::LeaseState::ended : market::LeaseState::ending;
    lease.ends_at = clock_.now();
    leases_.save(lease);
  }
}

// Replies are stored with the state; true if the action was one.
bool OrderDesk::reply(const market::Order& order, const market::Action& action) {
  if (const auto* wait = std::get_if<market::action::ReplyProcessing>(&action)) {
    answer(order, processing(order, wait->code), false);
    return true;
  }
  if (const auto* error = std::get_if<market::action::ReplyError>(&action)) {
    answer(order, error->answer, true);
    util::log_info("an order was refused or refunded", {{"PAYGRESS_ORDER", order.id}, {"PAYGRESS_CODE", error->answer.code}});
    return true;
  }
  if (!std::holds_alternative<market::action::ReplyDelivered>(action)) return false;
  const auto& delivered = std::get<market::Delivered>(order.state);
  const market::Lease lease = leases_.find(order.lease_id()).value();
  if (order.is_top_up()) {
    contract::TopUpSuccess success;
    success.pod_npub = access_details(lease).pod_npub;
    success.extended_duration_seconds = delivered.purchase.duration;
    success.new_expires_at = delivered.ends_at;
    success.paid_msats = delivered.payment.face_msats;
    success.fee_msats = delivered.payment.fee_msats;
    success.request_id = order.request_id;
    answer(order, success, true);
    if (lease.owner != order.customer) {
      success.request_id.reset();
      Recipient owner{crypto::PublicKey::from_hex(lease.owner).value(), market::Protocol::nip17, "", false};
      if (const auto first = orders_.find(lease.order_id)) owner.protocol = first->protocol;
      outbox_.enqueue(owner, success);
    }
    return true;
  }
  contract::AccessDetails details = access_details(lease);
  details.request_id = order.request_id;
  details.duration_seconds = delivered.purchase.duration;
  details.paid_msats = delivered.payment.face_msats;
  details.fee_msats = delivered.payment.fee_msats;
  answer(order, details, true);
  util::log_notice("a pod was sold",
                   {{"PAYGRESS_ORDER", order.id},
                    {"PAYGRESS_POD", lease.id},
                    {"PAYGRESS_PORT", std::to_string(lease.node_port)},
                    {"PAYGRESS_SECONDS", std::to_string(delivered.purchase.duration.count())}},
                   message_id::kPodSold);
  return true;
}

void OrderDesk::answer(const market::Order& order, const contract::Answer& answer, bool final) {
  const Recipient recipient = recipient_of(order);
  const std::string text = recipient.plain_words ? contract::print_plain(answer) : contract::print(answer);
  outbox_.enqueue_text(recipient, text);
  if (final) orders_.keep_answer(order.id, text);
}

void OrderDesk::begin(const market::Order& order, const market::Action& action) {
  work_.start(perform(order.id, action), "order " + order.id.substr(0, 12));
}

std::optional<market::Lease> OrderDesk::find_lease(const std::string& pod) {
  if (pod.size() == kLeaseIdDigits) return leases_.find(pod);
  const auto key = nostr::parse_public_key(pod);
  if (!key) return std::nullopt;
  return leases_.find_pod(key->hex());
}

bool OrderDesk::is_under_way(const std::string& pod) const {
  const auto key = nostr::parse_public_key(pod);
  const std::string hex = key ? key->hex() : std::string();
  return std::any_of(under_way_.begin(), under_way_.end(), [&](const auto& order) {
    return order.second == hex || (pod.size() == kLeaseIdDigits && order.first.starts_with(pod));
  });
}

contract::AccessDetails OrderDesk::access_details(const market::Lease& lease) const {
  contract::AccessDetails details;
  details.pod_npub = nostr::encode_npub(crypto::PublicKey::from_hex(lease.pod_key).value());
  details.pod_id = lease.id;
  details.node_port = lease.node_port;
  if (lease.state != market::LeaseState::starting) details.expires_at = lease.ends_at;
  details.cpu_millicores = lease.spec.cpu_millicores;
  details.memory_mb = lease.spec.memory_mb;
  details.pod_spec_name = lease.spec.name;
  details.pod_spec_description = lease.spec.description;
  details.host_address = keeper_.settings().ssh_host;
  details.ssh_username = lease.ssh_username;
  details.ssh_host_key = lease.ssh_host_key;
  details.password_login = lease.password_login;
  details.duration_seconds = std::chrono::duration_cast<std::chrono::seconds>(lease.ends_at - lease.started_at);
  details.paid_msats = lease.paid.face_msats;
  details.fee_msats = lease.paid.fee_msats;
  return details;
}

// The pod's name among people is a public key of its own. Its secret half is derived when needed and given to nobody: a pod
// that held it could speak for its owner.
market::Lease OrderDesk::lease_of(const market::Order& order) const {
  const auto& wish = std::get<market::PodWish>(order.want);
  market::Lease lease;
  lease.id = order.lease_id();
  lease.order_id = order.id;
  lease.owner = order.customer;
  lease.spec = wish.spec;
  lease.ssh_username = wish.ssh_username;
  lease.password_login = wish.ssh_public_key.empty();
  for (std::uint8_t attempt = 0;; ++attempt) {  // a hash is no key once in 2^128
    const crypto::Hash256 secret =
        crypto::hmac_sha256(service_key_.bytes(), util::as_bytes("paygress pod " + order.id + std::to_string(attempt)));
    if (const auto key = crypto::SecretKey::from_bytes(secret)) {
      lease.pod_key = key->public_key().hex();
      return lease;
    }
  }
}

Recipient OrderDesk::recipient_of(const market::Order& order) const {
  return {crypto::PublicKey::from_hex(order.customer).value(), order.protocol, order.message_id, order.plain_words};
}

}  // namespace paygress::provider

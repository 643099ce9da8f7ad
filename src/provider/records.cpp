#include "provider/records.h"

#include <stdexcept>

#include "contract/answer.h"
#include "util/json.h"

namespace paygress::provider {
namespace {

using util::Json;

Json time_json(util::Time time) { return util::unix_milliseconds(time); }
util::Time time_of(const Json& json) { return util::from_unix_milliseconds(json.get<std::int64_t>()); }

Json spec_json(const contract::PodSpec& spec) {
  return {{"id", spec.id},
          {"name", spec.name},
          {"description", spec.description},
          {"cpu", spec.cpu_millicores},
          {"memory", spec.memory_mb},
          {"rate", spec.rate_msats_per_sec}};
}

contract::PodSpec spec_of(const Json& json) {
  return {json.at("id"), json.at("name"), json.at("description"), json.at("cpu"), json.at("memory"), json.at("rate")};
}

Json payment_json(const market::Payment& payment) { return {{"face", payment.face_msats}, {"fee", payment.fee_msats}}; }
market::Payment payment_of(const Json& json) { return {json.at("face"), json.at("fee")}; }

Json purchase_json(const market::Purchase& purchase) {
  return {{"seconds", purchase.duration.count()}, {"rest", purchase.remainder_msats}};
}
market::Purchase purchase_of(const Json& json) {
  return {std::chrono::seconds(json.at("seconds").get<std::int64_t>()), json.at("rest")};
}

contract::ErrorAnswer error_of(const Json& json) {
  const auto answer = contract::parse_answer(json.get<std::string>());
  return std::get<contract::ErrorAnswer>(answer.value());
}

struct StateToJson {
  Json operator()(const market::Checking&) const { return {{"is", "checking"}}; }
  Json operator()(const market::Redeeming& state) const { return {{"is", "redeeming"}, {"payment", payment_json(state.payment)}}; }
  Json operator()(const market::Provisioning& state) const { return bought("provisioning", state.payment, state.purchase); }
  Json operator()(const market::Extending& state) const { return bought("extending", state.payment, state.purchase); }
  Json operator()(const market::Delivered& state) const {
    Json json = bought("delivered", state.payment, state.purchase);
    json["ends_at"] = time_json(state.ends_at);
    return json;
  }
  Json operator()(const market::Refused& state) const { return {{"is", "refused"}, {"answer", contract::print(state.answer)}}; }
  Json operator()(const market::Refunding& state) const {
    return {{"is", "refunding"}, {"payment", payment_json(state.payment)}, {"answer", contract::print(state.answer)}};
  }
  Json operator()(const market::Refunded& state) const { return {{"is", "refunded"}, {"answer", contract::print(state.answer)}}; }

 private:
  static Json bought(const char* name, const market::Payment& payment, const market::Purchase& purchase) {
    return {{"is", name}, {"payment", payment_json(payment)}, {"purchase", purchase_json(purchase)}};
  }
};

market::OrderState state_of(const Json& json) {
  const std::string is = json.at("is");
  if (is == "checking") return market::Checking{};
  if (is == "redeeming") return market::Redeeming{payment_of(json.at("payment"))};
  if (is == "provisioning") return market::Provisioning{payment_of(json.at("payment")), purchase_of(json.at("purchase"))};
  if (is == "extending") return market::Extending{payment_of(json.at("payment")), purchase_of(json.at("purchase"))};
  if (is == "delivered")
    return market::Delivered{payment_of(json.at("payment")), purchase_of(json.at("purchase")), time_of(json.at("ends_at"))};
  if (is == "refused") return market::Refused{error_of(json.at("answer"))};
  if (is == "refunding") return market::Refunding{payment_of(json.at("payment")), error_of(json.at("answer"))};
  if (is == "refunded") return market::Refunded{error_of(json.at("answer"))};
  throw std::runtime_error("database: an order in a state that this program does not know");
}

Json want_json(const market::Order& order) {
  if (const auto* wish = std::get_if<market::PodWish>(&order.want))
    return {{"spec", spec_json(wish->spec)},
            {"image", wish->image},
            {"user", wish->ssh_username},
            {"password", wish->ssh_password.reveal()},
            {"key", wish->ssh_public_key}};
  const auto& extension = std::get<market::PodExtension>(order.want);
  return {{"lease", extension.lease_id}, {"rate", extension.rate_msats_per_sec}};
}

std::variant<market::PodWish, market::PodExtension> want_of(const Json& json) {
  if (json.contains("lease")) return market::PodExtension{json.at("lease"), json.at("rate")};
  return market::PodWish{spec_of(json.at("spec")), json.at("image"), json.at("user"),
                         util::Secret(json.at("password").get<std::string>()), json.at("key")};
}

market::LeaseState lease_state_of(const std::string& text) {
  for (const auto state :
       {market::LeaseState::starting, market::LeaseState::active, market::LeaseState::ending, market::LeaseState::ended})
    if (text == market::name(state)) return state;
  throw std::runtime_error("database: a lease in a state that this program does not know");
}

}  // namespace

std::string to_record(const market::Order& order) {
  Json json = {{"id", order.id},
               {"customer", order.customer},
               {"protocol", order.protocol == market::Protocol::nip04 ? "nip04" : "nip17"},
               {"message", order.message_id},
               {"asked", time_json(order.asked_at)},
               {"received", time_json(order.received_at)},
               {"want", want_json(order)},
               {"token", order.token.reveal()},
               {"plain", order.plain_words},
               {"told", order.told_processing},
               {"state", std::visit(StateToJson{}, order.state)}};
  if (order.request_id) json["request"] = *order.request_id;
  return util::to_text(json);
}

market::Order order_from_record(std::string_view text) {
  const Json json = Json::parse(text);
  market::Order order;
  order.id = json.at("id");
  order.customer = json.at("customer");
  order.protocol = json.at("protocol") == "nip04" ? market::Protocol::nip04 : market::Protocol::nip17;
  order.message_id = json.at("message");
  order.request_id = util::string_at(json, "request");
  order.asked_at = time_of(json.at("asked"));
  order.received_at = time_of(json.at("received"));
  order.want = want_of(json.at("want"));
  order.token = util::Secret(json.at("token").get<std::string>());
  order.plain_words = json.at("plain");
  order.told_processing = json.at("told");
  order.state = state_of(json.at("state"));
  return order;
}

std::string to_record(const market::Lease& lease) {
  return util::to_text(Json{{"id", lease.id},
                            {"order", lease.order_id},
                            {"owner", lease.owner},
                            {"pod", lease.pod_key},
                            {"spec", spec_json(lease.spec)},
                            {"user", lease.ssh_username},
                            {"password_login", lease.password_login},
                            {"state", market::name(lease.state)},
                            {"port", lease.node_port},
                            {"host_key", lease.ssh_host_key},
                            {"started", time_json(lease.started_at)},
                            {"ends", time_json(lease.ends_at)},
                            {"credit", lease.credit_msats},
                            {"paid", payment_json(lease.paid)}});
}

market::Lease lease_from_record(std::string_view text) {
  const Json json = Json::parse(text);
  market::Lease lease;
  lease.id = json.at("id");
  lease.order_id = json.at("order");
  lease.owner = json.at("owner");
  lease.pod_key = json.at("pod");
  lease.spec = spec_of(json.at("spec"));
  lease.ssh_username = json.at("user");
  lease.password_login = json.at("password_login");
  lease.state = lease_state_of(json.at("state"));
  lease.node_port = json.at("port");
  lease.ssh_host_key = json.at("host_key");
  lease.started_at = time_of(json.at("started"));
  lease.ends_at = time_of(json.at("ends"));
  lease.credit_msats = json.at("credit");
  lease.paid = payment_of(json.at("paid"));
  return lease;
}

}  // namespace paygress::provider

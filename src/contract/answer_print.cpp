#include <nlohmann/json.hpp>

#include "contract/answer.h"
#include "contract/fields.h"
#include "contract/instructions.h"
#include "contract/offer_json.h"

namespace paygress::contract {
namespace {

using OrderedJson = nlohmann::ordered_json;

void put_request_id(OrderedJson& json, const std::optional<std::string>& id) {
  if (id) json[field::request_id] = *id;
}

void put_text(OrderedJson& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

// The README's fields first and in its order, then the additions.
OrderedJson to_json(const AccessDetails& pod) {
  OrderedJson json;
  json[field::pod_npub] = pod.pod_npub;
  if (pod.node_port != 0) json[field::node_port] = pod.node_port;
  if (pod.expires_at) json[field::expires_at] = util::rfc3339(*pod.expires_at);
  json[field::cpu_millicores] = pod.cpu_millicores;
  json[field::memory_mb] = pod.memory_mb;
  json[field::pod_spec_name] = pod.pod_spec_name;
  json[field::pod_spec_description] = pod.pod_spec_description;
  if (pod.node_port != 0) json[field::instructions] = instructions(pod);
  put_request_id(json, pod.request_id);
  put_text(json, field::pod_id, pod.pod_id);
  put_text(json, field::host_address, pod.host_address);
  put_text(json, field::ssh_username, pod.ssh_username);
  put_text(json, field::ssh_host_key, pod.ssh_host_key);
  json[field::duration_seconds] = pod.duration_seconds.count();
  json[field::paid_msats] = pod.paid_msats;
  json[field::fee_msats] = pod.fee_msats;
  return json;
}

OrderedJson to_json(const StatusAnswer& answer) {
  AccessDetails details = answer.details;
  if (answer.status != PodStatus::active) details.node_port = 0;  // nothing listens there: do not tell anybody to connect
  auto json = to_json(details);
  json[field::status] = to_text(answer.status);
  return json;
}

OrderedJson to_json(const ListAnswer& answer) {
  OrderedJson json;
  json[field::pods] = OrderedJson::array();
  for (const auto& pod : answer.pods) json[field::pods].push_back(to_json(pod));
  put_request_id(json, answer.request_id);
  return json;
}

OrderedJson to_json(const EndAnswer& answer) {
  OrderedJson json;
  json[field::success] = true;
  json[field::pod_npub] = answer.pod_npub;
  put_request_id(json, answer.request_id);
  if (answer.refund_token) json[field::refund_token] = answer.refund_token->reveal();
  return json;
}

OrderedJson to_json(const TopUpSuccess& answer) {
  OrderedJson json;
  json[field::success] = true;
  json[field::pod_npub] = answer.pod_npub;
  json[field::extended_duration_seconds] = answer.extended_duration_seconds.count();
  json[field::new_expires_at] = util::rfc3339(answer.new_expires_at);
  json[field::message] = answer.message.empty() ? "Pod successfully topped up!" : answer.message;
  put_request_id(json, answer.request_id);
  json[field::paid_msats] = answer.paid_msats;
  json[field::fee_msats] = answer.fee_msats;
  return json;
}

OrderedJson to_json(const ErrorAnswer& answer) {
  OrderedJson json;
  json[field::error_type] = to_text(answer.type);
  json[field::message] = answer.message;
  if (answer.details) json[field::details] = *answer.details;
  put_request_id(json, answer.request_id);
  put_text(json, field::code, answer.code);
  json[field::token_consumed] = answer.token_consumed;
  json[field::retryable] = answer.retryable;
  if (answer.refund_token) json[field::refund_token] = answer.refund_token->reveal();
  return json;
}

OrderedJson to_json(const Processing& answer) {
  OrderedJson json;
  json[field::status] = "processing";
  json[field::message] = answer.message;
  put_request_id(json, answer.request_id);
  put_text(json, field::code, answer.code);
  return json;
}

OrderedJson to_json(const HelpAnswer& answer) {
  OrderedJson json;
  json[field::help] = answer.text;
  put_request_id(json, answer.request_id);
  return json;
}

OrderedJson to_json(const OffersAnswer& answer) {
  auto json = offer_json(answer.offer);
  put_request_id(json, answer.request_id);
  return json;
}

}  // namespace

std::string print(const Answer& answer) {
  const auto json = std::visit([](const auto& kind) { return to_json(kind); }, answer);
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace paygress::contract

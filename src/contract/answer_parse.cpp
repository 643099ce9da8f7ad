#include <algorithm>

#include "contract/answer.h"
#include "contract/fields.h"
#include "contract/forgiving.h"
#include "contract/offer_json.h"
#include "util/json.h"

namespace paygress::contract {
namespace {

using util::Errc;
using util::Error;
using util::Json;

constexpr std::size_t kMaxAnswerBytes = 1 << 20;
constexpr std::size_t kMaxAnswerDepth = 8;

bool has(const Json& object, const char* key) { return util::member(object, key) != nullptr; }

std::string text(const Json& object, const char* key) { return util::string_at(object, key).value_or(""); }
std::uint64_t number(const Json& object, const char* key) { return util::unsigned_at(object, key).value_or(0); }

// A hostile provider's number must not overflow what is later added to a time.
std::chrono::seconds seconds(const Json& object, const char* key) {
  constexpr std::uint64_t kThousandYears = 1000ULL * 366 * 86400;
  return std::chrono::seconds(std::min(number(object, key), kThousandYears));
}

std::optional<util::Secret> refund(const Json& object) {
  auto token = util::string_at(object, field::refund_token);
  return token ? std::optional(util::Secret(std::move(*token))) : std::nullopt;
}

util::Result<std::optional<util::Time>> time(const Json& object, const char* key) {
  const auto written = util::string_at(object, key);
  if (!written) return std::optional<util::Time>();
  const auto parsed = util::parse_rfc3339(*written);
  if (!parsed) return Error{Errc::malformed, std::string(key) + " is no RFC 3339 time"};
  return std::optional(*parsed);
}

// The one thing that only the instructions tell.
bool tells_of_password(const Json& json) {
  const Json* lines = util::member(json, field::instructions);
  if (!lines || !lines->is_array() || lines->empty()) return true;
  return std::any_of(lines->begin(), lines->end(), [](const Json& line) {
    return line.is_string() && line.get_ref<const std::string&>().find("PreferredAuthentications=password") != std::string::npos;
  });
}

util::Result<AccessDetails> access(const Json& json) {
  AccessDetails pod;
  pod.pod_npub = text(json, field::pod_npub);
  const auto port = number(json, field::node_port);
  if (port > 65535) return Error{Errc::malformed, "node_port is no port"};
  pod.node_port = static_cast<std::uint16_t>(port);
  auto expires = time(json, field::expires_at);
  if (!expires) return expires.error();
  pod.expires_at = *expires;
  pod.cpu_millicores = static_cast<std::uint32_t>(number(json, field::cpu_millicores));
  pod.memory_mb = static_cast<std::uint32_t>(number(json, field::memory_mb));
  pod.pod_spec_name = text(json, field::pod_spec_name);
  pod.pod_spec_description = text(json, field::pod_spec_description);
  pod.request_id = util::string_at(json, field::request_id);
  pod.pod_id = text(json, field::pod_id);
  pod.host_address = text(json, field::host_address);
  pod.ssh_username = text(json, field::ssh_username);
  pod.ssh_host_key = text(json, field::ssh_host_key);
  pod.password_login = tells_of_password(json);
  pod.duration_seconds = seconds(json, field::duration_seconds);
  pod.paid_msats = number(json, field::paid_msats);
  pod.fee_msats = number(json, field::fee_msats);
  return pod;
}

util::Result<StatusAnswer> status(const Json& json) {
  const auto known = pod_status_from_text(text(json, field::status));
  if (!known) return Error{Errc::malformed, "the status of a pod is starting, active or ended"};
  auto details = access(json);
  if (!details) return details.error();
  return StatusAnswer{std::move(*details), *known};
}

util::Result<Answer> list(const Json& json) {
  ListAnswer answer;
  answer.request_id = util::string_at(json, field::request_id);
  const Json& pods = json.at(field::pods);
  if (!pods.is_array()) return Error{Errc::malformed, "pods must be an array"};
  for (const auto& item : pods) {
    auto pod = status(item);
    if (!pod) return pod.error();
    answer.pods.push_back(std::move(*pod));
  }
  return Answer(std::move(answer));
}

util::Result<Answer> success(const Json& json) {
  if (!has(json, field::new_expires_at))
    return Answer(EndAnswer{text(json, field::pod_npub), util::string_at(json, field::request_id), refund(json)});
  TopUpSuccess answer;
  answer.pod_npub = text(json, field::pod_npub);
  answer.extended_duration_seconds = seconds(json, field::extended_duration_seconds);
  const auto expires = time(json, field::new_expires_at);
  if (!expires) return expires.error();
  if (*expires) answer.new_expires_at = **expires;
  answer.message = text(json, field::message);
  answer.request_id = util::string_at(json, field::request_id);
  answer.paid_msats = number(json, field::paid_msats);
  answer.fee_msats = number(json, field::fee_msats);
  return Answer(std::move(answer));
}

// A type that we do not know (another version's) keeps its name as the code.
Answer error(const Json& json) {
  ErrorAnswer answer;
  const auto type = text(json, field::error_type);
  answer.type = error_type_from_text(type).value_or(ErrorType::internal_error);
  answer.code = text(json, field::code);
  if (answer.code.empty() && !error_type_from_text(type)) answer.code = type;
  answer.message = text(json, field::message);
  answer.details = util::string_at(json, field::details);
  answer.request_id = util::string_at(json, field::request_id);
  answer.token_consumed = util::bool_at(json, field::token_consumed).value_or(false);
  answer.retryable = util::bool_at(json, field::retryable).value_or(false);
  answer.refund_token = refund(json);
  return answer;
}

util::Result<Answer> from_json(const Json& json) {
  const auto request_id = util::string_at(json, field::request_id);
  if (has(json, field::error_type)) return error(json);
  if (has(json, field::pods)) return list(json);
  if (util::bool_at(json, field::success).value_or(false)) return success(json);
  if (has(json, field::pod_npub) && has(json, field::status)) {
    auto answer = status(json);
    if (!answer) return answer.error();
    return Answer(std::move(*answer));
  }
  if (has(json, field::pod_npub)) {
    auto details = access(json);
    if (!details) return details.error();
    if (details->node_port == 0 || !details->expires_at)
      return Error{Errc::malformed, "access details without node_port or expires_at"};
    return Answer(std::move(*details));
  }
  if (has(json, field::pod_specs)) {
    auto offer = offer_from_json(json);
    if (!offer) return offer.error();
    return Answer(OffersAnswer{std::move(*offer), request_id});
  }
  if (text(json, field::status) == "processing")
    return Answer(Processing{text(json, field::message), request_id, text(json, field::code)});
  if (has(json, field::help)) return Answer(HelpAnswer{text(json, field::help), request_id});
  return Error{Errc::malformed, "the message is no answer of a paygress service"};
}

}  // namespace

util::Result<Answer> parse_answer(std::string_view message) {
  const auto trimmed = strip_wrapping(message);
  const auto last_line = trimmed.substr(trimmed.find_last_of('\n') == trimmed.npos ? 0 : trimmed.find_last_of('\n') + 1);
  for (auto candidate : {trimmed, last_line}) {
    const auto json = util::parse_json(candidate, {.max_bytes = kMaxAnswerBytes, .max_depth = kMaxAnswerDepth});
    if (json && json->is_object()) return from_json(*json);
  }
  return Error{Errc::malformed, "the message is no answer of a paygress service"};
}

}  // namespace paygress::contract

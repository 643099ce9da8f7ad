#include "contract/request.h"

#include "contract/credentials.h"
#include "contract/fields.h"
#include "contract/forgiving.h"
#include "contract/plain_words.h"
#include "contract/pod_reference.h"
#include "util/bytes.h"
#include "util/json.h"

namespace paygress::contract {
namespace {

using util::Errc;
using util::Json;

BadRequest bad(std::string message, std::string code, Errc kind = Errc::invalid) {
  BadRequest result{{kind, std::move(message), std::move(code)}, std::nullopt, false};
  return result;
}

BadRequest bad(const util::Error& error) { return bad(error.message, error.code, error.kind); }

bool has(const Json& object, const char* key) { return util::member(object, key) != nullptr; }

// A string field: missing and null are the same, any other type is the sender's mistake and named.
RequestResult<std::optional<std::string>> text_field(const Json& object, const char* key) {
  const Json* value = util::member(object, key);
  if (!value) return std::optional<std::string>();
  if (!value->is_string()) return bad(std::string(key) + " must be a string", std::string(key) + "_invalid");
  return std::optional<std::string>(value->get<std::string>());
}

RequestResult<util::Secret> token_field(const Json& object) {
  auto text = text_field(object, field::cashu_token);
  if (!text) return text.error();
  auto token = clean_token(*text ? **text : std::string());
  if (token.empty()) return bad("cashu_token is empty", "cashu_token_missing");
  return token;
}

RequestResult<std::string> pod_field(const Json& object, const char* key) {
  auto text = text_field(object, key);
  if (!text) return text.error();
  auto pod = clean_pod(*text ? **text : std::string());
  if (pod.empty()) return bad(std::string(key) + " is empty: it must name a pod", "pod_missing");
  return pod;
}

const char* pod_key(const Json& object) { return has(object, field::pod_npub) ? field::pod_npub : field::pod_id; }
bool names_pod(const Json& object) { return has(object, field::pod_npub) || has(object, field::pod_id); }

bool has_ssh_field(const Json& object) {
  return has(object, field::ssh_username) || has(object, field::ssh_password) || has(object, field::ssh_public_key);
}

// What only we say. A service that answers answers would talk with its like for ever.
bool is_answer_shape(const Json& object) {
  if (has(object, field::error_type) || has(object, field::success) || has(object, field::pods) || has(object, field::pod_specs) ||
      has(object, field::help))
    return true;
  if (names_pod(object)) return has(object, field::expires_at) || has(object, field::instructions) || has(object, field::status);
  return has(object, field::status) && has(object, field::message);
}

RequestResult<Request> parse_spawn(const Json& object) {
  SpawnRequest spawn;
  auto token = token_field(object);
  if (!token) return token.error();
  spawn.cashu_token = std::move(*token);

  auto spec = text_field(object, field::pod_spec_id);
  auto image = text_field(object, field::pod_image);
  auto username = text_field(object, field::ssh_username);
  auto password = text_field(object, field::ssh_password);
  auto key = text_field(object, field::ssh_public_key);
  for (const auto* text : {&spec, &image, &username, &password, &key})
    if (!*text) return text->error();

  if (!*username || (!*password && !*key)) {
    std::string missing = !*username ? "ssh_username" : "";
    if (!*password && !*key) missing += std::string(missing.empty() ? "" : " and ") + "ssh_password (or ssh_public_key)";
    return bad("A pod needs login data; missing: " + missing, "credentials_missing");
  }
  spawn.pod_spec_id = std::move(*spec);
  spawn.pod_image = std::move(*image);
  spawn.ssh_username = std::move(**username);
  if (auto checked = check_ssh_username(spawn.ssh_username); !checked) return bad(checked.error());
  if (*password) {
    spawn.ssh_password = util::Secret(std::move(**password));
    if (auto checked = check_ssh_password(spawn.ssh_password.reveal()); !checked) return bad(checked.error());
  }
  if (*key) {
    auto parsed = parse_ssh_public_key(**key);
    if (!parsed) return bad(parsed.error());
    spawn.ssh_public_key = std::move(*parsed);
  }
  return Request(std::move(spawn));
}

RequestResult<Request> parse_top_up(const Json& object) {
  auto pod = pod_field(object, pod_key(object));
  if (!pod) return pod.error();
  auto token = token_field(object);
  if (!token) return token.error();
  return Request(TopUpRequest{std::move(*pod), std::move(*token)});
}

// Which request it is: CONTRACT section 2.
RequestResult<Request> parse_object(const Json& object) {
  if (has(object, field::cashu_token)) {
    if (names_pod(object) && !has_ssh_field(object)) return parse_top_up(object);
    return parse_spawn(object);
  }
  if (has(object, field::end)) {
    auto pod = pod_field(object, field::end);
    if (!pod) return pod.error();
    return Request(EndRequest{std::move(*pod)});
  }
  if (const Json* list = util::member(object, field::list)) {
    if (*list != true) return bad("list must be true", "list_invalid");
    return Request(ListRequest{});
  }
  if (is_answer_shape(object)) return Request(AnswerShape{});
  if (has_ssh_field(object) || has(object, field::pod_spec_id)) return bad("cashu_token is missing", "cashu_token_missing");
  if (names_pod(object)) {
    auto pod = pod_field(object, pod_key(object));
    if (!pod) return pod.error();
    return Request(StatusRequest{std::move(*pod)});
  }
  return bad(
      "This is no request: a pod needs cashu_token, ssh_username and ssh_password (or ssh_public_key); "
      "a top-up pod_npub and cashu_token; a status pod_npub",
      "not_understood");
}

RequestResult<std::optional<std::string>> read_request_id(const Json& object) {
  auto id = text_field(object, field::request_id);
  if (!id || !*id) return id;
  if (auto checked = check_request_id(**id); !checked) return bad(checked.error());
  if ((*id)->empty()) return std::optional<std::string>();  // a program's default value names no order
  return id;
}

}  // namespace

RequestResult<ParsedRequest> parse_request(std::string_view text) {
  if (text.size() > kMaxRequestBytes) return bad("The message is longer than 32 KiB", "request_too_large", Errc::exhausted);
  if (!util::is_utf8(text)) return bad("The message is not UTF-8 text", "not_understood", Errc::malformed);

  const auto found = find_json(text);
  if (!found.object) {
    if (!found.looked_like_json) return parse_plain_words(strip_wrapping(text));
    return bad(
        "The message looks like JSON but cannot be read: check quotes, commas and brackets, and that no field is given twice",
        "json_malformed", Errc::malformed);
  }
  auto id = read_request_id(*found.object);
  if (!id) return id.error();
  auto request = parse_object(*found.object);
  if (!request) {
    auto error = request.error();
    error.request_id = std::move(*id);
    return error;
  }
  return ParsedRequest{std::move(*request), false, std::move(*id)};
}

ErrorAnswer to_answer(const BadRequest& error) {
  ErrorAnswer answer;
  answer.type = ErrorType::invalid_request;
  answer.message = error.message;
  answer.request_id = error.request_id;
  answer.code = error.code;
  return answer;
}

}  // namespace paygress::contract

#include "kube/client.h"

#include <algorithm>
#include <charconv>

#include "net/http_client.h"
#include "util/log.h"

namespace paygress::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using util::Errc;
using util::Error;
using util::Json;
using util::Result;

constexpr std::size_t kMaxAnswer = std::size_t{16} << 20;  // a page of 250 pods is about 2 MiB
constexpr util::JsonLimits kAnswerLimits{kMaxAnswer, 64, true};
constexpr seconds kTokenAge{60};  // as client-go's token_source.go: projected tokens rotate
constexpr seconds kReloadPause{10};
constexpr milliseconds kFirstPause{500};
constexpr seconds kLongestPause{30};  // a server that asks for more is told no: the caller has a plan of its own
constexpr int kOldestMajor = 1, kOldestMinor = 25;

std::optional<seconds> retry_after(const net::HttpResponse& response) {
  const std::string_view text = response.header("retry-after");
  int value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size() || value < 0) return std::nullopt;
  return seconds(value);
}

// Deprecations, unknown fields, pods that a policy will not let in: what kubectl prints as "Warning:".
void log_warnings(const net::HttpResponse& response, const Request& request) {
  for (const auto& [name, value] : response.headers) {
    if (name == "warning")
      util::log_warning("the Kubernetes API warns",
                        {{"PAYGRESS_REQUEST", request.method + " " + request.path}, {"PAYGRESS_WARNING", value}});
  }
}

Failure no_answer(const Error& error, const ClusterAccess& access) {
  Failure failure;
  failure.reason = "NoAnswer";
  failure.message = error.message;
  // Refused before anything was sent, or while it was under way?
  failure.maybe_done = error.code != "unreachable" && error.code != "invalid_url";
  if (error.message.find("certificate") != std::string::npos) {
    failure.reason = "CertificateRefused";
    failure.message += " (compare certificate-authority and tls-server-name in " + access.origin + ")";
  }
  return failure;
}

int leading_number(std::string_view text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);  // "34+" of some vendors is 34
  return value;
}

}  // namespace

Client::Client(net::HttpClient& http, net::Clock& clock, ClusterAccess access, ClientOptions options)
    : http_(http),
      clock_(clock),
      access_(std::move(access)),
      options_(std::move(options)),
      turns_(options_.burst),
      turns_at_(clock.steady_now()) {}

net::Task<> Client::wait_for_turn() {
  const net::SteadyTime now = clock_.steady_now();
  const double passed = std::chrono::duration<double>(now - turns_at_).count();
  turns_ = std::min(turns_ + passed * options_.requests_per_second, static_cast<double>(options_.burst)) - 1;
  turns_at_ = now;
  if (turns_ >= 0) co_return;
  const milliseconds pause(static_cast<std::int64_t>(-turns_ / options_.requests_per_second * 1000) + 1);
  co_await clock_.sleep_for(pause);
}

// The token to send. A file that cannot be read just now keeps the last good token in use.
const util::Secret& Client::bearer() {
  if (access_.token_file.empty() || !access_.read_file) return access_.token;
  const net::SteadyTime now = clock_.steady_now();
  if (token_read_at_ && now - *token_read_at_ < kTokenAge) return access_.token;
  token_read_at_ = now;
  auto text = access_.read_file(access_.token_file);
  if (text) {
    std::erase_if(*text, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
    if (!text->empty()) access_.token = util::Secret(std::move(*text));
  } else {
    util::log_warning("the token file of the cluster cannot be read, the last token stays in use",
                      {{"PAYGRESS_REASON", text.error().message}});
  }
  return access_.token;
}

// After a 401 or a certificate that was not accepted: is there anything newer to try with?
bool Client::renew_access() {
  const net::SteadyTime now = clock_.steady_now();
  if (reloaded_at_ && now - *reloaded_at_ < kReloadPause) return false;
  reloaded_at_ = now;
  token_read_at_.reset();
  if (!options_.reload) return !access_.token_file.empty();
  auto renewed = options_.reload();
  if (renewed)
    access_ = std::move(*renewed);
  else
    util::log_warning("the kubeconfig cannot be read again", {{"PAYGRESS_REASON", renewed.error().message}});
  return renewed.has_value();
}

net::Task<Answer> Client::send_once(const Request& request) {
  net::HttpRequest http;
  http.method = request.method;
  http.url = access_.server + target(request);
  http.headers = access_.headers;
  http.headers.emplace_back("Accept", "application/json");
  http.headers.emplace_back("User-Agent", "paygress/" PAYGRESS_VERSION);
  if (!request.content_type.empty()) http.headers.emplace_back("Content-Type", request.content_type);
  if (access_.tls) {
    if (const util::Secret& token = bearer(); !token.empty())
      http.headers.emplace_back("Authorization", "Bearer " + token.reveal());
  }
  http.body = request.body;
  http.timeout = options_.timeout;
  http.max_body = kMaxAnswer;
  http.tls = access_.tls;
  http.proxy = access_.proxy;

  const util::Time sent = clock_.now();
  auto response = co_await http_.send(std::move(http));
  if (!response) co_return no_answer(response.error(), access_);
  server_clock_.hear(response->header("date"), sent, clock_.now());
  log_warnings(*response, request);
  if (!response->ok()) {
    Failure failure = read_failure(response->status, response->body);
    if (const auto asked = retry_after(*response)) failure.retry_after = asked;
    failure.maybe_done = response->status == 500 || response->status == 502 || response->status == 504;
    co_return failure;
  }
  auto body = util::parse_json(response->body, kAnswerLimits);
  if (!body || !body->is_object()) {
    Failure failure;
    failure.reason = "NotJson";
    failure.message = "the answer is no JSON object: is " + access_.server + " the address of a Kubernetes API server?";
    failure.maybe_done = true;
    co_return failure;
  }
  co_return Answer(boost::system::in_place_value, std::move(*body));
}

// Waits as long as is right, and says whether to send again.
net::Task<bool> Client::worth_repeating(const Request& request, const Failure& failure, int attempt) {
  if (failure.http_status == 401 || failure.is("CertificateRefused")) co_return renew_access();
  if (attempt >= options_.attempts) co_return false;
  const bool overloaded = failure.http_status == 429 || (failure.http_status == 503 && failure.retry_after);
  const bool passing = failure.http_status >= 500 || failure.is("NoAnswer");
  if (!overloaded && !(passing && (repeatable(request) || !failure.maybe_done))) co_return false;
  milliseconds pause = kFirstPause * (1 << std::min(attempt - 1, 4));
  if (failure.retry_after) pause = std::max<milliseconds>(pause, *failure.retry_after);
  if (pause > kLongestPause) co_return false;
  co_await clock_.sleep_for(pause);
  co_return true;
}

net::Task<Answer> Client::send(Request request) {
  for (int attempt = 1;; ++attempt) {
    co_await wait_for_turn();
    Answer answer = co_await send_once(request);
    if (answer) co_return answer;
    const bool again = co_await worth_repeating(request, answer.error(), attempt);
    if (!again) co_return answer;
  }
}

net::Task<Result<Json>> Client::call(Request request) {
  const std::string doing = request.method + " " + request.path;
  Answer answer = co_await send(std::move(request));
  if (!answer) co_return to_error(answer.error(), doing);
  co_return Result<Json>(boost::system::in_place_value, std::move(*answer));
}

net::Task<Result<std::vector<Json>>> Client::list_all(Request request) {
  const std::string doing = request.method + " " + request.path;
  std::vector<Json> items;
  std::string next;
  bool restarted = false;
  for (;;) {
    Request page = request;
    if (!next.empty()) page.query.emplace_back("continue", next);
    Answer answer = co_await send(std::move(page));
    if (!answer && answer.error().http_status == 410 && !restarted) {  // the list changed too much since its first page
      restarted = true;
      items.clear();
      next.clear();
      continue;
    }
    if (!answer) co_return to_error(answer.error(), doing);
    Json& body = *answer;
    if (!body.is_object() || !body.contains("items") || !body["items"].is_array()) {
      co_return Error{Errc::unavailable, doing + ": the answer is no list", "not_a_list"};
    }
    for (Json& item : body["items"]) items.push_back(std::move(item));
    const Json* metadata = util::member(body, "metadata");
    next = metadata ? util::string_at(*metadata, "continue").value_or("") : "";
    if (next.empty()) co_return items;
  }
}

net::Task<Result<ServerVersion>> Client::check_version() {
  Request request = get("/version");
  auto answer = co_await call(std::move(request));
  if (!answer) co_return answer.error();
  ServerVersion version;
  version.text = util::string_at(*answer, "gitVersion").value_or("?");
  version.major = leading_number(util::string_at(*answer, "major").value_or(""));
  version.minor = leading_number(util::string_at(*answer, "minor").value_or(""));
  if (version.major < 0 || version.minor < 0) {
    co_return Error{Errc::refused, access_.server + " does not tell its Kubernetes version (" + version.text + ")",
                    "version_unknown"};
  }
  if (version.major < kOldestMajor || (version.major == kOldestMajor && version.minor < kOldestMinor)) {
    co_return Error{Errc::refused, "Kubernetes " + version.text + " is too old: before 1.25 a prolonged rental never ends",
                    "version_too_old"};
  }
  co_return version;
}

}  // namespace paygress::kube

#include "cli/customer/conversation.h"

#include <algorithm>

#include "cli/common/run.h"
#include "cli/common/stop.h"
#include "cli/customer/without_secrets.h"
#include "crypto/random.h"
#include "nostr/nip04.h"
#include "nostr/nip17.h"
#include "nostr/nip59.h"
#include "util/bytes.h"

namespace paygress::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kConnectLimit = 15s;
constexpr auto kPublishLimit = 10s;
constexpr auto kEarlierAnswerLimit = 2s;  // after the relays have sent what they had stored
constexpr auto kSendAgainAfter = 45s;     // a slow mint and a slow image are told by a notice, so silence means a lost message
constexpr std::int64_t kClockDifference = 120;

nostr::RelayPoolOptions pool_options(const crypto::SecretKey& own) {
  nostr::RelayPoolOptions options;
  options.auth_key = &own;
  return options;
}

bool is_listening(const nostr::RelayPool& pool) {
  for (const auto& relay : pool.status())
    if (relay.connected && relay.last_eose) return true;
  return false;
}

// Connected, and it has refused nothing: our REQ is there, though no EOSE came. Some relays never send one.
bool may_be_listening(const nostr::RelayPool& pool) {
  for (const auto& relay : pool.status())
    if (relay.connected && relay.last_error.empty()) return true;
  return false;
}

std::string relay_errors(const nostr::RelayPool& pool) {
  std::string text;
  for (const auto& relay : pool.status())
    text += "\n  " + relay.url.text() + ": " + (relay.last_error.empty() ? "no answer" : relay.last_error);
  return text;
}

}  // namespace

bool Question::is_answered_by(const contract::Answer& answer, std::optional<std::string_view> replied_to,
                              std::int64_t created_at) const {
  if (const auto& id = contract::request_id_of(answer)) return *id == request_id;
  if (replied_to) return rumor_ids.contains(std::string(*replied_to));
  return created_at + kClockDifference >= asked_at && !rumor_ids.empty();
}

Conversation::Conversation(Context& context, const crypto::SecretKey& own)
    : context_(context),
      own_(own),
      provider_(context.named_provider()),
      pool_(context.loop.get_executor(), *context.dialer, context.clock, crypto::system_random(), context.relays,
            pool_options(own)) {
  nostr::Subscription subscription;
  nostr::Filter filter;
  filter.tags['p'] = {own.public_key().hex()};
  if (context.options.nip04) {
    filter.kinds = {nostr::nip04::kKind};
    filter.authors = {provider_};
    subscription = {"nip04", {filter}, 24h, [this](const nostr::Event& event, const nostr::Source&) { on_nip04(event); }};
  } else {
    filter.kinds = {nostr::kGiftWrapKind};
    // Wraps are dated up to two days back, so an answer of this minute may look that old.
    subscription = {"nip17", {filter}, nostr::kBackDate + 24h, [this](const nostr::Event& event, const nostr::Source&) {
                      on_gift_wrap(event);
                    }};
  }
  pool_.subscribe(std::move(subscription));
}

net::Task<contract::Answer> Conversation::ask(std::string request, std::string request_id, bool may_be_answered) {
  if (request.size() > nostr::kMaxRumorBytes)
    throw Stop(Exit::usage, "the token has too many proofs for one message: swap it for a smaller one first");
  question_.request_id = std::move(request_id);
  question_.asked_at = util::unix_seconds(context_.clock.now());
  std::optional<contract::Answer> answer;
  auto work = keep_answer(request, may_be_answered, answer);
  co_await beside(pool_.run(), std::move(work));
  if (!answer) throw Stop(Exit::network, "the relays went away");
  co_return std::move(*answer);
}

net::Task<> Conversation::keep_answer(const std::string& request, bool may_be_answered, std::optional<contract::Answer>& answer) {
  answer = co_await converse(request, may_be_answered);
}

net::Task<contract::Answer> Conversation::converse(const std::string& request, bool may_be_answered) {
  const auto deadline = context_.clock.steady_now() + context_.options.wait;
  co_await wait_until_listening();
  if (may_be_answered) {
    auto earlier = co_await final_answer(kEarlierAnswerLimit);
    if (earlier) co_return std::move(*earlier);
  }
  while (context_.clock.steady_now() < deadline) {
    co_await send(request);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - context_.clock.steady_now());
    auto answer = co_await final_answer(std::min<std::chrono::milliseconds>(left, kSendAgainAfter));
    if (answer) co_return std::move(*answer);
  }
  throw Stop(Exit::no_answer, "no answer within " + std::to_string(context_.options.wait.count()) + " seconds");
}

net::Task<> Conversation::wait_until_listening() {
  const auto deadline = context_.clock.steady_now() + kConnectLimit;
  while (!is_listening(pool_)) {
    if (context_.clock.steady_now() > deadline && may_be_listening(pool_)) co_return;
    if (context_.clock.steady_now() > deadline) throw Stop(Exit::network, "no relay could be reached:" + relay_errors(pool_));
    co_await context_.clock.sleep_for(50ms);
  }
}

net::Task<> Conversation::send(const std::string& request) {
  const auto report = co_await pool_.publish(sealed(request), {}, kPublishLimit);
  if (report.accepted() > 0) {
    if (context_.options.verbose) progress("sent: " + without_secrets(request));
    progress("Sent to " + std::to_string(report.accepted()) + " of " + std::to_string(report.relays.size()) +
             " relays; waiting for the answer ...");
    co_return;
  }
  std::string reasons;
  for (const auto& relay : report.relays) reasons += "\n  " + relay.url.text() + ": " + relay.reason;
  throw Stop(Exit::network, "no relay accepted the message:" + reasons);
}

net::Task<std::optional<contract::Answer>> Conversation::final_answer(std::chrono::milliseconds limit) {
  const auto deadline = context_.clock.steady_now() + limit;
  for (;;) {
    while (!answers_.empty()) {
      auto answer = std::move(answers_.front());
      answers_.pop_front();
      const auto* notice = std::get_if<contract::Processing>(&answer);
      if (!notice) co_return answer;
      progress("The provider says: " + notice->message);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - context_.clock.steady_now());
    if (left.count() <= 0) co_return std::nullopt;
    co_await arrived_.wait_for(context_.clock, left);
  }
}

nostr::Event Conversation::sealed(const std::string& request) {
  const auto now = context_.clock.now();
  if (context_.options.nip04) {
    auto content = nostr::nip04::encrypt(request, own_, provider_, crypto::system_random());
    auto event =
        nostr::sign_event(own_, {util::unix_seconds(now), nostr::nip04::kKind, {{"p", provider_.hex()}}, std::move(content)},
                          crypto::system_random());
    question_.rumor_ids.insert(util::hex(event.id));
    return event;
  }
  const auto rumor = nostr::chat_message(own_.public_key(), provider_, request, now);
  question_.rumor_ids.insert(util::hex(rumor.id));
  return nostr::gift_wrap(own_, provider_, rumor, now, crypto::system_random());
}

// The pool has verified id and signature of what it hands out. Whoever is not the provider is not listened to.
void Conversation::on_gift_wrap(const nostr::Event& wrap) {
  const auto opened = nostr::open_gift_wrap(wrap, own_, context_.clock.now(), nullptr, nostr::WrapProof::verified);
  if (!opened || opened->sender != provider_) return;
  on_text(opened->rumor.content, nostr::first_tag(opened->rumor.tags, "e"), opened->rumor.created_at);
}

void Conversation::on_nip04(const nostr::Event& event) {
  if (event.pubkey != provider_) return;
  const auto text = nostr::nip04::decrypt(event.content, own_, provider_);
  if (text) on_text(*text, nostr::first_tag(event, "e"), event.created_at);
}

void Conversation::on_text(std::string_view text, std::optional<std::string_view> replied_to, std::int64_t created_at) {
  auto answer = contract::parse_answer(text);
  if (!answer || !question_.is_answered_by(*answer, replied_to, created_at)) return;
  if (context_.options.verbose) progress("received: " + without_secrets(text));
  answers_.push_back(std::move(*answer));
  arrived_.notify();
}

}  // namespace paygress::cli

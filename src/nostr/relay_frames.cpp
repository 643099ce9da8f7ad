// What a relay says, frame by frame. Nothing here waits.
#include <algorithm>
#include <variant>

#include "nostr/relay.h"
#include "util/log.h"

namespace paygress::nostr {

namespace {

constexpr std::size_t kFrameAround = 256;     // ["EVENT","<subscription>", ... ]
constexpr std::uint64_t kSinceSpread = 3600;  // seconds

}  // namespace

void Relay::handle(std::string_view frame) {
  if (frame.size() > around_.options.max_event_bytes + kFrameAround) {
    ++status_.rejected;
    return;
  }
  auto message = parse_relay_message(frame);
  if (!message) {
    ++status_.rejected;
    return;
  }
  std::visit([this](auto& known) { on(known); }, *message);
}

Relay::Request* Relay::owner_of(std::string_view subscription) {
  const auto found =
      std::find_if(requests_.begin(), requests_.end(), [&](const Request& request) { return request.machine.owns(subscription); });
  return found == requests_.end() ? nullptr : &*found;
}

void Relay::on(EventMessage& message) {
  if (RelayErrands::Lookup* lookup = errands_.lookup(message.subscription)) return collect(*lookup, message.event);
  Request* request = owner_of(message.subscription);
  if (request == nullptr || !matches(request->machine.filter(), message.event)) {
    ++status_.rejected;
    return;
  }
  deliver(*request, message);
}

// The order matters. The table of seen ids holds verified ones only, so a forged copy that comes first does not make us drop
// the honest event; and the id enters it only after the event was handed over, so that an exception brings it back.
void Relay::deliver(Request& request, const EventMessage& message) {
  const Event& event = message.event;
  SeenIds& seen = request.shared->seen;
  if (seen.contains(event.id)) {
    ++status_.duplicates;
    request.machine.on_event(message.subscription, event.created_at);
    return;
  }
  credit_ -= 1;
  if (!verify(event)) {
    ++status_.rejected;
    return;
  }
  const bool stored = sends_what_is_stored(request) && request.machine.awaits_page(message.subscription);
  request.machine.on_event(message.subscription, event.created_at);
  request.shared->subscription.on_event(event, {url_, stored});
  seen.add(event.id);
  ++status_.events;
}

void Relay::collect(RelayErrands::Lookup& lookup, const Event& event) {
  credit_ -= 1;
  const bool wanted = !lookup.finished && lookup.events.size() < *lookup.filter.limit && matches(lookup.filter, event);
  const bool known = std::any_of(lookup.events.begin(), lookup.events.end(), [&](const Event& one) { return one.id == event.id; });
  if (!wanted || known || !verify(event)) {
    ++status_.rejected;
    return;
  }
  lookup.events.push_back(event);
}

void Relay::on(const EoseMessage& message) {
  time_changed_.notify();
  // Before our AUTH is answered an empty page proves nothing: some relays hide what they guard. After it all is asked again.
  if (auth_.in_flight() || errands_.on_eose(message.subscription)) return;
  Request* request = owner_of(message.subscription);
  if (request == nullptr) return;
  request->asked_at = around_.clock.steady_now();
  send_all(request->machine.on_eose(message.subscription, around_.clock.now()));
  note_catch_up();
}

void Relay::note_catch_up() {
  const bool all_live = std::all_of(requests_.begin(), requests_.end(),
                                    [](const Request& request) { return request.machine.state() == RelayRequest::State::live; });
  const auto time = caught_up();
  if (!all_live || !time || time == last_good_) return;
  last_good_ = time;
  refusal_logged_ = false;
  if (on_caught_up) on_caught_up(*time);
}

void Relay::on(const ClosedMessage& message) {
  const auto now = around_.clock.steady_now();
  time_changed_.notify();
  const bool ours = errands_.on_closed(message, auth_.may_still_help(), now);
  Request* request = ours ? nullptr : owner_of(message.subscription);
  if (ours || (request != nullptr && request->machine.on_closed(message.subscription, now))) refused(message.reason, "a REQ");
}

void Relay::on(const OkMessage& message) {
  time_changed_.notify();
  const RelayAuth::Outcome outcome = auth_.on_ok(message);
  if (outcome == RelayAuth::Outcome::not_ours) {
    if (errands_.on_ok(message, auth_.may_still_help(), around_.clock.steady_now()) && !message.accepted)
      refused(message.reason, "an EVENT");
    return;
  }
  if (outcome == RelayAuth::Outcome::refused) refused(message.reason, "our AUTH");
  start_again();
}

// After AUTH. Accepted: stored events are sent only to a REQ that comes after it. Refused: perhaps it serves us all the same.
void Relay::start_again() {
  start_all();
  send_all(errands_.frames_after_auth());
}

void Relay::on(const AuthChallenge& message) { authenticate(auth_.on_challenge(message.challenge, around_.clock.now())); }

void Relay::authenticate(std::optional<std::string> frame) {
  if (!frame) return;
  auth_sent_at_ = around_.clock.steady_now();
  send(std::move(*frame));
}

void Relay::on(const NoticeMessage& message) {
  util::log_debug("a relay says", {{"PAYGRESS_RELAY", url_.text()}, {"PAYGRESS_NOTICE", printable(message.text)}});
}

void Relay::refused(const Reason& reason, const char* what) {
  using Prefix = Reason::Prefix;
  if (reason.prefix == Prefix::duplicate) return;
  const bool asks_for_auth = reason.prefix == Prefix::auth_required || reason.prefix == Prefix::restricted;
  if (asks_for_auth) authenticate(auth_.on_required(around_.clock.now()));
  if (asks_for_auth && auth_.may_still_help()) return;
  status_.last_error = "it refused " + std::string(what) + ": " + printable(reason.text);
  if (kind_ == Kind::stranger || refusal_logged_ || reason.prefix == Prefix::rate_limited) return;
  refusal_logged_ = true;
  util::log_warning("a relay refuses what we ask, trying again; if this lasts, use another relay",
                    {{"PAYGRESS_RELAY", url_.text()}, {"PAYGRESS_ERROR", status_.last_error}});
}

void Relay::start(Request& request) {
  const util::Time now = around_.clock.now();
  // Some relays answer a filter that they have just seen from a cache: what was sent since then would reach us neither as
  // stored nor as new. So no two of our filters are the same.
  const std::chrono::seconds spread(crypto::random_below(around_.random, kSinceSpread));
  request.asked_at = around_.clock.steady_now();
  // A clock that was set back must not make us ask for the future.
  send_all(request.machine.start(std::min(last_good_.value_or(now), now) - spread));
}

void Relay::start_all() {
  refresh_at_ = around_.clock.steady_now() + around_.options.refresh_after;
  for (Request& request : requests_) start(request);
}

}  // namespace paygress::nostr

#include "nostr/relay.h"

#include <algorithm>
#include <exception>

#include <boost/system/system_error.hpp>

#include "util/log.h"

namespace paygress::nostr {

using std::chrono::milliseconds;

namespace {

constexpr std::size_t kMaxOutgoing = 2'000;  // frames; beyond, the relay does not read what we write

Backoff pause(const Relay::Surroundings& around, milliseconds first, milliseconds cap) { return {first, cap, around.random}; }

}  // namespace

Relay::Relay(Surroundings surroundings, util::Url url, Kind kind)
    : around_(surroundings),
      url_(std::move(url)),
      kind_(kind),
      auth_(kind == Kind::own ? surroundings.options.auth_key : nullptr, url_, surroundings.random),
      reconnect_(pause(around_, around_.options.reconnect_first, around_.options.reconnect_cap)),
      status_{url_} {}

void Relay::subscribe(std::shared_ptr<SharedSubscription> shared) {
  const Subscription& subscription = shared->subscription;
  for (std::size_t i = 0; i < subscription.filters.size(); ++i) {
    // A REQ per filter: a relay's limit is per filter, and so are the pages.
    std::string name = subscription.name;
    if (i > 0) name += "-" + std::to_string(i);
    const Backoff backoff = pause(around_, around_.options.request_first, around_.options.request_cap);
    requests_.push_back(
        {shared, RelayRequest(std::move(name), subscription.filters[i], subscription.window, around_.options.page_size, backoff)});
    if (connected_) start(requests_.back());
  }
}

net::Task<> Relay::run() {
  for (;;) {
    const auto began = around_.clock.steady_now();
    std::string failure;
    try {
      co_await run_once();
    } catch (const boost::system::system_error& e) {
      if (e.code() == boost::asio::error::operation_aborted) {
        session_ends();
        throw;
      }
      failure = e.what();
    } catch (const std::exception& e) {
      failure = e.what();
    }
    session_ends();
    if (!failure.empty()) {
      // Not the relay's fault but ours: what came in could not be stored or handled. The event was not marked as seen.
      util::log_error("handling a relay's events has failed", {{"PAYGRESS_RELAY", url_.text()}, {"PAYGRESS_ERROR", failure}});
      status_.last_error = failure;
    }
    if (around_.clock.steady_now() - began >= around_.options.stable_after) reconnect_.reset();
    co_await around_.clock.sleep_for(reconnect_.next());
  }
}

net::Task<> Relay::run_once() {
  auto socket = co_await around_.dialer.dial(url_, around_.options.dial);
  if (!socket) {
    trouble(socket.error().message);
    co_return;
  }
  session_begins();
  co_await serve(**socket);
}

net::Task<> Relay::serve(net::WebSocket& socket) {
  std::vector<net::Task<>> tasks;
  tasks.push_back(read(socket));
  tasks.push_back(write(socket));
  tasks.push_back(keep_time());
  co_await net::run_any(std::move(tasks));
}

net::Task<> Relay::read(net::WebSocket& socket) {
  for (;;) {
    const auto frame = co_await socket.read();
    if (!frame) {
      trouble(frame.error().message);
      co_return;
    }
    last_heard_ = around_.clock.steady_now();
    handle(*frame);
    if (credit_ < 1) co_await slow_down();
    while (is_crowded()) {
      co_await around_.clock.sleep_for(milliseconds(20));
      last_heard_ = around_.clock.steady_now();  // the silence is ours
    }
  }
}

bool Relay::is_crowded() const {
  return std::any_of(requests_.begin(), requests_.end(), [](const Request& request) {
    const Subscription& subscription = request.shared->subscription;
    return subscription.has_room && !subscription.has_room();
  });
}

// A token bucket: a relay that sends events faster than we are willing to verify them has to wait, for we do not read on.
net::Task<> Relay::slow_down() {
  const double rate = around_.options.max_events_per_second;
  const auto now = around_.clock.steady_now();
  credit_ = std::min(rate, credit_ + rate * std::chrono::duration<double>(now - credit_at_).count());
  credit_at_ = now;
  if (credit_ >= 1) co_return;
  co_await around_.clock.sleep_for(milliseconds(100));
}

net::Task<> Relay::write(net::WebSocket& socket) {
  for (;;) {
    while (outgoing_.empty()) co_await outgoing_added_.wait();
    if (overflowed_) {
      trouble("it does not read what we send");
      co_return;
    }
    std::string frame = std::move(outgoing_.front());
    outgoing_.pop_front();
    const auto written = co_await socket.write(std::move(frame));
    if (!written) {
      trouble(written.error().message);
      co_return;
    }
  }
}

net::Task<> Relay::keep_time() {
  for (;;) {
    const auto now = around_.clock.steady_now();
    if (owes_an_answer() && now - std::max(last_heard_, last_asked_) >= around_.options.silence_limit) {
      trouble("it has not answered for " + std::to_string(around_.options.silence_limit.count() / 1000) + " seconds");
      co_return;
    }
    const milliseconds wait = do_what_is_due();
    co_await time_changed_.wait_for(around_.clock, wait);
  }
}

bool Relay::owes_an_answer() const {
  return auth_.in_flight() || errands_.waiting_for_answer() ||
         std::any_of(requests_.begin(), requests_.end(),
                     [](const Request& request) { return request.machine.state() == RelayRequest::State::catching_up; });
}

// Retries and refreshes; tells how long there is nothing to do.
milliseconds Relay::do_what_is_due() {
  const auto now = around_.clock.steady_now();
  const auto auth_over_at = auth_sent_at_ + around_.options.auth_patience;
  if (auth_.in_flight() && now >= auth_over_at) {
    auth_.give_up();
    start_again();
  }
  if (now >= refresh_at_) start_all();
  for (Request& request : requests_) {
    if (request.machine.retry_at() && *request.machine.retry_at() <= now) start(request);
  }
  send_all(errands_.due_frames(now));

  net::SteadyTime next = refresh_at_;
  for (const Request& request : requests_) next = std::min(next, request.machine.retry_at().value_or(next));
  next = std::min(next, errands_.next_retry().value_or(next));
  if (auth_.in_flight()) next = std::min(next, auth_over_at);
  if (owes_an_answer()) next = std::min(next, std::max(last_heard_, last_asked_) + around_.options.silence_limit);
  return std::max(milliseconds(1), std::chrono::ceil<milliseconds>(next - now));
}

void Relay::session_begins() {
  connected_ = true;
  ++status_.connects;
  status_.last_error.clear();
  if (trouble_logged_) util::log_notice("a relay can be reached again", {{"PAYGRESS_RELAY", url_.text()}});
  trouble_logged_ = false;
  auth_.new_connection();
  last_heard_ = last_asked_ = credit_at_ = around_.clock.steady_now();
  credit_ = around_.options.max_events_per_second;
  start_all();
  send_all(errands_.all_frames());
}

void Relay::session_ends() {
  connected_ = false;
  overflowed_ = false;
  outgoing_.clear();
  for (Request& request : requests_) request.machine.connection_lost();
}

// One line when it begins, not one per attempt.
void Relay::trouble(const std::string& what) {
  status_.last_error = what;
  if (kind_ == Kind::stranger || trouble_logged_) return;
  trouble_logged_ = true;
  util::log_warning("a relay cannot be used now, trying again; if this lasts, check NOSTR_RELAYS and the network",
                    {{"PAYGRESS_RELAY", url_.text()}, {"PAYGRESS_ERROR", what}});
}

void Relay::send(std::string frame) {
  overflowed_ = overflowed_ || outgoing_.size() >= kMaxOutgoing;
  if (!overflowed_) outgoing_.push_back(std::move(frame));
  last_asked_ = around_.clock.steady_now();
  outgoing_added_.notify();
  time_changed_.notify();
}

void Relay::send_all(std::vector<std::string> frames) {
  for (std::string& frame : frames) send(std::move(frame));
}

net::Task<PublishResult> Relay::publish(Event event, milliseconds timeout) {
  PublishResult result{url_};
  const auto errand = errands_.publish(event, pause(around_, around_.options.request_first, around_.options.request_cap));
  if (!errand) {
    result.reason = "too many events wait for this relay";
    co_return result;
  }
  if (connected_) send(errand->frame);
  co_await errand->done.wait_for(around_.clock, timeout);
  result.accepted = errand->accepted.value_or(false);
  result.reason = errand->reason;
  if (!errand->accepted && result.reason.empty())
    result.reason = connected_ ? "no answer in time" : "not connected: " + status_.last_error;
  co_return result;
}

net::Task<std::vector<Event>> Relay::fetch(Filter filter, milliseconds timeout) {
  const auto errand = errands_.fetch(std::move(filter), around_.options.page_size,
                                     pause(around_, around_.options.request_first, around_.options.request_cap));
  std::vector<Event> events;
  if (!errand) co_return events;
  if (connected_) send(errand->frame());
  co_await errand->done.wait_for(around_.clock, timeout);
  if (connected_) send(close_message(errand->subscription));
  co_return std::move(errand->events);
}

RelayStatus Relay::status() const {
  RelayStatus now = status_;
  now.connected = connected_;
  now.authenticated = connected_ && auth_.authenticated();
  now.last_eose = caught_up();
  return now;
}

bool Relay::sends_what_is_stored(const Request& request) const {
  return request.machine.state() == RelayRequest::State::catching_up &&
         around_.clock.steady_now() - request.asked_at < around_.options.eose_patience;
}

bool Relay::catching_up() const {
  return connected_ &&
         std::any_of(requests_.begin(), requests_.end(), [this](const Request& request) { return sends_what_is_stored(request); });
}

// Of the request that is furthest behind; nothing while one has never got there.
std::optional<util::Time> Relay::caught_up() const {
  std::optional<util::Time> first;
  for (const Request& request : requests_) {
    const auto time = request.machine.caught_up_at();
    if (!time) return std::nullopt;
    first = std::min(first.value_or(*time), *time);
  }
  return first;
}

}  // namespace paygress::nostr

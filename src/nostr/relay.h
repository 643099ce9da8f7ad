// One relay, one socket: connect, ask, listen, publish, and begin again when it breaks, for ever.
//
// run() dials and holds a session; a session is three tasks: the reader, which handles a frame at a time (relay_frames.cpp),
// the writer of a queue, and the timekeeper, which retries what was closed and notices silence. Between two frames
// everything is a plain state: RelayRequest, RelayAuth, RelayErrands.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nostr/relay_auth.h"
#include "nostr/relay_errands.h"
#include "nostr/relay_pool.h"
#include "nostr/relay_request.h"
#include "nostr/seen_ids.h"

namespace paygress::nostr {

// A subscription and what it has handed out, shared by all relays of the pool.
struct SharedSubscription {
  SharedSubscription(Subscription subscription_, std::size_t capacity) : subscription(std::move(subscription_)), seen(capacity) {}
  Subscription subscription;
  SeenIds seen;
};

class Relay {
 public:
  // What a relay needs from its pool, which outlives it.
  struct Surroundings {
    boost::asio::any_io_executor executor;
    net::WebSocketDialer& dialer;
    net::Clock& clock;
    crypto::RandomSource& random;
    const RelayPoolOptions& options;
  };
  enum class Kind {
    own,       // the operator's: its troubles are logged, and we authenticate
    stranger,  // somebody named it: neither
  };

  Relay(Surroundings surroundings, util::Url url, Kind kind);

  std::function<void(util::Time)> on_caught_up;
  void set_last_good(util::Time time) { last_good_ = time; }
  void subscribe(std::shared_ptr<SharedSubscription> subscription);

  // Until cancelled.
  net::Task<> run();
  // One connection, until it ends or cannot be made; status() says why.
  net::Task<> run_once();

  // Both wait for a connection if there is none; somebody must run the relay.
  net::Task<PublishResult> publish(Event event, std::chrono::milliseconds timeout);
  net::Task<std::vector<Event>> fetch(Filter filter, std::chrono::milliseconds timeout);

  RelayStatus status() const;
  bool catching_up() const;
  const util::Url& url() const { return url_; }

 private:
  struct Request {
    std::shared_ptr<SharedSubscription> shared;
    RelayRequest machine;
    net::SteadyTime asked_at{};  // for the page that is coming
  };

  // relay.cpp: the session
  net::Task<> serve(net::WebSocket& socket);
  net::Task<> read(net::WebSocket& socket);
  net::Task<> write(net::WebSocket& socket);
  net::Task<> keep_time();
  net::Task<> slow_down();
  bool is_crowded() const;
  void session_begins();
  void session_ends();
  void trouble(const std::string& what);
  void send(std::string frame);
  void send_all(std::vector<std::string> frames);
  std::chrono::milliseconds do_what_is_due();
  bool owes_an_answer() const;
  bool sends_what_is_stored(const Request& request) const;
  std::optional<util::Time> caught_up() const;

  // relay_frames.cpp: what the relay says
  void handle(std::string_view frame);
  void on(EventMessage& message);
  void on(const OkMessage& message);
  void on(const EoseMessage& message);
  void on(const ClosedMessage& message);
  void on(const NoticeMessage& message);
  void on(const AuthChallenge& message);
  void on(const UnknownMessage&) {}
  void collect(RelayErrands::Lookup& lookup, const Event& event);
  void deliver(Request& request, const EventMessage& message);
  void refused(const Reason& reason, const char* what);
  void authenticate(std::optional<std::string> frame);
  void start(Request& request);
  void start_all();
  void start_again();
  void note_catch_up();
  Request* owner_of(std::string_view subscription);

  Surroundings around_;
  util::Url url_;
  Kind kind_;
  std::list<Request> requests_;  // a handler may subscribe while one of them is in use
  RelayAuth auth_;
  RelayErrands errands_;
  Backoff reconnect_;
  std::optional<util::Time> last_good_;

  bool connected_ = false;
  bool overflowed_ = false;
  std::deque<std::string> outgoing_;
  net::Event outgoing_added_;
  net::Event time_changed_;  // the timekeeper's plan is out of date
  net::SteadyTime last_heard_{};
  net::SteadyTime last_asked_{};
  net::SteadyTime refresh_at_{};
  net::SteadyTime auth_sent_at_{};
  double credit_ = 0;  // events that may be verified now; see slow_down
  net::SteadyTime credit_at_{};
  bool trouble_logged_ = false;
  bool refusal_logged_ = false;
  RelayStatus status_;
};

}  // namespace paygress::nostr

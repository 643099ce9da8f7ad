// All our relays as one inbox and one outbox: subscriptions that never go deaf, publishing with a receipt per relay.
//
// Each relay has one socket and a state machine of its own (relay.h). What is handed out is verified, matches the filter
// and is handed out once, by whichever relay brought it first.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/keys.h"
#include "net/clock.h"
#include "net/task.h"
#include "net/websocket.h"
#include "nostr/event.h"
#include "nostr/filter.h"
#include "util/time.h"
#include "util/url.h"

namespace paygress::nostr {

struct Subscription {
  std::string name;             // 1..16 characters of [a-z0-9-]; becomes the subscription id
  std::vector<Filter> filters;  // without since, until and limit: the pool sets them. Kind 1059 needs a subscription of its own.
  // How far behind our clock an event's created_at may lie and still be new: 2 days and a margin for gift wraps.
  std::chrono::seconds window{0};
  std::function<void(const Event&, const util::Url& relay)> on_event;
};

struct RelayPoolOptions {
  const crypto::SecretKey* auth_key = nullptr;  // NIP-42; without it a relay that asks for AUTH serves us nothing
  net::DialOptions dial;
  std::chrono::milliseconds reconnect_first{1'000};
  std::chrono::milliseconds reconnect_cap{300'000};
  std::chrono::milliseconds stable_after{60'000};       // a connection of that age resets the back-off
  std::chrono::milliseconds request_first{2'000};       // back-off of a REQ that the relay closed
  std::chrono::milliseconds request_cap{300'000};
  std::chrono::milliseconds silence_limit{60'000};      // a relay that owes an answer for so long is dead
  std::size_t page_size = 500;
  std::size_t max_event_bytes = std::size_t{64} << 10;
  std::size_t max_queued_events = 2'000;                // beyond, the newest are dropped and counted
  std::size_t max_seen_ids = 100'000;                   // verified ids remembered, over all relays
};

struct RelayStatus {
  util::Url url;
  bool connected = false;
  bool authenticated = false;
  std::optional<util::Time> last_eose = {};  // of the subscription that is furthest behind; nothing until all are caught up
  std::string last_error = {};
  std::uint64_t connects = 0;
  std::uint64_t events = 0;     // handed out
  std::uint64_t duplicates = 0;
  std::uint64_t rejected = 0;   // malformed, forged, or not what was asked for
  std::uint64_t dropped = 0;    // the queue was full
};

struct PublishResult {
  util::Url url;
  bool accepted = false;   // OK true, or a duplicate
  std::string reason = {}; // the relay's words (bounded, printable), or ours: "timeout", "not connected"
};

struct PublishReport {
  std::vector<PublishResult> relays;
  std::size_t accepted() const;
};

class RelayPool {
 public:
  using Options = RelayPoolOptions;

  RelayPool(boost::asio::any_io_executor executor, net::WebSocketDialer& dialer, net::Clock& clock,
            crypto::RandomSource& random, std::vector<util::Url> relays, Options options);
  ~RelayPool();
  RelayPool(const RelayPool&) = delete;
  RelayPool& operator=(const RelayPool&) = delete;

  // Where the times of the last complete catch-up are kept over a restart. Set before run(). `last_good` is our clock when
  // a relay said EOSE for the last of our subscriptions, never an event's created_at.
  std::function<std::optional<util::Time>(const util::Url&)> load_last_good;
  std::function<void(const util::Url&, util::Time)> save_last_good;

  // Before run(), or while it runs.
  void subscribe(Subscription subscription);

  // Connects, catches up, listens and reconnects until cancelled.
  net::Task<> run();

  // Sends to `targets`, or to our own relays if empty, and waits for each relay's OK until `timeout`. A relay outside the
  // pool is dialled for this event alone; whether that is wise is the caller's decision (set dial.public_only).
  net::Task<PublishReport> publish(Event event, std::vector<util::Url> targets, std::chrono::milliseconds timeout);

  // Like publish to a relay outside the pool, for reading: the stored events that match (at most filter.limit or
  // page_size), verified. For looking up a customer's relay lists.
  net::Task<std::vector<Event>> fetch(Filter filter, std::vector<util::Url> targets, std::chrono::milliseconds timeout);

  std::vector<RelayStatus> status() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace paygress::nostr

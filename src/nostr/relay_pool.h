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

// Where an event came from.
struct Source {
  util::Url relay;
  // It was there when we asked: it came before the relay's EOSE, newest first, as relays give what they have stored.
  bool stored = false;
};

struct Subscription {
  std::string name;             // 1..16 characters of [a-z0-9-]; the subscription ids begin with it
  std::vector<Filter> filters;  // without since, until and limit: the pool sets them. Kind 1059 needs a subscription of its own.
  // How far behind our clock an event's created_at may lie and still be new: 2 days and a margin for gift wraps.
  std::chrono::seconds window{0};
  std::function<void(const Event&, const Source&)> on_event;
  // While it says no, no relay that serves this subscription is read; nothing is dropped. Missing: there is always room.
  std::function<bool()> has_room = {};
};

struct RelayPoolOptions {
  const crypto::SecretKey* auth_key = nullptr;  // NIP-42; without it a relay that asks for AUTH serves us nothing
  net::DialOptions dial;
  std::chrono::milliseconds reconnect_first{1'000};
  std::chrono::milliseconds reconnect_cap{300'000};
  std::chrono::milliseconds stable_after{60'000};  // a connection of that age resets the back-off
  std::chrono::milliseconds request_first{2'000};  // back-off of a REQ that the relay closed
  std::chrono::milliseconds request_cap{300'000};
  // Then we go on without the relay's answer to our AUTH: nostr-rs-relay takes it and never says OK.
  std::chrono::milliseconds auth_patience{2'000};
  // Then what a relay sends is taken for new though its EOSE has not come: some never send one.
  std::chrono::milliseconds eose_patience{10'000};
  std::chrono::milliseconds silence_limit{60'000};   // a relay that owes an answer for so long is dead
  std::chrono::milliseconds straggler_grace{2'000};  // how long publish waits for the others once one relay has accepted
  // A quiet subscription is asked for again so often: a relay may have dropped it without a word.
  std::chrono::milliseconds refresh_after{6 * 3'600'000};
  std::uint32_t page_size = 500;
  std::size_t max_event_bytes = std::size_t{64} << 10;
  std::size_t max_seen_ids = 100'000;           // verified ids remembered per subscription, over all relays
  std::uint32_t max_events_per_second = 1'000;  // per relay; a faster one is read more slowly, nothing is dropped
};

struct RelayStatus {
  util::Url url;
  bool connected = false;
  bool authenticated = false;
  std::optional<util::Time> last_eose = {};  // when the last of our subscriptions had caught up; nothing while one has not
  std::string last_error = {};
  std::uint64_t connects = 0;
  std::uint64_t events = 0;  // handed out
  std::uint64_t duplicates = 0;
  std::uint64_t rejected = 0;  // malformed, forged, or not what was asked for
};

struct PublishResult {
  util::Url url;
  bool accepted = false;    // OK true, or a duplicate
  std::string reason = {};  // the relay's words (bounded, printable), or ours: "timeout", "not connected"
};

struct PublishReport {
  std::vector<PublishResult> relays;
  std::size_t accepted() const;
};

class RelayPool {
 public:
  using Options = RelayPoolOptions;

  RelayPool(boost::asio::any_io_executor executor, net::WebSocketDialer& dialer, net::Clock& clock, crypto::RandomSource& random,
            std::vector<util::Url> relays, Options options);
  ~RelayPool();
  RelayPool(const RelayPool&) = delete;
  RelayPool& operator=(const RelayPool&) = delete;

  // Where the times of the last complete catch-up are kept over a restart. Set before run(). `last_good` is our clock when
  // a relay said EOSE for the last of our subscriptions, never an event's created_at (a future-dated wrap must not move it).
  std::function<std::optional<util::Time>(const util::Url&)> load_last_good;
  std::function<void(const util::Url&, util::Time)> save_last_good;

  // Before run(), or while it runs.
  void subscribe(Subscription subscription);

  // Connects, catches up, listens and reconnects until cancelled. What on_event throws ends that relay's connection; the event
  // counts as not handed out and comes again.
  net::Task<> run();

  // Sends to `targets`, or to our own relays if empty, and waits for each relay's OK until `timeout`, but not longer than
  // straggler_grace after the first has accepted. A relay outside the pool is dialled for this event alone; whether that is
  // wise is the caller's decision (set dial.public_only).
  net::Task<PublishReport> publish(Event event, std::vector<util::Url> targets, std::chrono::milliseconds timeout);

  // The stored events that match, verified, each once: one page per relay. For looking up a customer's relay lists.
  net::Task<std::vector<Event>> fetch(Filter filter, std::vector<util::Url> targets, std::chrono::milliseconds timeout);

  std::vector<RelayStatus> status() const;
  // Is a relay that is connected still sending what it had stored?
  bool catching_up() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace paygress::nostr

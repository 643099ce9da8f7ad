// What was given to a relay to do once: events to publish and stored events to fetch. Each survives a lost connection, and is
// sent again after AUTH, until it is done or whoever waits gives up. No I/O.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/clock.h"
#include "nostr/backoff.h"
#include "nostr/message.h"
#include "nostr/relay_pool.h"

namespace paygress::nostr {

// A relay's words as they may go into logs and answers: short and without control characters.
std::string printable(std::string_view text);

class RelayErrands {
 public:
  struct Publication {
    crypto::Hash256 id;
    std::string frame;
    Backoff backoff;
    std::optional<net::SteadyTime> retry_at = {};
    bool wants_auth = false;
    std::optional<bool> accepted = {};
    std::string reason = {};
    net::Event done = {};
  };
  struct Lookup {
    std::string subscription;
    Filter filter;
    Backoff backoff;
    std::optional<net::SteadyTime> retry_at = {};
    bool wants_auth = false;
    std::vector<Event> events = {};
    bool finished = false;
    net::Event done = {};

    std::string frame() const;
  };

  // In the list for as long as the caller holds it.
  template <class Errand>
  using Held = std::unique_ptr<Errand, std::function<void(Errand*)>>;
  // Nothing when too many wait already.
  Held<Publication> publish(const Event& event, Backoff backoff);
  Held<Lookup> fetch(Filter filter, std::uint32_t page_size, Backoff backoff);

  // Everything that is not done: for a new connection.
  std::vector<std::string> all_frames();
  // What was refused for want of AUTH, or is due again.
  std::vector<std::string> frames_after_auth();
  std::vector<std::string> due_frames(net::SteadyTime now);
  std::optional<net::SteadyTime> next_retry() const;
  bool waiting_for_answer() const;

  // True if it was about one of ours.
  bool on_ok(const OkMessage& ok, bool may_still_authenticate, net::SteadyTime now);
  bool on_eose(std::string_view subscription);
  bool on_closed(const ClosedMessage& closed, bool may_still_authenticate, net::SteadyTime now);
  Lookup* lookup(std::string_view subscription);

 private:
  std::list<Publication*> publications_;
  std::list<Lookup*> lookups_;
  std::uint64_t lookups_made_ = 0;
};

}  // namespace paygress::nostr

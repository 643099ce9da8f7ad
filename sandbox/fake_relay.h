// A Nostr relay on loopback that checks ids and signatures, stores, replaces, deletes, expires and delivers as NIP-01, 09,
// 40 and 42 say, and as strfry does where the NIPs leave room; and that forgets its manners when a test says so.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "net/http_server.h"
#include "net/task.h"
#include "nostr/event.h"
#include "sandbox/event_store.h"
#include "util/json.h"

namespace paygress::crypto {
class RandomSource;
}
namespace paygress::net {
class Clock;
}

namespace paygress::sandbox {

class Listener;
class RelaySession;

// All false and empty: a polite relay without AUTH. May be changed at any time; what is under way sees the change.
struct RelayManners {
  // strfry: no challenge at connect; a REQ for restricted kinds alone gets a challenge and `CLOSED "ERROR: auth-required: ..."`;
  // a mixed one gets EOSE and silence; after AUTH live events come, stored ones only for a new REQ.
  bool strfry_auth = false;
  std::set<std::uint16_t> restricted_kinds = {4, 1059};
  // khatru: a challenge right after connect, and every REQ and EVENT needs AUTH.
  bool auth_for_everything = false;

  bool no_ok = false;          // events are stored, but never acknowledged
  bool drop_after_ok = false;  // the connection is cut right after an OK
  bool lose_events = false;    // the connection is cut instead of storing an event
  std::string refuse_events;   // OK false with this text ("rate-limited: slow down") instead of storing
  std::string close_requests;  // CLOSED with this text for the next `close_requests_left` REQs
  int close_requests_left = 0;
  bool deliver_twice = false;        // each event comes twice
  bool bad_signature_first = false;  // a copy with a broken signature comes before each event
  bool stop_reading = false;         // neither frames nor pings are read any more
  bool no_eose = false;
  std::vector<std::string> noise;  // raw frames that are sent before each answer to a REQ
};

struct RelayLimits {
  std::size_t per_filter = 500;  // newest first
  std::size_t subscriptions = 200;
  std::size_t subscription_id = 64;
  std::size_t event_bytes = 65536;
  std::chrono::seconds ahead{15 * 60};  // created_at further in the future is refused
  std::chrono::seconds ephemeral_age{60};
  std::chrono::seconds auth_age{60};
};

class FakeRelay {
 public:
  // Port 0: the system chooses.
  FakeRelay(boost::asio::any_io_executor, net::Clock&, crypto::RandomSource&, std::uint16_t port = 0);
  ~FakeRelay();
  FakeRelay(const FakeRelay&) = delete;

  std::string url() const;  // "ws://127.0.0.1:4711"
  std::uint16_t port() const;
  net::Task<> run();

  RelayManners manners;
  RelayLimits limits;
  // A script for the rest: given a client's frame, the frames to answer instead of what the relay would do; nullopt: as usual.
  std::function<std::optional<std::vector<std::string>>(const util::Json& frame)> script;

  void go_down();
  void come_up();
  void drop_connections();

  // As if somebody else had published it: the same checks, the same delivery. False: refused.
  bool put(const nostr::Event& event) { return accept(event).accepted; }
  std::vector<nostr::Event> stored() const;
  std::size_t connections() const { return sessions_.size(); }
  std::size_t subscriptions() const;
  std::uint64_t total_connections() const { return total_connections_; }
  // How often a client sent this verb ("REQ", "EVENT", "AUTH", ...) since the start.
  std::uint64_t received(const std::string& verb) const;

  // What a relay would answer to this event: OK's flag and text. Stores and delivers it if it is welcome.
  struct Verdict {
    bool accepted = false;
    std::string text;
  };
  Verdict accept(const nostr::Event&);

 private:
  friend class RelaySession;
  net::Task<net::ServerResponse> information(net::ServerRequest);  // NIP-11
  net::Task<> serve(std::unique_ptr<net::WebSocket>);

  boost::asio::any_io_executor executor_;
  net::Clock& clock_;
  crypto::RandomSource& random_;
  EventStore store_;
  std::set<RelaySession*> sessions_;
  std::map<std::string, std::uint64_t> received_;
  std::uint64_t total_connections_ = 0;
  std::unique_ptr<Listener> listener_;
};

}  // namespace paygress::sandbox

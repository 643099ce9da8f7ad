// One REQ and its life at one relay, as a state machine without I/O: it says what to send, and when to try again.
//
//   idle --start--> catching_up --last page's EOSE--> live --start (refresh)--> catching_up
//                        |  ^--EOSE: next page--|        |
//                        +------------CLOSED-------------+--> closed --retry_at, or AUTH done: start--> catching_up
//
// No CLOSED is final. The REQ that catches up stays open and becomes the live one, with the same `since`: fresh gift wraps
// carry old dates, so `since: now` would see none (NIP-59). Further pages use a REQ of their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/clock.h"
#include "nostr/backoff.h"
#include "nostr/filter.h"
#include "util/time.h"

namespace paygress::nostr {

class RelayRequest {
 public:
  enum class State { idle, catching_up, live, closed };
  using Frames = std::vector<std::string>;  // to be sent in this order

  RelayRequest(std::string name, Filter filter, std::chrono::seconds window, std::uint32_t page_size, Backoff backoff);

  // Asks anew for everything since `last_good` less the window. On a new connection, after AUTH, after a CLOSED, to refresh.
  Frames start(util::Time last_good);
  void connection_lost();

  // Is it an id of ours, of this or an earlier start?
  bool owns(std::string_view subscription) const;
  const Filter& filter() const { return filter_; }

  // Is that the REQ whose EOSE is awaited?
  bool awaits_page(std::string_view subscription) const {
    return state_ == State::catching_up && !page_id_.empty() && subscription == page_id_;
  }

  // An event that was asked for has come in; only those count for the pages, and of them only what is of this page's time.
  void on_event(std::string_view subscription, std::int64_t created_at);
  // `now` is remembered when this was the last page.
  Frames on_eose(std::string_view subscription, util::Time now);
  // False if it was about a REQ that is over anyway.
  bool on_closed(std::string_view subscription, net::SteadyTime now);

  State state() const { return state_; }
  std::optional<net::SteadyTime> retry_at() const { return retry_at_; }
  // When this relay had given us everything; survives the connection.
  std::optional<util::Time> caught_up_at() const { return caught_up_at_; }

 private:
  Frames next_page(std::int64_t until);
  std::string new_id();

  std::string name_;
  Filter filter_;
  std::chrono::seconds window_;
  std::uint32_t page_size_;
  Backoff backoff_;

  State state_ = State::idle;
  std::uint64_t starts_ = 0;
  std::int64_t since_ = 0;
  std::string live_id_;  // of the open REQ, or empty
  std::string page_id_;  // of the REQ whose EOSE is awaited; at first the live one
  std::optional<std::int64_t> until_;
  std::size_t count_ = 0;
  std::optional<std::int64_t> oldest_;
  std::optional<net::SteadyTime> retry_at_;
  std::optional<util::Time> caught_up_at_;
};

}  // namespace paygress::nostr

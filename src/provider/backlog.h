// Private messages between a relay and the front desk: those that were stored, put in order, and how far relays have been read.
//
// Relays give what they had stored newest first. Taken so, a message for more time would come before the one that bought the pod
// whenever both come again (a database that was put back from a copy). So stored messages are held until the relays have given
// all they have, and are taken in the order in which they were written. No clock, no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "net/clock.h"
#include "provider/outbox.h"

namespace paygress::provider {

// A message that was opened and has not been dealt with.
struct Letter {
  Recipient from;
  std::string text;
  std::uint64_t number = 0;  // among all that arrived
  net::SteadyTime arrived_at{};
};

class Backlog {
 public:
  static constexpr std::size_t kMaxLetters = 2000;
  static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;

  void add(Letter);
  // The one that was written first, of those that do not wait.
  std::optional<Letter> take_oldest();
  // This one must wait for something else to be done: it is not given out again before reconsider().
  void put_aside(Letter);
  void reconsider();

  bool empty() const { return letters_.empty() && aside_.empty(); }
  // Memory has an end: the oldest must be dealt with now, whatever may still come before it.
  bool overfull() const { return letters_.size() + aside_.size() > kMaxLetters || bytes_ > kMaxBytes; }

 private:
  using Place = std::pair<util::Time, std::uint64_t>;  // when it was written, then its number
  std::map<Place, Letter> letters_;
  std::vector<Letter> aside_;
  std::size_t bytes_ = 0;
};

// A relay may be remembered as read up to a moment only when nothing that came before is in memory alone: what was not dealt with
// when the process dies has to be asked for again.
class ReadingMarks {
 public:
  using Mark = std::pair<util::Url, util::Time>;

  std::uint64_t arrived();
  void done(std::uint64_t number);
  void reached(const util::Url& relay, util::Time);
  // Those that may be written down now, each once.
  std::vector<Mark> take_due();

 private:
  std::uint64_t next_ = 0;
  std::set<std::uint64_t> open_;
  std::map<util::Url, std::pair<util::Time, std::uint64_t>> marks_;
};

}  // namespace paygress::provider

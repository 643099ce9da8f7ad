// Time, as a seam: the daemon runs on the system's clock, a simulated world on one that a test moves by hand.
#pragma once

#include <chrono>
#include <map>
#include <optional>

#include "net/task.h"
#include "util/time.h"

namespace paygress::net {

using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;

  // The wall clock: what goes into messages and expiry times. It may jump.
  virtual util::Time now() const = 0;
  // For measuring and for timeouts. It never jumps.
  virtual SteadyTime steady_now() const = 0;
  virtual Task<> sleep_for(std::chrono::milliseconds duration) = 0;
};

class SystemClock final : public Clock {
 public:
  util::Time now() const override;
  SteadyTime steady_now() const override;
  Task<> sleep_for(std::chrono::milliseconds duration) override;
};

// Stands still until a test moves it. Sleepers wake in the order of their times; they go on when the io_context runs next.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(util::Time start = util::from_unix(1'760'000'000));

  util::Time now() const override { return now_; }
  SteadyTime steady_now() const override { return steady_; }
  Task<> sleep_for(std::chrono::milliseconds duration) override;

  void advance(std::chrono::milliseconds step);
  // Moves the wall clock alone, as an administrator or a bad NTP server does.
  void jump(std::chrono::milliseconds step) { now_ += step; }
  // When the next sleeper wakes; nothing when nobody sleeps. With advance() this runs a world as fast as it can.
  std::optional<std::chrono::milliseconds> until_next_wake() const;

 private:
  util::Time now_;
  SteadyTime steady_{};
  std::multimap<SteadyTime, Event*> sleepers_;
};

}  // namespace paygress::net

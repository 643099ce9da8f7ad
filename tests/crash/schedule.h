// Which trials there are, so that no crash point is left out: for each mint, scenario and place of death the commits 1, 2, ... up
// to the first that the daemon outlives, and each request that was ever seen in a trial.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/crash/crash_point.h"
#include "tests/crash/scenarios.h"

namespace paygress::test {

class Series {
 public:
  Series(const Mint&, const Scenario&, Where);

  // The next crash point to try, which counts as begun; nothing: all that are known have begun.
  std::optional<CrashPoint> next();
  void ended(const CrashPoint&, const Trial&);
  std::size_t begun() const { return begun_; }
  bool all_ended() const { return under_way_ == 0 && (waiting_.empty() || outlived_); }

  // Every crash point was tried: up to the end, and at the swap, without which the others prove little.
  bool whole() const;
  std::size_t killed() const { return killed_.size(); }
  std::string name(const CrashPoint&) const;
  std::string name() const;

  const Mint* mint;
  const Scenario* scenario;
  const Where where;

 private:
  using Key = std::pair<std::string, unsigned>;  // a crash point's endpoint and number
  void expect(const std::string& endpoint, unsigned n);
  void try_again(const CrashPoint&);

  std::deque<CrashPoint> waiting_;
  std::set<Key> known_, killed_;
  std::multiset<Key> missed_;  // trials in which the daemon did not come to that request
  std::size_t begun_ = 0, under_way_ = 0;
  bool outlived_ = false;  // there are no more commits
};

class Schedule {
 public:
  Schedule(const std::vector<Mint>&, const std::vector<Scenario>&, const std::string& only);

  struct Place {
    Series* series;
    CrashPoint point;
  };
  // The next trial to begin. Nothing: those under way may still show more crash points, until all_ended().
  std::optional<Place> next();
  void ended(const Place&, const Trial&);
  bool all_ended() const;

  const std::vector<Series>& series() const { return series_; }

 private:
  std::vector<Series> series_;
};

// One line for each mint and scenario.
void print_table(const std::vector<Series>&);
std::size_t count_crash_points(const std::vector<Series>&);
std::size_t count_faults(const std::vector<Series>&);

}  // namespace paygress::test

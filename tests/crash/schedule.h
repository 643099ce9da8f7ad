// Which trials there are: for each mint, scenario and place of death the crash points 1, 2, ... up to the first that the daemon
// outlives, so that none is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/crash/crash_point.h"
#include "tests/crash/scenarios.h"

namespace paygress::test {

struct Series {
  const Mint* mint = nullptr;
  const Scenario* scenario = nullptr;
  Where where = Where::commit;
  unsigned next = 1;      // the first n that nobody has begun
  unsigned killed = 0;    // trials in which the daemon died
  bool outlived = false;  // it lived through one: there are no more crash points
  bool at_swap = false;   // one of the requests at which it died was the swap
  // Every crash point was tried: up to the end, and at the swap, which requests that come in another order might have hidden.
  bool whole() const { return outlived && killed > 0 && (where == Where::commit || at_swap); }
  std::string name(unsigned n) const;
};

class Schedule {
 public:
  Schedule(const std::vector<Mint>&, const std::vector<Scenario>&, const std::string& only);

  struct Place {
    Series* series;
    unsigned n;
  };
  // The next trial to begin; nothing: all have begun.
  std::optional<Place> next();
  void ended(const Place&, const Trial&);

  const std::vector<Series>& series() const { return series_; }

 private:
  std::vector<Series> series_;
};

// One line for each mint and scenario.
void print_table(const std::vector<Series>&);
unsigned count_crash_points(const std::vector<Series>&);
unsigned count_faults(const std::vector<Series>&);

}  // namespace paygress::test

#include "tests/crash/schedule.h"

#include <algorithm>
#include <cstdio>

namespace paygress::test {
namespace {

// An order takes a few dozen commits. Whoever makes more goes round in circles.
constexpr unsigned kTooMany = 200;

}  // namespace

std::string Series::name(unsigned n) const {
  return mint->name + ", " + scenario->name + ", killed at " + std::string(test::name(where)) + " " + std::to_string(n);
}

Schedule::Schedule(const std::vector<Mint>& mints, const std::vector<Scenario>& scenarios, const std::string& only) {
  for (const Mint& mint : mints)
    for (const Scenario& scenario : scenarios) {
      if (scenario.sandbox_only && !mint.is_sandbox()) continue;
      for (const Where where : kEverywhere) {
        Series series{&mint, &scenario, where};
        if (series.name(1).find(only) != std::string::npos) series_.push_back(series);
      }
    }
}

// The series that is least far comes first: while there are many, nobody begins a trial beyond another's end.
std::optional<Schedule::Place> Schedule::next() {
  Series* least = nullptr;
  for (Series& series : series_) {
    if (series.outlived || series.next > kTooMany) continue;
    if (least == nullptr || series.next < least->next) least = &series;
  }
  if (least == nullptr) return std::nullopt;
  return Place{least, least->next++};
}

void Schedule::ended(const Place& place, const Trial& trial) {
  place.series->at_swap = place.series->at_swap || trial.killed_at_swap();
  if (trial.killed())
    ++place.series->killed;
  else
    place.series->outlived = true;
}

void print_table(const std::vector<Series>& all) {
  std::printf("\n%-10s %-30s %8s %9s %9s\n", "mint", "scenario", "commits", "requests", "answered");
  for (std::size_t i = 0; i < all.size();) {
    const Series& first = all[i];
    unsigned killed[3] = {};
    for (; i < all.size() && all[i].mint == first.mint && all[i].scenario == first.scenario; ++i)
      killed[static_cast<std::size_t>(all[i].where)] = all[i].killed;
    std::printf("%-10s %-30s %8u %9u %9u\n", first.mint->name.c_str(), first.scenario->name.c_str(), killed[0], killed[1],
                killed[2]);
  }
}

unsigned count_crash_points(const std::vector<Series>& all) {
  unsigned sum = 0;
  for (const Series& series : all) sum += series.killed;
  return sum;
}

unsigned count_faults(const std::vector<Series>& all) {
  return static_cast<unsigned>(std::count_if(
      all.begin(), all.end(), [](const Series& series) { return series.scenario->is_fault && series.where == Where::commit; }));
}

}  // namespace paygress::test

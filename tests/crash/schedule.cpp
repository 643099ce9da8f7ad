#include "tests/crash/schedule.h"

#include <algorithm>
#include <cstdio>

namespace paygress::test {
namespace {

// An order takes a few dozen commits. Whoever makes more goes round in circles.
constexpr unsigned kTooMany = 200;
// A request that some trial has seen may depend on the moment: so often a trial waits for it in vain.
constexpr std::size_t kTries = 3;

}  // namespace

// Commits are tried one after the other. Which requests there are shows a trial without a death.
Series::Series(const Mint& of_mint, const Scenario& of_scenario, Where of_where)
    : mint(&of_mint), scenario(&of_scenario), where(of_where), waiting_{{where, where == Where::commit ? 1U : 0U, ""}} {}

std::optional<CrashPoint> Series::next() {
  if (waiting_.empty() || outlived_) return std::nullopt;
  CrashPoint point = waiting_.front();
  waiting_.pop_front();
  if (where == Where::commit && point.n < kTooMany) waiting_.push_back({where, point.n + 1, ""});
  ++begun_;
  ++under_way_;
  return point;
}

void Series::ended(const CrashPoint& point, const Trial& trial) {
  --under_way_;
  for (const auto& [endpoint, times] : trial.requests_seen())
    for (unsigned n = 1; n <= times; ++n) expect(endpoint, n);
  if (trial.killed())
    killed_.emplace(point.endpoint, point.n);
  else if (where == Where::commit)
    outlived_ = true;
  else if (point.n > 0)
    try_again(point);
}

void Series::expect(const std::string& endpoint, unsigned n) {
  if (where != Where::commit && known_.emplace(endpoint, n).second) waiting_.push_back({where, n, endpoint});
}

void Series::try_again(const CrashPoint& point) {
  const Key key{point.endpoint, point.n};
  missed_.insert(key);
  if (missed_.count(key) < kTries) waiting_.push_back(point);
}

bool Series::whole() const {
  if (where == Where::commit) return outlived_ && !killed_.empty();
  return waiting_.empty() && killed_.contains({"swap", 1});
}

std::string Series::name() const { return mint->name + ", " + scenario->name + ", killed at " + std::string(test::name(where)); }

std::string Series::name(const CrashPoint& point) const {
  return mint->name + ", " + scenario->name + ", killed at " + test::name(point);
}

Schedule::Schedule(const std::vector<Mint>& mints, const std::vector<Scenario>& scenarios, const std::string& only) {
  for (const Mint& mint : mints)
    for (const Scenario& scenario : scenarios) {
      if (scenario.sandbox_only && !mint.is_sandbox()) continue;
      for (const Where where : kEverywhere) {
        Series series(mint, scenario, where);
        if (series.name().find(only) != std::string::npos) series_.push_back(std::move(series));
      }
    }
}

// The series that is least far comes first: while there are many, nobody begins a trial beyond another's end.
std::optional<Schedule::Place> Schedule::next() {
  std::vector<Series*> by_progress;
  for (Series& series : series_) by_progress.push_back(&series);
  std::stable_sort(by_progress.begin(), by_progress.end(),
                   [](const Series* a, const Series* b) { return a->begun() < b->begun(); });
  for (Series* series : by_progress)
    if (auto point = series->next()) return Place{series, std::move(*point)};
  return std::nullopt;
}

void Schedule::ended(const Place& place, const Trial& trial) { place.series->ended(place.point, trial); }

bool Schedule::all_ended() const {
  return std::all_of(series_.begin(), series_.end(), [](const Series& series) { return series.all_ended(); });
}

void print_table(const std::vector<Series>& all) {
  std::printf("\n%-10s %-30s %8s %9s %9s\n", "mint", "scenario", "commits", "requests", "answered");
  for (std::size_t i = 0; i < all.size();) {
    const Series& first = all[i];
    std::size_t killed[3] = {};
    for (; i < all.size() && all[i].mint == first.mint && all[i].scenario == first.scenario; ++i)
      killed[static_cast<std::size_t>(all[i].where)] = all[i].killed();
    std::printf("%-10s %-30s %8zu %9zu %9zu\n", first.mint->name.c_str(), first.scenario->name.c_str(), killed[0], killed[1],
                killed[2]);
  }
}

std::size_t count_crash_points(const std::vector<Series>& all) {
  std::size_t sum = 0;
  for (const Series& series : all) sum += series.killed();
  return sum;
}

std::size_t count_faults(const std::vector<Series>& all) {
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [](const Series& series) { return series.scenario->is_fault && series.where == Where::commit; }));
}

}  // namespace paygress::test

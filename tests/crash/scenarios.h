// What the customers of a trial do: written as if the daemon was never killed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/crash/trial.h"

namespace paygress::test {

struct Scenario {
  std::string name;
  std::function<net::Task<>(Trial&)> play;
  bool sandbox_only = false;
  bool is_fault = false;  // something beside the daemon goes wrong
};

std::vector<Scenario> all_scenarios();

}  // namespace paygress::test

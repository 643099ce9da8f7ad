// Every reader with thousands of inputs that are almost well formed. libFuzzer goes further (README.md); this is what every change
// of the code has to pass.
#include <exception>

#include <doctest/doctest.h>

#include "tests/fuzz/mutation.h"
#include "tests/fuzz/target.h"
#include "util/bytes.h"

using namespace paygress::test;

namespace {

constexpr int kInputs = 20'000;

}  // namespace

TEST_CASE("whatever a stranger writes is read in one way, or refused") {
  for (const FuzzTarget& target : fuzz_targets()) {
    CAPTURE(target.name);
    for (const std::string& seed : target.seeds) target.read(seed);
    Mutations mutations(target.seeds, 1);
    for (int i = 0; i < kInputs; ++i) {
      const std::string input = mutations.next();
      std::string failure;
      try {
        target.read(input);
      } catch (const std::exception& error) {
        failure = error.what();
      }
      if (failure.empty()) continue;
      CAPTURE(paygress::util::base64(paygress::util::as_bytes(input)));
      FAIL_CHECK(failure);
      break;
    }
  }
}

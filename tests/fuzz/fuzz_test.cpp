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
// Fewer that are read, or refused, and the changes would be too wild, or too tame, to prove anything.
constexpr int kLeast = kInputs / 200;

}  // namespace

TEST_CASE("whatever a stranger writes is read in one way, or refused") {
  for (const FuzzTarget& target : fuzz_targets()) {
    CAPTURE(target.name);
    for (const std::string& seed : target.seeds) CHECK(target.read(seed));
    Mutations mutations(target.seeds, 1);
    int read = 0;
    for (int i = 0; i < kInputs; ++i) {
      const std::string input = mutations.next();
      std::string failure;
      try {
        if (target.read(input)) ++read;
      } catch (const std::exception& error) {
        failure = error.what();
      }
      if (failure.empty()) continue;
      CAPTURE(paygress::util::base64(paygress::util::as_bytes(input)));
      FAIL_CHECK(failure);
      break;
    }
    CHECK(read >= kLeast);
    CHECK(read <= kInputs - kLeast);
  }
}

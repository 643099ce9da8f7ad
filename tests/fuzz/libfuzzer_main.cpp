// One target as libFuzzer wants it; PAYGRESS_FUZZ_TARGET is its function.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/target.h"

namespace {

const paygress::test::FuzzTarget& target() {
  static const auto made = paygress::test::PAYGRESS_FUZZ_TARGET();
  return made;
}

}  // namespace

// The seeds go into the folder of inputs, the last argument, so that libFuzzer begins with them.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  const std::filesystem::path folder = (*argv)[*argc - 1];
  if (*argc < 2 || !std::filesystem::is_directory(folder)) return 0;
  int number = 0;
  for (const std::string& seed : target().seeds) std::ofstream(folder / ("seed-" + std::to_string(number++))) << seed;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  target().read({reinterpret_cast<const char*>(data), size});
  return 0;
}

#include <stdexcept>

#include "tests/fuzz/target.h"

namespace paygress::test {

std::vector<FuzzTarget> fuzz_targets() {
  return {token_target(),  mint_reply_target(), invoice_target(), relay_frame_target(),
          letter_target(), request_target(),    answer_target()};
}

void must(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

}  // namespace paygress::test

// Standard output may be a file on a full disk, and what goes there a key or a token.
#pragma once

#include <iostream>

#include "cli/common/stop.h"

namespace paygress::cli {

// Before a program ends with 0.
inline void finish_output() {
  if (!std::cout.flush()) throw Stop(Exit::local, "standard output could not be written; what it should have held is incomplete");
}

}  // namespace paygress::cli

#pragma once

#include "util/bytes.h"

namespace paygress::crypto {

// Compares secrets and MACs: the time depends on the length only.
bool equal_constant_time(util::ByteView a, util::ByteView b);

}  // namespace paygress::crypto

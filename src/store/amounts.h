// SQLite's integers are signed: amounts go to 2^64 - 1 and come back through the same conversion.
#pragma once

#include <cstdint>

namespace paygress::store {

inline std::int64_t stored_amount(std::uint64_t amount) { return static_cast<std::int64_t>(amount); }
inline std::uint64_t loaded_amount(std::int64_t column) { return static_cast<std::uint64_t>(column); }

}  // namespace paygress::store

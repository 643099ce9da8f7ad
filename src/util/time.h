// Instants as the protocols write them. Durations are std::chrono; the wall clock itself is net::Clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace paygress::util {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

inline std::int64_t unix_seconds(Time time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); }
// As the database keeps it.
inline std::int64_t unix_milliseconds(Time time) { return time.time_since_epoch().count(); }
inline Time from_unix_milliseconds(std::int64_t count) { return Time(std::chrono::milliseconds(count)); }
inline Time from_unix(std::int64_t seconds) { return Time(std::chrono::seconds(seconds)); }

// RFC 3339 in UTC, whole seconds: "2025-09-23T15:30:00Z".
std::string rfc3339(Time);
// Reads that form, and fractions and offsets as other programs write them.
Result<Time> parse_rfc3339(std::string_view);

}  // namespace paygress::util

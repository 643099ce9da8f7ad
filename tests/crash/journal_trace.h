// Reads what strace saw of paygressd (-f -y): was the journal of a claim on disk before the mint heard of it?
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace paygress::test {

// What is wrong; nothing: between the arrival of the order and the first byte of the first POST /v1/swap something was written
// to the write-ahead log, and after the last such write an fdatasync of it succeeded. `arrival` is a text that is received with
// the order and not before, its event's id for example.
std::optional<std::string> complaint_about(const std::string& trace, std::string_view arrival);

}  // namespace paygress::test

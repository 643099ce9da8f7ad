// Kubernetes quantities: "250m", "2", "1536Mi", "1.5G", "3e3".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace paygress::kube {

// In whole units (bytes of memory), rounded down; nothing for what is no quantity or beyond an int64.
std::optional<std::int64_t> quantity_value(std::string_view text);
// In thousandths (millicores), rounded down.
std::optional<std::int64_t> quantity_millis(std::string_view text);

}  // namespace paygress::kube

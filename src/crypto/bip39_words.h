#pragma once

#include <array>
#include <string_view>

namespace paygress::crypto {

extern const std::array<std::string_view, 2048> kBip39Words;

}  // namespace paygress::crypto

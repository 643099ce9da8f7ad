// The paths of a mint's HTTP API (NUT-01 to 09), and the names by which faults are ordered for them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace paygress::sandbox {

struct MintRoute {
  std::string_view endpoint;  // "swap"
  std::string argument;       // what the path ends with: a keyset's id, a quote's
};

// Nothing: no mint has such a path.
std::optional<MintRoute> find_mint_route(std::string_view method, std::string_view target);

}  // namespace paygress::sandbox

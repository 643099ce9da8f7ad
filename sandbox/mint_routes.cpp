#include "sandbox/mint_routes.h"

#include <array>

namespace paygress::sandbox {
namespace {

struct Path {
  std::string_view method, path, endpoint;  // a path that ends in '/' takes an argument
};
constexpr std::array kPaths = {
    Path{"GET", "/v1/info", "info"},
    Path{"GET", "/v1/keys", "keys"},
    Path{"GET", "/v1/keys/", "keys"},
    Path{"GET", "/v1/keysets", "keysets"},
    Path{"POST", "/v1/mint/quote/bolt11", "mint_quote"},
    Path{"GET", "/v1/mint/quote/bolt11/", "mint_quote_state"},
    Path{"POST", "/v1/mint/bolt11", "mint"},
    Path{"POST", "/v1/swap", "swap"},
    Path{"POST", "/v1/checkstate", "checkstate"},
    Path{"POST", "/v1/restore", "restore"},
    Path{"POST", "/v1/melt/quote/bolt11", "melt_quote"},
    Path{"GET", "/v1/melt/quote/bolt11/", "melt_quote_state"},
    Path{"POST", "/v1/melt/bolt11", "melt"},
};

}  // namespace

std::optional<MintRoute> find_mint_route(std::string_view method, std::string_view target) {
  for (const Path& known : kPaths) {
    if (method != known.method) continue;
    if (known.path.back() != '/') {
      if (target == known.path) return MintRoute{known.endpoint, {}};
    } else if (target.size() > known.path.size() && target.starts_with(known.path)) {
      return MintRoute{known.endpoint, std::string(target.substr(known.path.size()))};
    }
  }
  return std::nullopt;
}

}  // namespace paygress::sandbox

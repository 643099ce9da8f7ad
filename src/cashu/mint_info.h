#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace paygress::cashu {

// What a mint tells about itself (NUT-06). A hint, never a promise: read leniently, and bounded.
struct MintInfo {
  std::string name;
  std::string version;                            // "Nutshell/0.20.3"
  bool checks_state = false;                      // NUT-07
  bool restores = false;                          // NUT-09
  bool locks = false;                             // NUT-10 and NUT-11: without them a lock binds nobody
  bool proves_signatures = false;                 // NUT-12
  bool wants_authentication = false;              // NUT-21 or NUT-22: such a mint is refused at start
  bool caches_swap = false;                       // NUT-19 lists POST /v1/swap
  std::optional<std::chrono::seconds> cache_ttl;  // none: as long as the mint likes
};

MintInfo parse_mint_info(const nlohmann::json& json);

}  // namespace paygress::cashu

#include "provider/mint_desk.h"

#include <algorithm>

namespace paygress::provider {
namespace {

// One repair a minute: enough for a rotation, too little to hammer a mint with.
constexpr auto kRefreshPause = std::chrono::seconds(60);

}  // namespace

MintDesk::MintDesk(net::HttpClient& http, net::Clock& clock, cashu::MintUrl url)
    : clock_(clock), queue_(http, clock), client_(queue_, std::move(url)) {}

bool MintDesk::recently_read() const { return read_at_ && clock_.steady_now() - *read_at_ < kRefreshPause; }

net::Task<util::Result<>> MintDesk::refresh() {
  auto listed = co_await client_.keysets();
  if (!listed) co_return listed.error();
  auto info = co_await client_.info();
  if (!info) co_return info.error();
  std::vector<cashu::Keyset> fresh;
  for (cashu::Keyset& keyset : *listed) {
    const auto had = std::find_if(keysets_.begin(), keysets_.end(), [&](const cashu::Keyset& old) { return old.id == keyset.id; });
    // An id commits to its keys, so those never need to be read twice.
    if (had != keysets_.end() && !had->keys.empty()) {
      keyset.keys = had->keys;
    } else if (keyset.active) {
      auto with_keys = co_await client_.keys(keyset);
      if (!with_keys) co_return with_keys.error();
      keyset.keys = with_keys->keys;
    }
    fresh.push_back(std::move(keyset));
  }
  keysets_ = std::move(fresh);
  info_ = std::move(*info);
  read_at_ = clock_.steady_now();
  co_return util::Result<>();
}

net::Task<util::Result<>> MintDesk::refresh_for_unknown() {
  if (recently_read()) co_return util::Result<>();
  co_return co_await refresh();
}

net::Task<util::Result<>> MintDesk::load_keys(std::vector<std::string> ids) {
  for (const std::string& id : ids) {
    const auto found = cashu::find_keyset(keysets_, id);
    if (!found || !(*found)->keys.empty()) continue;
    const cashu::Keyset entry = **found;
    auto with_keys = co_await client_.keys(entry);
    if (!with_keys) co_return with_keys.error();
    // The list may have been read anew while we waited.
    for (cashu::Keyset& keyset : keysets_)
      if (keyset.id == entry.id) keyset.keys = with_keys->keys;
  }
  co_return util::Result<>();
}

const cashu::Keyset* MintDesk::active(const std::string& unit) const {
  const cashu::Keyset* best = nullptr;
  for (const cashu::Keyset& keyset : keysets_) {
    if (!keyset.active || keyset.unit != unit || keyset.keys.empty()) continue;
    if (best == nullptr || keyset.input_fee_ppk < best->input_fee_ppk) best = &keyset;
  }
  return best;
}

}  // namespace paygress::provider

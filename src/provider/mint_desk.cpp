#include "provider/mint_desk.h"

#include <algorithm>

#include "util/log.h"

namespace paygress::provider {
namespace {

// One repair a minute: enough for a rotation, too little to hammer a mint with.
constexpr auto kRefreshPause = std::chrono::seconds(60);

// A V2 id commits to fee and expiry as it does to the keys, and the mint's list may lack them.
void take_keys(cashu::Keyset& keyset, const cashu::Keyset& with_keys) {
  keyset.keys = with_keys.keys;
  if (cashu::keyset_version(keyset.id) != cashu::KeysetVersion::v2) return;
  keyset.input_fee_ppk = with_keys.input_fee_ppk;
  keyset.final_expiry = with_keys.final_expiry;
}

// The mint has answered for this keyset, and would answer the same again.
bool is_final(const util::Error& error) {
  if (error.code == "keyset_id_mismatch" || error.code == "keyset_malformed") return true;
  const auto fault = cashu::fault_of(error);
  return fault && fault->code == 12001;
}

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
      take_keys(keyset, *had);
    } else if (keyset.active) {
      const auto with_keys = co_await client_.keys(keyset);
      if (with_keys) {
        take_keys(keyset, *with_keys);
      } else if (is_final(with_keys.error())) {
        // One keyset that makes no sense, of a unit perhaps that nobody wants here, closes no mint.
        if (complained_of_.insert(keyset.id).second)
          util::log_warning("a mint has a keyset that cannot be used",
                            {{"PAYGRESS_MINT", url().text()}, {"PAYGRESS_REASON", with_keys.error().message}});
      } else {
        co_return with_keys.error();
      }
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
    const auto with_keys = co_await client_.keys(entry);
    if (!with_keys && is_final(with_keys.error()))
      co_return util::Error{util::Errc::refused, with_keys.error().message, "keyset_unusable"};
    if (!with_keys) co_return with_keys.error();
    // The list may have been read anew while we waited.
    for (cashu::Keyset& keyset : keysets_)
      if (keyset.id == entry.id) take_keys(keyset, *with_keys);
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

#include "provider/mints.h"

#include <algorithm>

#include "provider/message_ids.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

constexpr auto kKeysEvery = std::chrono::hours(1);
constexpr std::chrono::milliseconds kKeysRetry = 10s;

}  // namespace

Mints::Mints(net::HttpClient& http, net::Clock& clock, std::vector<cashu::MintUrl> accepted, std::vector<cashu::MintUrl> former)
    : clock_(clock) {
  for (cashu::MintUrl& url : accepted) accepted_.push_back(std::make_unique<MintDesk>(http, clock, std::move(url)));
  for (cashu::MintUrl& url : former) {
    if (find_accepted(url) == nullptr) former_.push_back(std::make_unique<MintDesk>(http, clock, std::move(url)));
  }
}

MintDesk* Mints::find_accepted(const cashu::MintUrl& url) {
  const auto found = std::find_if(accepted_.begin(), accepted_.end(), [&](const auto& desk) { return desk->url() == url; });
  return found == accepted_.end() ? nullptr : found->get();
}

MintDesk& Mints::get(std::string_view url) {
  for (MintDesk* desk : all())
    if (desk->url().text() == url) return *desk;
  util::throw_error({util::Errc::not_found, "no money of ours is at the mint " + std::string(url), "mint_unknown"});
}

std::vector<MintDesk*> Mints::all() {
  std::vector<MintDesk*> desks;
  for (const auto& desk : accepted_) desks.push_back(desk.get());
  for (const auto& desk : former_) desks.push_back(desk.get());
  return desks;
}

net::Task<> Mints::run() {
  const std::vector<MintDesk*> desks = all();
  std::vector<bool> complained(desks.size(), false);
  // Each in its own time: that one mint is gone is no reason to ask the others every few seconds.
  std::vector<net::SteadyTime> due(desks.size(), clock_.steady_now());
  for (;;) {
    for (std::size_t i = 0; i < desks.size(); ++i) {
      MintDesk& desk = *desks[i];
      if (clock_.steady_now() < due[i]) continue;
      const auto read = co_await desk.refresh();
      due[i] = clock_.steady_now() + (read ? std::chrono::milliseconds(kKeysEvery) : kKeysRetry);
      if (read) {
        if (complained[i]) util::log_notice("a mint answers again", {{"PAYGRESS_MINT", desk.url().text()}});
        complained[i] = false;
        if (desk.info().wants_authentication)
          util::log_error("a mint asks its users to log in, which paygress cannot do; take it out of WHITELISTED_MINTS",
                          {{"PAYGRESS_MINT", desk.url().text()}});
        continue;
      }
      if (!complained[i])
        util::log_warning(
            "a mint does not answer; orders with its tokens wait until it does (check WHITELISTED_MINTS and the network)",
            {{"PAYGRESS_MINT", desk.url().text()}, {"PAYGRESS_REASON", read.error().message}}, message_id::kMintSilent);
      complained[i] = true;
    }
    const auto pause = *std::min_element(due.begin(), due.end()) - clock_.steady_now();
    co_await clock_.sleep_for(std::max(std::chrono::ceil<std::chrono::milliseconds>(pause), kKeysRetry));
  }
}

}  // namespace paygress::provider

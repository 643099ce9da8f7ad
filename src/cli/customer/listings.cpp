#include "cli/customer/listings.h"

#include <algorithm>
#include <map>

#include "crypto/random.h"
#include "nostr/nip17.h"
#include "nostr/relay_pool.h"

namespace paygress::cli {
namespace {

constexpr std::uint16_t kOfferKind = 999;
constexpr std::uint16_t kAddressableOfferKind = 30999;
constexpr std::chrono::seconds kFetchLimit{8};

}  // namespace

std::vector<Listing> newest_listings(const std::vector<nostr::Event>& events, util::Time now) {
  std::map<crypto::PublicKey, const nostr::Event*> newest;
  for (const auto& event : events) {
    if (event.kind != kOfferKind && event.kind != kAddressableOfferKind) continue;
    if (nostr::is_expired(event, now)) continue;
    auto& held = newest[event.pubkey];
    if (!held || event.created_at > held->created_at) held = &event;
  }
  std::vector<Listing> listings;
  for (const auto& [provider, event] : newest)
    if (auto offer = contract::parse_offer(event->content)) listings.push_back({provider, event->created_at, std::move(*offer)});
  std::sort(listings.begin(), listings.end(), [](const Listing& a, const Listing& b) { return a.created_at > b.created_at; });
  return listings;
}

net::Task<std::vector<Listing>> find_listings(Context& context, std::optional<crypto::PublicKey> provider) {
  nostr::RelayPool pool(context.loop.get_executor(), *context.dialer, context.clock, crypto::system_random(), context.relays, {});
  nostr::Filter filter;
  filter.kinds = {kOfferKind, kAddressableOfferKind};
  filter.tags['t'] = {"paygress"};
  if (provider) filter.authors = {*provider};
  const auto events = co_await pool.fetch(filter, context.relays, kFetchLimit);
  co_return newest_listings(events, context.clock.now());
}

net::Task<bool> any_relay_answers(Context& context) {
  for (const auto& url : context.relays) {
    const auto connection = co_await context.dialer->dial(url, net::DialOptions());
    if (connection) co_return true;
    progress(url.text() + ": " + connection.error().message);
  }
  co_return false;
}

net::Task<> add_inbox_relays(Context& context) {
  nostr::RelayPool pool(context.loop.get_executor(), *context.dialer, context.clock, crypto::system_random(), context.relays, {});
  nostr::Filter filter;
  filter.kinds = {nostr::kInboxRelaysKind};
  filter.authors = {context.named_provider()};
  const auto events = co_await pool.fetch(filter, context.relays, kFetchLimit);
  const auto newest =
      std::max_element(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.created_at < b.created_at; });
  if (newest == events.end()) co_return;
  // Encrypted connections only: a stranger's list must not make us call ws:// addresses of this machine or its network.
  for (const auto& relay : nostr::inbox_relays(*newest))
    if (relay.starts_with("wss://")) context.add_relay(relay);
}

}  // namespace paygress::cli

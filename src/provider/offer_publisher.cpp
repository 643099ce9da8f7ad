#include "provider/offer_publisher.h"

#include <algorithm>
#include <set>

#include "net/clock.h"
#include "nostr/nip17.h"
#include "nostr/relay_pool.h"
#include "util/json.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kProfileKind = 0;
constexpr std::uint16_t kDeletionKind = 5;
constexpr std::uint16_t kOfferKind = 999;
constexpr std::uint16_t kAddressableOfferKind = 30999;
constexpr auto kPublishEvery = std::chrono::hours(12);
constexpr auto kExpiresAfter = std::chrono::hours(48);
constexpr std::chrono::milliseconds kLookEvery = 10s;
constexpr std::chrono::milliseconds kMintsWithin = 3s;
constexpr std::chrono::milliseconds kRetry = 5s;
constexpr std::chrono::milliseconds kTimeout = 10s;
constexpr std::chrono::milliseconds kLongestTellPause = 10min;

}  // namespace

OfferPublisher::OfferPublisher(store::Database& database, net::Clock& clock, crypto::RandomSource& random,
                               const crypto::SecretKey& service_key, const market::Catalogue& catalogue, Mints& mints,
                               LeaseKeeper& keeper, nostr::RelayPool& pool, Shop shop)
    : database_(database),
      clock_(clock),
      random_(random),
      service_key_(service_key),
      catalogue_(catalogue),
      mints_(mints),
      keeper_(keeper),
      pool_(pool),
      shop_(std::move(shop)) {}

contract::Offer OfferPublisher::offer() const {
  contract::Offer offer;
  offer.minimum_duration_seconds = static_cast<std::uint64_t>(catalogue_.minimum_duration.count());
  const bool room = keeper_.alive() < keeper_.settings().max_pods;
  for (const contract::PodSpec& spec : catalogue_.specs) offer.pod_specs.push_back({spec, room});
  for (const auto& desk : mints_.accepted()) {
    offer.whitelisted_mints.push_back(desk->url().text());
    if (desk->info().wants_authentication) continue;  // its tokens are refused
    for (const auto& [unit, msats] : shop_.rates)
      if (const cashu::Keyset* keyset = desk->active(unit))
        offer.mints.push_back({desk->url().text(), unit, keyset->input_fee_ppk, msats});
  }
  offer.version = shop_.version;
  offer.images = catalogue_.allowed_images;
  if (std::find(offer.images.begin(), offer.images.end(), catalogue_.base_image) == offer.images.end())
    offer.images.insert(offer.images.begin(), catalogue_.base_image);
  offer.cashu_pubkey = shop_.cashu_pubkey;
  offer.ssh_host = keeper_.settings().ssh_host;
  offer.accepts = {"nip17"};
  if (shop_.accepts_nip04) offer.accepts.push_back("nip04");
  return offer;
}

// An offer without the mints' fees would be replaced a moment later; but a silent mint must not hide the others.
net::Task<> OfferPublisher::wait_for_mints() {
  const auto known = [](const auto& desk) { return desk->known(); };
  const net::SteadyTime until = clock_.steady_now() + kMintsWithin;
  while (!std::all_of(mints_.accepted().begin(), mints_.accepted().end(), known) && clock_.steady_now() < until)
    co_await clock_.sleep_for(50ms);
}

net::Task<> OfferPublisher::run() {
  co_await wait_for_mints();
  std::string published;
  util::Time published_at{};
  bool profile_published = false;
  for (;;) {
    const std::string content = contract::print(offer());
    const util::Time now = clock_.now();
    std::chrono::milliseconds pause = kLookEvery;
    if (content != published || now - published_at > kPublishEvery) {
      const bool accepted = co_await publish_offer(content);
      if (accepted) {
        published = content;
        published_at = now;
        util::log_info("the offer is published");
        if (!profile_published) {
          co_await publish_profile();
          profile_published = true;
        }
      } else {
        pause = kRetry;
      }
    }
    co_await tell_those_that_missed_it();
    co_await clock_.sleep_for(pause);
  }
}

net::Task<bool> OfferPublisher::publish_offer(const std::string& content) {
  const std::string expiration = std::to_string(util::unix_seconds(clock_.now() + kExpiresAfter));
  const std::int64_t date = next_date();
  nostr::Tags tags = {{"t", "paygress"}, {"t", "offer"}, {"expiration", expiration}};
  nostr::EventDraft plain{date, kOfferKind, tags, content};
  std::string id;
  const bool accepted = co_await publish(std::move(plain), &id);
  if (!accepted) co_return false;
  const auto old = fact("offer");
  set_fact("offer", id);
  tags.insert(tags.begin(), {"d", "paygress"});
  nostr::EventDraft addressable{date, kAddressableOfferKind, tags, content};
  co_await publish(std::move(addressable));
  if (old && *old != id) {
    // Kind 999 is in no range of NIP-01 that is replaced by itself: without this, old prices would live on.
    nostr::Tags of_old = {{"e", *old}, {"k", std::to_string(kOfferKind)}};
    nostr::EventDraft deletion{date, kDeletionKind, of_old, "replaced by a newer offer"};
    co_await publish(std::move(deletion));
  }
  co_return true;
}

net::Task<> OfferPublisher::publish_profile() {
  const util::Time now = clock_.now();
  util::Json profile = {
      {"name", shop_.name},
      {"bot", true},
      {"about",
       "Rents out Linux pods by the second, paid with Cashu ecash. Write \"help\" or \"offers\" to me in a private message."}};
  nostr::Tags relays;
  std::vector<std::string> urls;
  for (const util::Url& url : shop_.relays) {
    relays.push_back({"r", url.text()});
    urls.push_back(url.text());
  }
  nostr::EventDraft who{util::unix_seconds(now), kProfileKind, {}, util::to_text(profile)};
  nostr::EventDraft where{util::unix_seconds(now), nostr::kRelayListKind, relays, ""};
  nostr::EventDraft inbox = nostr::inbox_relays_draft(urls, now);
  co_await publish(std::move(who));
  co_await publish(std::move(where));
  co_await publish(std::move(inbox));
}

net::Task<bool> OfferPublisher::publish(nostr::EventDraft draft, std::string* id) {
  const nostr::Event event = nostr::sign_event(service_key_, std::move(draft), random_);
  if (id != nullptr) *id = util::hex(event.id);
  std::vector<util::Url> own;
  const nostr::PublishReport report = co_await pool_.publish(event, own, kTimeout);
  std::vector<util::Url> missing;
  for (const nostr::PublishResult& result : report.relays)
    if (!result.accepted) missing.push_back(result.url);
  const std::uint16_t kind = event.kind;
  announced_.insert_or_assign(kind, Announcement{event, missing});
  tell_pause_ = kLookEvery;
  tell_at_ = clock_.steady_now();
  co_return report.accepted() > 0;
}

// A customer may know that one relay only. Ever more rarely, for it may not want our kinds at all.
net::Task<> OfferPublisher::tell_those_that_missed_it() {
  if (clock_.steady_now() < tell_at_) co_return;
  std::set<util::Url> there;
  for (const nostr::RelayStatus& relay : pool_.status())
    if (relay.connected) there.insert(relay.url);
  bool told = false;
  for (auto& [kind, announcement] : announced_) {
    std::vector<util::Url> targets;
    for (const util::Url& url : announcement.missing)
      if (there.contains(url)) targets.push_back(url);
    if (targets.empty()) continue;
    told = true;
    const nostr::PublishReport report = co_await pool_.publish(announcement.event, std::move(targets), kTimeout);
    for (const nostr::PublishResult& result : report.relays)
      if (result.accepted) std::erase(announcement.missing, result.url);
  }
  if (!told) co_return;
  tell_at_ = clock_.steady_now() + tell_pause_;
  tell_pause_ = std::min(tell_pause_ * 2, kLongestTellPause);
}

std::optional<std::string> OfferPublisher::fact(const char* name) {
  store::Statement statement = database_.prepare("SELECT value FROM facts WHERE name = ?");
  statement.bind(name);
  if (!statement.step()) return std::nullopt;
  return statement.text(0);
}

void OfferPublisher::set_fact(const char* name, const std::string& value) {
  store::Transaction transaction(database_);
  database_.run("INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name,
                value);
  transaction.commit();
}

// Two addressable events of one second would be settled by the lower id.
std::int64_t OfferPublisher::next_date() {
  last_date_ = std::max(util::unix_seconds(clock_.now()), last_date_ + 1);
  return last_date_;
}

}  // namespace paygress::provider

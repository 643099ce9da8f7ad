#include "provider/inbox.h"

#include <algorithm>

#include "net/clock.h"
#include "nostr/nip04.h"
#include "nostr/nip59.h"
#include "nostr/relay_pool.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxWaiting = 500;                                // events, each at most 64 KiB; then relays wait
constexpr auto kWrapWindow = nostr::kBackDate + std::chrono::hours(1);  // wraps are dated up to two days back
constexpr auto kNip04Window = std::chrono::hours(1);
constexpr auto kRemember = std::chrono::hours(24 * 14);  // twice as long as an accepted message may be old
constexpr auto kForgetEvery = std::chrono::hours(1);
constexpr std::chrono::milliseconds kLookAgain = 200ms;  // at what waits for relays, or for orders
// How long a stored message waits for an order: longer than a mint may be silent, and a pod may take to start.
constexpr auto kWaitForOrders = std::chrono::minutes(30);

// What a stranger writes there may be anything; a date that is still to come is now.
util::Time sent_at(std::int64_t created_at, util::Time now) {
  return util::from_unix(std::clamp<std::int64_t>(created_at, 0, util::unix_seconds(now)));
}

}  // namespace

Inbox::Inbox(store::Database& database, net::Clock& clock, const crypto::SecretKey& service_key, FrontDesk& front_desk,
             bool accept_nip04)
    : database_(database),
      clock_(clock),
      service_key_(service_key),
      front_desk_(front_desk),
      accept_nip04_(accept_nip04),
      book_(database) {}

void Inbox::subscribe(nostr::RelayPool& pool) {
  pool_ = &pool;
  pool.load_last_good = [this](const util::Url& url) { return book_.read_until(url.text()); };
  pool.save_last_good = [this](const util::Url& url, util::Time time) {
    marks_.reached(url, time);
    write_down_how_far();
    something_.notify();
  };
  const auto listen = [&](const char* name, std::uint16_t kind, std::chrono::seconds window) {
    nostr::Filter ours;
    ours.kinds = std::vector<std::uint16_t>{kind};
    ours.tags['p'] = {service_key_.public_key().hex()};
    nostr::Subscription subscription{name, {ours}, window, {}, {}};
    subscription.on_event = [this](const nostr::Event& event, const nostr::Source& source) { arrived(event, source.stored); };
    subscription.has_room = [this] { return has_room(); };
    pool.subscribe(std::move(subscription));
  };
  // Relays that guard private messages answer a mixed request with silence: each kind has a subscription of its own.
  listen("wraps", nostr::kGiftWrapKind, kWrapWindow);
  if (accept_nip04_) listen("nip04", nostr::nip04::kKind, kNip04Window);
}

bool Inbox::has_room() const { return closed_ || waiting_.size() < kMaxWaiting; }

void Inbox::arrived(const nostr::Event& event, bool stored) {
  const std::uint64_t number = marks_.arrived();
  if (closed_) return;
  waiting_.push_back({event, stored, number});
  stored_waiting_ += stored ? 1 : 0;
  something_.notify();
}

net::Task<> Inbox::run() {
  const std::shared_ptr<void> leave(this, [this](void*) { closed_ = true; });
  for (;;) {
    const bool opened = open_next();
    const bool took = take_stored();
    forget_old();
    // One message at a time: everything else gets its turn in between.
    if (opened || took)
      co_await clock_.sleep_for(0ms);
    else if (backlog_.empty())
      co_await something_.wait();
    else
      co_await something_.wait_for(clock_, kLookAgain);
  }
}

// What is new is dealt with at once, what was stored goes to the backlog.
bool Inbox::open_next() {
  if (waiting_.empty()) return false;
  const Arrival arrival = std::move(waiting_.front());
  waiting_.pop_front();
  stored_waiting_ -= arrival.stored ? 1 : 0;
  auto letter = open(arrival.event);
  if (!letter) {
    done(arrival.number);
    return true;
  }
  letter->number = arrival.number;
  letter->arrived_at = clock_.steady_now();
  if (arrival.stored) {
    backlog_.add(std::move(*letter));
  } else {
    deal_with(*letter, false);
  }
  return true;
}

// One of the backlog, when relays have given all they had.
bool Inbox::take_stored() {
  if (backlog_.empty()) return false;
  const bool more_to_come = stored_waiting_ > 0 || pool_->catching_up();
  if (more_to_come && !backlog_.overfull()) return false;
  if (const auto now = clock_.steady_now(); now >= reconsider_at_ || backlog_.overfull()) {
    backlog_.reconsider();
    reconsider_at_ = now + kLookAgain;
  }
  auto letter = backlog_.take_oldest();
  if (!letter) return false;
  const bool may_wait = !backlog_.overfull() && clock_.steady_now() - letter->arrived_at < kWaitForOrders;
  if (!deal_with(*letter, may_wait)) backlog_.put_aside(std::move(*letter));
  return true;
}

std::optional<Letter> Inbox::open(const nostr::Event& event) {
  return event.kind == nostr::nip04::kKind ? open_nip04(event) : open_gift_wrap(event);
}

std::optional<Letter> Inbox::open_gift_wrap(const nostr::Event& wrap) {
  auto opened = nostr::open_gift_wrap(wrap, service_key_, clock_.now(), &keys_, nostr::WrapProof::verified);
  if (!opened) {
    ++rejected_[opened.error().code];
    return std::nullopt;
  }
  Letter letter{{opened->sender, market::Protocol::nip17, util::hex(opened->rumor.id)}, std::move(opened->rumor.content)};
  letter.from.sent_at = sent_at(opened->rumor.created_at, clock_.now());
  return letter;
}

std::optional<Letter> Inbox::open_nip04(const nostr::Event& event) {
  if (event.pubkey == service_key_.public_key() || nostr::is_expired(event, clock_.now())) return std::nullopt;
  // As a rumor's: beyond the table of handled messages an old one could be brought once more.
  const std::chrono::seconds age(util::unix_seconds(clock_.now()) - event.created_at);
  if (age > nostr::kMaxRumorAge || age < -nostr::kMaxRumorAhead) {
    ++rejected_[age < 0s ? "nip04_future" : "nip04_stale"];
    return std::nullopt;
  }
  auto text = nostr::nip04::decrypt(event.content, service_key_, event.pubkey);
  if (!text) {
    ++rejected_[text.error().code];
    return std::nullopt;
  }
  Letter letter{{event.pubkey, market::Protocol::nip04, util::hex(event.id)}, std::move(*text)};
  letter.from.sent_at = sent_at(event.created_at, clock_.now());
  return letter;
}

// False if it must wait for an order that is open, and may.
bool Inbox::deal_with(const Letter& letter, bool may_wait) {
  Recipient recipient = letter.from;
  if (!book_.was_handled(recipient.message_id)) {
    const auto parsed = contract::parse_request(letter.text);
    if (parsed && may_wait && front_desk_.comes_too_early(recipient, *parsed)) return false;
    recipient.plain_words = parsed ? parsed->plain_words : parsed.error().plain_words;
    std::function<void()> afterwards;
    {
      store::Transaction transaction(database_);
      book_.first_time(recipient.message_id, clock_.now());
      afterwards = parsed ? front_desk_.take(recipient, *parsed) : front_desk_.misunderstood(recipient, parsed.error());
      transaction.commit();
    }
    afterwards();
  }
  done(letter.number);
  return true;
}

void Inbox::done(std::uint64_t number) {
  marks_.done(number);
  write_down_how_far();
}

void Inbox::write_down_how_far() {
  for (const auto& [relay, time] : marks_.take_due()) book_.keep_read_until(relay.text(), time);
}

void Inbox::forget_old() {
  const util::Time now = clock_.now();
  if (now - forgot_at_ < kForgetEvery) return;
  forgot_at_ = now;
  store::Transaction transaction(database_);
  book_.forget_messages_before(now - kRemember);
  transaction.commit();
}

}  // namespace paygress::provider

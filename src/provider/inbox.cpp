#include "provider/inbox.h"

#include <algorithm>

#include "net/clock.h"
#include "nostr/nip04.h"
#include "nostr/nip59.h"
#include "nostr/relay_pool.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

constexpr std::size_t kMaxWaiting = 2000;                               // events; each at most 64 KiB
constexpr auto kWrapWindow = nostr::kBackDate + std::chrono::hours(1);  // wraps are dated up to two days back
constexpr auto kNip04Window = std::chrono::hours(1);
constexpr auto kRemember = std::chrono::hours(24 * 14);  // twice as long as an accepted rumor may be old
constexpr auto kForgetEvery = std::chrono::hours(1);

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
  const auto ours = [&](std::uint16_t kind) {
    nostr::Filter filter;
    filter.kinds = std::vector<std::uint16_t>{kind};
    filter.tags['p'] = {service_key_.public_key().hex()};
    return filter;
  };
  const auto take = [this](const nostr::Event& event, const util::Url&) { arrived(event); };
  // Relays that guard private messages answer a mixed request with silence: each kind has a subscription of its own.
  pool.subscribe({"wraps", {ours(nostr::kGiftWrapKind)}, std::chrono::duration_cast<std::chrono::seconds>(kWrapWindow), take});
  if (accept_nip04_)
    pool.subscribe({"nip04", {ours(nostr::nip04::kKind)}, std::chrono::duration_cast<std::chrono::seconds>(kNip04Window), take});
}

void Inbox::arrived(const nostr::Event& event) {
  if (waiting_.size() >= kMaxWaiting) {
    ++rejected_["queue_full"];
    return;
  }
  waiting_.push_back(event);
  something_.notify();
}

net::Task<> Inbox::run() {
  for (;;) {
    if (waiting_.empty()) co_await something_.wait();
    if (waiting_.empty()) continue;
    const nostr::Event event = std::move(waiting_.front());
    waiting_.pop_front();
    handle(event);
    forget_old();
    // One message at a time: everything else gets its turn in between.
    co_await clock_.sleep_for(std::chrono::milliseconds(0));
  }
}

void Inbox::handle(const nostr::Event& event) {
  if (event.kind == nostr::nip04::kKind) {
    handle_nip04(event);
  } else {
    handle_gift_wrap(event);
  }
}

void Inbox::handle_gift_wrap(const nostr::Event& wrap) {
  const auto opened = nostr::open_gift_wrap(wrap, service_key_, clock_.now(), &keys_, nostr::WrapProof::verified);
  if (!opened) {
    ++rejected_[opened.error().code];
    return;
  }
  const Recipient recipient{opened->sender, market::Protocol::nip17, util::hex(opened->rumor.id), false,
                            sent_at(opened->rumor.created_at, clock_.now())};
  answer(recipient.message_id, recipient, opened->rumor.content);
}

void Inbox::handle_nip04(const nostr::Event& event) {
  if (event.pubkey == service_key_.public_key() || nostr::is_expired(event, clock_.now())) return;
  const auto text = nostr::nip04::decrypt(event.content, service_key_, event.pubkey);
  if (!text) {
    ++rejected_[text.error().code];
    return;
  }
  const Recipient recipient{event.pubkey, market::Protocol::nip04, util::hex(event.id), false,
                            sent_at(event.created_at, clock_.now())};
  answer(recipient.message_id, recipient, *text);
}

void Inbox::answer(const std::string& message_id, const Recipient& from, const std::string& text) {
  if (book_.was_handled(message_id)) return;
  Recipient recipient = from;
  const auto parsed = contract::parse_request(text);
  recipient.plain_words = parsed ? parsed->plain_words : parsed.error().plain_words;
  std::function<void()> afterwards;
  {
    store::Transaction transaction(database_);
    book_.first_time(message_id, clock_.now());
    afterwards = parsed ? front_desk_.take(recipient, *parsed) : front_desk_.misunderstood(recipient, parsed.error());
    transaction.commit();
  }
  afterwards();
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

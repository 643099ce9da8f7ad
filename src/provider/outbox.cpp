#include "provider/outbox.h"

#include <algorithm>

#include "net/clock.h"
#include "nostr/nip04.h"
#include "nostr/nip17.h"
#include "nostr/nip59.h"
#include "nostr/relay_pool.h"
#include "provider/message_ids.h"
#include "util/log.h"

namespace paygress::provider {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kAtOnce = 16;  // letters being published together
constexpr std::chrono::milliseconds kPublishTimeout = 10s;
constexpr std::chrono::milliseconds kLookupTimeout = 3s;
constexpr std::chrono::milliseconds kFirstRetry = 2s;
constexpr std::chrono::milliseconds kLongestRetry = 5min;
constexpr auto kGiveUpAfter = std::chrono::hours(24 * 7);  // clients do not look further back either
constexpr std::size_t kMaxInboxes = 1000;                  // remembered look-ups
constexpr std::size_t kMaxInboxRelays = 3;                 // of one customer (NIP-17 asks for 1 to 3)

std::chrono::milliseconds retry_delay(int attempts) {
  return std::min<std::chrono::milliseconds>(kFirstRetry * (1 << std::min(attempts, 12)), kLongestRetry);
}

}  // namespace

Outbox::Outbox(store::Database& database, net::Clock& clock, crypto::RandomSource& random, const crypto::SecretKey& service_key,
               nostr::RelayPool& relays, nostr::RelayPool& strangers)
    : database_(database), clock_(clock), random_(random), service_key_(service_key), relays_(relays), strangers_(strangers) {}

void Outbox::enqueue(const Recipient& recipient, const contract::Answer& answer) {
  enqueue_text(recipient, recipient.plain_words ? contract::print_plain(answer) : contract::print(answer));
}

void Outbox::enqueue_text(const Recipient& recipient, const std::string& text) {
  const util::Time now = clock_.now();
  nostr::Tags tags = {{"p", recipient.customer.hex()}};
  if (!recipient.message_id.empty()) tags.push_back({"e", recipient.message_id});
  const auto event = [&] {
    if (recipient.protocol == market::Protocol::nip04) {
      std::string content = nostr::nip04::encrypt(text, service_key_, recipient.customer, random_);
      return nostr::sign_event(service_key_, {util::unix_seconds(now), nostr::nip04::kKind, tags, std::move(content)}, random_);
    }
    const nostr::Rumor rumor =
        nostr::make_rumor(service_key_.public_key(), {util::unix_seconds(now), nostr::kChatKind, tags, text});
    return nostr::gift_wrap(service_key_, recipient.customer, rumor, now, random_);
  }();
  database_.run("INSERT INTO outbox (event_id, event, recipient, created_at, next_attempt_at) VALUES (?, ?, ?, ?, ?)",
                util::hex(event.id), nostr::to_text(event), recipient.customer.hex(), util::unix_milliseconds(now),
                util::unix_milliseconds(now));
}

std::size_t Outbox::waiting() {
  store::Statement statement = database_.prepare("SELECT count(*) FROM outbox WHERE state = 'waiting'");
  statement.step();
  return static_cast<std::size_t>(statement.integer(0));
}

std::vector<Outbox::Letter> Outbox::due_letters() {
  store::Statement statement = database_.prepare(
      "SELECT seq, event, recipient, attempts FROM outbox WHERE state = 'waiting' AND next_attempt_at <= ? ORDER BY "
      "next_attempt_at LIMIT ?");
  statement.bind(util::unix_milliseconds(clock_.now())).bind(static_cast<std::int64_t>(kAtOnce));
  std::vector<Letter> letters;
  while (statement.step())
    letters.push_back({statement.integer(0), statement.text(1), statement.text(2), static_cast<int>(statement.integer(3))});
  return letters;
}

std::chrono::milliseconds Outbox::until_next() {
  store::Statement statement = database_.prepare("SELECT min(next_attempt_at) FROM outbox WHERE state = 'waiting'");
  if (!statement.step() || statement.is_null(0)) return std::chrono::hours(1);
  const auto wait = util::from_unix_milliseconds(statement.integer(0)) - clock_.now();
  return std::clamp<std::chrono::milliseconds>(wait, 10ms, std::chrono::hours(1));
}

net::Task<> Outbox::run() {
  for (;;) {
    std::vector<net::Task<>> deliveries;
    for (Letter& letter : due_letters()) deliveries.push_back(deliver(std::move(letter)));
    if (deliveries.empty()) {
      co_await due_.wait_for(clock_, until_next());
    } else {
      co_await net::run_all(std::move(deliveries));
    }
  }
}

net::Task<> Outbox::deliver(Letter letter) {
  const auto event = nostr::parse_event(std::string_view(letter.event));
  const auto customer = crypto::PublicKey::from_hex(letter.recipient);
  std::vector<util::Url> own;  // none named: the operator's relays
  const nostr::PublishReport report = co_await relays_.publish(event.value(), own, kPublishTimeout);
  bool accepted = report.accepted() > 0;
  if (event->kind == nostr::kGiftWrapKind) {
    // NIP-17 wants it at the customer's own inbox relays; ours have it too, because that is where he asked.
    std::vector<util::Url> inbox = co_await inbox_of(*customer);
    if (!inbox.empty()) {
      const nostr::PublishReport elsewhere = co_await strangers_.publish(event.value(), std::move(inbox), kPublishTimeout);
      accepted = accepted || elsewhere.accepted() > 0;
    }
  }
  settle(letter, accepted);
}

net::Task<std::vector<util::Url>> Outbox::inbox_of(crypto::PublicKey customer) {
  const std::string key = customer.hex();
  if (const auto known = inboxes_.find(key); known != inboxes_.end()) co_return known->second;
  nostr::Filter filter;
  filter.kinds = std::vector<std::uint16_t>{nostr::kInboxRelaysKind};
  filter.authors = std::vector<crypto::PublicKey>{customer};
  filter.limit = 1;
  std::vector<util::Url> nobody;
  const std::vector<nostr::Event> lists = co_await relays_.fetch(filter, nobody, kLookupTimeout);
  std::vector<util::Url> inbox;
  const auto newest =
      std::max_element(lists.begin(), lists.end(), [](const auto& a, const auto& b) { return a.created_at < b.created_at; });
  if (newest != lists.end()) {
    for (const std::string& text : nostr::inbox_relays(*newest, kMaxInboxRelays))
      if (const auto url = util::Url::parse(text); url && url->scheme() == "wss") inbox.push_back(*url);
  }
  if (inboxes_.size() >= kMaxInboxes) inboxes_.erase(inboxes_.begin());
  inboxes_[key] = inbox;
  co_return inbox;
}

void Outbox::settle(const Letter& letter, bool accepted) {
  const util::Time now = clock_.now();
  store::Transaction transaction(database_);
  if (accepted) {
    // The text of an answer is not kept longer than it is needed.
    database_.run("UPDATE outbox SET state = 'sent', event = '', attempts = attempts + 1 WHERE seq = ?", letter.seq);
  } else {
    const util::Time next = now + retry_delay(letter.attempts);
    database_.run("UPDATE outbox SET attempts = attempts + 1, next_attempt_at = ? WHERE seq = ?", util::unix_milliseconds(next),
                  letter.seq);
    database_.run("UPDATE outbox SET state = 'failed' WHERE seq = ? AND created_at < ?", letter.seq,
                  util::unix_milliseconds(now - kGiveUpAfter));
  }
  database_.run("DELETE FROM outbox WHERE state = 'sent' AND created_at < ?", util::unix_milliseconds(now - kGiveUpAfter));
  transaction.commit();
  if (!accepted && letter.attempts == 2)
    util::log_warning("no relay takes an answer; it is kept and tried again (see the relays' lines above)",
                      {{"PAYGRESS_LETTER", std::to_string(letter.seq)}}, message_id::kAnswerStuck);
}

}  // namespace paygress::provider

#include "provider/outbox.h"

#include <algorithm>
#include <memory>
#include <optional>

#include <boost/asio/this_coro.hpp>

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

constexpr std::size_t kAtOnce = 16;            // letters being published together at our own relays
constexpr std::size_t kAtInboxesAtOnce = 100;  // and at relays of strangers, who may be slow; beyond, ours must do
constexpr int kInboxAttempts = 5;              // a minute and more; ours have it meanwhile
constexpr std::chrono::milliseconds kPublishTimeout = 10s;
constexpr std::chrono::milliseconds kLookupTimeout = 3s;
constexpr std::chrono::milliseconds kFirstRetry = 2s;
constexpr std::chrono::milliseconds kLongestRetry = 5min;
constexpr auto kGiveUpAfter = std::chrono::hours(24 * 7);  // clients do not look further back either
constexpr std::size_t kMaxInboxes = 1000;                  // remembered look-ups
constexpr std::chrono::milliseconds kInboxKnownFor = 1h;
constexpr std::chrono::milliseconds kNoInboxKnownFor = 1min;  // the relay that has it may have been away
constexpr std::chrono::milliseconds kLookWhileBusy = 500ms;
constexpr std::size_t kMaxInboxRelays = 3;  // of one customer (NIP-17 asks for 1 to 3)

const nostr::Event* newest_of(const std::vector<nostr::Event>& events, std::uint16_t kind) {
  const nostr::Event* newest = nullptr;
  for (const nostr::Event& event : events)
    if (event.kind == kind && (newest == nullptr || event.created_at > newest->created_at)) newest = &event;
  return newest;
}

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
  std::vector<Letter> letters;
  store::Statement statement = database_.prepare(
      "SELECT seq, event, recipient, attempts FROM outbox WHERE state = 'waiting' AND next_attempt_at <= ? ORDER BY "
      "next_attempt_at LIMIT ?");
  statement.bind(util::unix_milliseconds(clock_.now())).bind(static_cast<std::int64_t>(kAtOnce + under_way_.size()));
  while (at_own_relays_ + letters.size() < kAtOnce && statement.step()) {
    if (under_way_.contains(statement.integer(0))) continue;
    letters.push_back({statement.integer(0), statement.text(1), statement.text(2), static_cast<int>(statement.integer(3))});
  }
  return letters;
}

std::chrono::milliseconds Outbox::until_next() {
  if (!under_way_.empty()) return kLookWhileBusy;
  store::Statement statement = database_.prepare("SELECT min(next_attempt_at) FROM outbox WHERE state = 'waiting'");
  if (!statement.step() || statement.is_null(0)) return std::chrono::hours(1);
  const auto wait = util::from_unix_milliseconds(statement.integer(0)) - clock_.now();
  return std::clamp<std::chrono::milliseconds>(wait, 10ms, std::chrono::hours(1));
}

net::Task<> Outbox::run() {
  const auto executor = co_await boost::asio::this_coro::executor;
  net::TaskGroup work(executor, net::OnFailure::fatal);
  work.start(send_letters(work), "outbox");
  co_await work.run();
}

net::Task<> Outbox::send_letters(net::TaskGroup& work) {
  for (;;) {
    std::vector<Letter> letters = due_letters();
    for (Letter& letter : letters) {
      under_way_.insert(letter.seq);
      ++at_own_relays_;
      work.start(deliver(std::move(letter)), "letter");
    }
    co_await due_.wait_for(clock_, until_next());
  }
}

// First at our own relays, because that is where he asked; then where he says that he reads. There a stranger may let us wait, and
// nobody else's letter shall wait with us.
net::Task<> Outbox::deliver(Letter letter) {
  const std::int64_t seq = letter.seq;
  const std::shared_ptr<void> leave(this, [this, seq](void*) {
    under_way_.erase(seq);
    due_.notify();
  });
  const auto event = nostr::parse_event(std::string_view(letter.event));
  const auto customer = crypto::PublicKey::from_hex(letter.recipient);
  std::vector<util::Url> own;  // none named: the operator's relays
  const nostr::PublishReport report = co_await relays_.publish(event.value(), own, kPublishTimeout);
  --at_own_relays_;
  due_.notify();
  const bool ours = report.accepted() > 0;
  const std::optional<bool> elsewhere = co_await deliver_elsewhere(event.value(), *customer);
  const bool finished = ours ? elsewhere.value_or(true) || letter.attempts >= kInboxAttempts : elsewhere.value_or(false);
  settle(letter, finished, ours || elsewhere.value_or(false));
}

// Nothing if the customer names no relays of his own, or too many letters are on such ways already.
net::Task<std::optional<bool>> Outbox::deliver_elsewhere(nostr::Event event, crypto::PublicKey customer) {
  if (at_inboxes_ >= kAtInboxesAtOnce) co_return std::nullopt;
  ++at_inboxes_;
  const std::shared_ptr<void> leave(this, [this](void*) { --at_inboxes_; });
  std::vector<util::Url> inbox = co_await inbox_of(customer);
  if (inbox.empty()) co_return std::nullopt;
  const nostr::PublishReport report = co_await strangers_.publish(std::move(event), std::move(inbox), kPublishTimeout);
  co_return report.accepted() > 0;
}

// NIP-17 wants private messages at the relays of kind 10050; who has none is looked for where he reads (NIP-65).
net::Task<std::vector<util::Url>> Outbox::inbox_of(crypto::PublicKey customer) {
  const std::string key = customer.hex();
  if (const auto known = inboxes_.find(key); known != inboxes_.end() && clock_.steady_now() < known->second.known_until)
    co_return known->second.relays;
  nostr::Filter filter;
  filter.kinds = std::vector<std::uint16_t>{nostr::kInboxRelaysKind, nostr::kRelayListKind};
  filter.authors = std::vector<crypto::PublicKey>{customer};
  filter.limit = 2;
  std::vector<util::Url> nobody;
  const std::vector<nostr::Event> lists = co_await relays_.fetch(filter, nobody, kLookupTimeout);
  std::vector<std::string> named;
  if (const nostr::Event* inbox = newest_of(lists, nostr::kInboxRelaysKind))
    named = nostr::inbox_relays(*inbox, kMaxInboxRelays);
  else if (const nostr::Event* list = newest_of(lists, nostr::kRelayListKind))
    named = nostr::read_relays(*list, kMaxInboxRelays);
  std::vector<util::Url> relays;
  for (const std::string& text : named)
    if (const auto url = util::Url::parse(text); url && url->scheme() == "wss") relays.push_back(*url);
  if (inboxes_.size() >= kMaxInboxes) inboxes_.erase(inboxes_.begin());
  const net::SteadyTime until = clock_.steady_now() + (relays.empty() ? kNoInboxKnownFor : kInboxKnownFor);
  inboxes_[key] = {relays, until};
  co_return relays;
}

void Outbox::settle(const Letter& letter, bool finished, bool accepted) {
  const util::Time now = clock_.now();
  store::Transaction transaction(database_);
  if (finished) {
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

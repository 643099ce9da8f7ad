// Answers on their way to customers: stored with the decision that caused them, sent until a relay has taken them.
//
// An answer is encrypted and signed once, when it is stored. A later attempt sends the same event, so that a customer who
// is reached twice sees one message.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "contract/answer.h"
#include "crypto/keys.h"
#include "market/order.h"
#include "net/clock.h"
#include "net/task.h"
#include "nostr/event.h"
#include "store/database.h"
#include "util/time.h"
#include "util/url.h"

namespace paygress::nostr {
class RelayPool;
}

namespace paygress::provider {

// To whom an answer goes, and to which message.
struct Recipient {
  crypto::PublicKey customer;
  market::Protocol protocol = market::Protocol::nip17;
  std::string message_id;  // what it answers; empty for a message of our own accord
  bool plain_words = false;
  util::Time sent_at{};  // when that message was written, by its writer's clock
};

class Outbox {
 public:
  // `strangers` dials the relays that customers name (public addresses only); `relays` are the operator's.
  Outbox(store::Database&, net::Clock&, crypto::RandomSource&, const crypto::SecretKey& service_key, nostr::RelayPool& relays,
         nostr::RelayPool& strangers);

  // Writes the answer into the caller's transaction. Call wake() after the commit.
  void enqueue(const Recipient&, const contract::Answer&);
  // The same for a text that was printed before.
  void enqueue_text(const Recipient&, const std::string& text);
  void wake() { due_.notify(); }

  net::Task<> run();

  std::size_t waiting();  // answers that no relay has taken yet

 private:
  struct Letter {
    std::int64_t seq = 0;
    std::string event, recipient;
    int attempts = 0;
  };
  // Where a customer reads, as he says himself; known for a while, for he may change it.
  struct Inbox {
    std::vector<util::Url> relays;
    net::SteadyTime known_until{};
  };
  net::Task<> send_letters(net::TaskGroup& work);
  std::vector<Letter> due_letters();
  std::chrono::milliseconds until_next();
  net::Task<> deliver(Letter);
  net::Task<std::optional<bool>> deliver_elsewhere(nostr::Event, crypto::PublicKey customer);
  net::Task<std::vector<util::Url>> inbox_of(crypto::PublicKey customer);
  void settle(const Letter&, bool finished, bool accepted);

  store::Database& database_;
  net::Clock& clock_;
  crypto::RandomSource& random_;
  const crypto::SecretKey& service_key_;
  nostr::RelayPool& relays_;
  nostr::RelayPool& strangers_;
  net::Event due_;
  std::map<std::string, Inbox> inboxes_;  // bounded
  std::set<std::int64_t> under_way_;      // letters
  std::size_t at_own_relays_ = 0;         // of them, each at one of the two places
  std::size_t at_inboxes_ = 0;
};

}  // namespace paygress::provider

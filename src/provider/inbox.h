// Where messages come in: opened, checked for who sent them, dealt with once.
//
// That a message was handled is written in the same transaction as what it caused, so that a crash neither loses it nor does it
// twice, and the same message by another relay changes nothing (NIP-17, NIP-04). What a relay had stored is dealt with in the order
// in which it was written (backlog.h); what is new, at once.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "nostr/conversation_keys.h"
#include "nostr/event.h"
#include "provider/backlog.h"
#include "provider/front_desk.h"

namespace paygress::nostr {
class RelayPool;
}

namespace paygress::provider {

class Inbox {
 public:
  Inbox(store::Database&, net::Clock&, const crypto::SecretKey& service_key, FrontDesk&, bool accept_nip04);

  // Asks the relays for our messages, those of the time since we last listened included.
  void subscribe(nostr::RelayPool&);

  // Deals with what has arrived, until cancelled. A failure of the database ends it, and with it the daemon.
  net::Task<> run();

  const std::map<std::string, std::uint64_t>& rejected() const { return rejected_; }  // by cause, for the operator

 private:
  struct Arrival {
    nostr::Event event;
    bool stored = false;
    std::uint64_t number = 0;
  };
  void arrived(const nostr::Event&, bool stored);
  bool has_room() const;
  bool open_next();
  bool take_stored();
  std::optional<Letter> open(const nostr::Event&);
  std::optional<Letter> open_gift_wrap(const nostr::Event&);
  std::optional<Letter> open_nip04(const nostr::Event&);
  bool deal_with(const Letter&, bool may_wait);
  void done(std::uint64_t number);
  void write_down_how_far();
  void forget_old();

  store::Database& database_;
  net::Clock& clock_;
  const crypto::SecretKey& service_key_;
  FrontDesk& front_desk_;
  bool accept_nip04_;
  OrderBook book_;
  nostr::RelayPool* pool_ = nullptr;
  nostr::ConversationKeys keys_;
  bool closed_ = false;  // no longer read: what comes now is for the next start
  std::deque<Arrival> waiting_;
  std::size_t stored_waiting_ = 0;
  Backlog backlog_;
  ReadingMarks marks_;
  net::Event something_;
  net::SteadyTime reconsider_at_{};
  util::Time forgot_at_{};
  std::map<std::string, std::uint64_t> rejected_;
};

}  // namespace paygress::provider

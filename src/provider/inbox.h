// Where messages come in: opened, checked for who sent them, dealt with once.
//
// That a message was handled is written in the same transaction as what it caused, so that a crash neither loses it nor does it
// twice, and the same message by another relay changes nothing (NIP-17, NIP-04).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "nostr/conversation_keys.h"
#include "nostr/event.h"
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

  // Takes an event that a relay handed out; drops the newest when too many wait.
  void arrived(const nostr::Event&);

  const std::map<std::string, std::uint64_t>& rejected() const { return rejected_; }  // by cause, for the operator

 private:
  void handle(const nostr::Event&);
  void handle_gift_wrap(const nostr::Event&);
  void handle_nip04(const nostr::Event&);
  void answer(const std::string& message_id, const Recipient&, const std::string& text);
  void forget_old();

  store::Database& database_;
  net::Clock& clock_;
  const crypto::SecretKey& service_key_;
  FrontDesk& front_desk_;
  bool accept_nip04_;
  OrderBook book_;
  nostr::ConversationKeys keys_;
  std::deque<nostr::Event> waiting_;
  net::Event something_;
  util::Time forgot_at_{};
  std::map<std::string, std::uint64_t> rejected_;
};

}  // namespace paygress::provider

// One client's connection to the fake relay: its subscriptions, its identity, and what waits to be sent to it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/task.h"
#include "net/websocket.h"
#include "nostr/message.h"
#include "sandbox/fake_relay.h"

namespace paygress::sandbox {

class RelaySession {
 public:
  RelaySession(FakeRelay& relay, std::unique_ptr<net::WebSocket> socket);
  ~RelaySession();

  net::Task<> run();
  void close();

  // Sends the event for every subscription it matches.
  void deliver(const nostr::Event&);
  std::size_t subscriptions() const { return subscriptions_.size(); }

 private:
  net::Task<> read_frames(net::TaskGroup& group);
  net::Task<> write_frames(net::TaskGroup& group);

  void receive(const std::string& text);
  void on_event(const nostr::Event&, std::size_t bytes);
  void on_request(const nostr::RequestMessage&);
  void on_auth(const nostr::Event&);

  void send(std::string frame);
  void send_challenge();
  void send_event(const std::string& subscription, const nostr::Event&);
  bool may_read(const nostr::Event&) const;
  bool asks_only_for_restricted(const std::vector<nostr::Filter>&) const;

  FakeRelay& relay_;
  std::unique_ptr<net::WebSocket> socket_;
  std::map<std::string, std::vector<nostr::Filter>> subscriptions_;
  std::string challenge_;
  std::optional<crypto::PublicKey> identity_;  // who has authenticated

  std::deque<std::string> outgoing_;
  bool close_after_sending_ = false;
  net::Event more_to_send_;
};

}  // namespace paygress::sandbox

// All parts of paygressd, and how they hang together.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/seed.h"
#include "daemon/settings.h"
#include "daemon/supervisor.h"
#include "endpoints/endpoints.h"
#include "kube/client.h"
#include "kube/rental.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/websocket.h"
#include "nostr/relay_pool.h"
#include "provider/inbox.h"
#include "provider/offer_publisher.h"
#include "provider/treasury.h"
#include "store/database.h"

namespace paygress::daemon {

class Daemon {
 public:
  // Opens the database and makes everything; nothing runs yet. Throws when the database or a socket cannot be had.
  Daemon(boost::asio::any_io_executor, net::Clock&, crypto::RandomSource&, net::HttpClient&, net::WebSocketDialer&, Settings,
         kube::ClusterAccess);

  // Until cancelled, or until drain() has done its work. An exception means that the process should end and begin anew.
  net::Task<> run();

  // Take no new requests, finish what was begun as far as that is possible in a short time, then let run() return.
  void drain() { drain_.notify(); }

  store::Database& database() { return database_; }

 private:
  net::Task<> watch_cluster();
  net::Task<> while_cluster_answers();
  net::Task<> report();
  net::Task<> heartbeat();
  net::Task<> serve_until_drained();
  std::string status_line();
  endpoints::OperatorDesk operator_desk();
  std::string metrics();
  util::Json status();
  util::Json pods();
  bool listens() const;

  net::Clock& clock_;
  Settings settings_;
  Supervisor supervisor_;
  store::Database database_;
  nostr::RelayPool relays_;
  nostr::RelayPool strangers_;
  kube::Client cluster_;
  kube::Rentals rentals_;
  net::TaskGroup work_;
  KeptSeed seed_;
  provider::Wallet wallet_;
  provider::Mints mints_;
  provider::RestoreScan scan_;
  provider::SwapDesk swaps_;
  provider::Cashier cashier_;
  provider::LeaseKeeper keeper_;
  provider::Outbox outbox_;
  provider::OrderDesk orders_;
  provider::Treasury treasury_;
  provider::ReturnDesk returns_;
  provider::PayoutDesk payouts_;
  std::optional<provider::PayoutToAddress> earnings_;
  provider::OfferPublisher publisher_;
  provider::FrontDesk front_desk_;
  provider::Inbox inbox_;
  std::unique_ptr<net::HttpServer> admin_, health_;
  net::Event drain_;
  bool cluster_fine_ = false;
};

}  // namespace paygress::daemon

// Orders from their first word to their last: decide (market), store (one transaction), then act.
//
// For every event the next state and the answers are stored in one transaction; only then the slow actions begin. What a slow
// action learns comes back as the next event. After a restart the action that each open order waits for begins again.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "contract/request.h"
#include "market/catalogue.h"
#include "net/task.h"
#include "provider/cashier.h"
#include "provider/lease_keeper.h"
#include "provider/order_book.h"
#include "provider/outbox.h"

namespace paygress::provider {

class OrderDesk {
 public:
  OrderDesk(store::Database&, net::Clock&, const market::Catalogue&, const crypto::SecretKey& service_key, Cashier&, LeaseKeeper&,
            Outbox&, net::TaskGroup& work);

  // A request that may cost money, in the transaction that remembers its message. Returns what to do once that is committed.
  std::function<void()> take_spawn(const Recipient&, const contract::SpawnRequest&, const std::optional<std::string>& request_id);
  std::function<void()> take_top_up(const Recipient&, const contract::TopUpRequest&, const std::optional<std::string>& request_id);

  // Goes on with every order that has not ended. Once, at start.
  void resume();

  // The lease that a customer means by npub, nprofile, hex key or lease id.
  std::optional<market::Lease> find_lease(const std::string& pod);
  // What the owner of a pod gets to know about it.
  contract::AccessDetails access_details(const market::Lease&) const;

  // Sends the final answer of an order once more, with the refund that may be in it. Code `order_unknown`; `order_open` when there
  // is none yet.
  util::Result<> resend(const std::string& order_id);

  std::size_t open_orders() { return orders_.count_open(); }

  // Is an order still open that this pod, named as above, will come out of?
  bool is_under_way(const std::string& pod) const;
  // What somebody hears who has too many orders open, or whom too many others precede.
  std::optional<contract::ErrorAnswer> too_many(const Recipient&);

 private:
  std::function<void()> decline(const Recipient&, contract::ErrorAnswer, const std::optional<std::string>& request_id);
  std::function<void()> open(market::Order);
  std::function<void()> repeat(const market::Order&, const Recipient&);

  // Loads the order, advances it, stores next state, effects and answers, and performs what is asked for then.
  void apply(const std::string& order_id, const market::OrderEvent&);
  // The same in the caller's transaction; go_on() when that is committed.
  void apply_in(const market::Order&, const market::OrderEvent&, std::vector<market::Action>& to_perform);
  void go_on(const std::string& order_id, const std::vector<market::Action>& to_perform);
  void store_effects(const market::Order& before, const market::Order& next, const market::OrderEvent&);
  bool reply(const market::Order&, const market::Action&);
  void answer(const market::Order&, const contract::Answer&, bool final);
  void begin(const market::Order&, const market::Action&);
  void goes_on(const market::Order&);

  // Performs the action; after an exception (disk full, a fault of ours) again what the order then waits for.
  net::Task<> perform(std::string order_id, market::Action);
  net::Task<> act(market::Order, market::Action);
  net::Task<> check_payment(market::Order);
  net::Task<std::optional<market::Refusal>> judge(market::Order, market::Payment);
  std::optional<market::Refusal> judge_forgotten(const market::Order&, const market::Payment&) const;
  net::Task<std::optional<market::Refusal>> find_obstacle(market::Order);
  void admit(const std::string& order_id, const Examined&);
  net::Task<> redeem(market::Order);
  net::Task<> start_pod(market::Order);
  net::Task<> extend_pod(market::Order);
  util::Time agreed_end(const market::Order&, util::Time in_cluster);
  net::Task<> make_refund(market::Order);

  market::Lease lease_of(const market::Order&) const;
  Recipient recipient_of(const market::Order&) const;

  store::Database& database_;
  net::Clock& clock_;
  const market::Catalogue& catalogue_;
  const crypto::SecretKey& service_key_;
  Cashier& cashier_;
  LeaseKeeper& keeper_;
  Outbox& outbox_;
  net::TaskGroup& work_;
  OrderBook orders_;
  LeaseBook leases_;
  std::map<std::string, std::string> under_way_;  // open orders for pods: id of the order, key of the pod in hex
  std::optional<PodStarted> started_;             // what PodReady brought besides its time, while that event is applied
};

}  // namespace paygress::provider

// Requests that cost nothing and are answered at once: status, list, end, offers, help, and what could not be understood.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "contract/request.h"
#include "provider/lease_keeper.h"
#include "provider/order_desk.h"
#include "provider/outbox.h"
#include "provider/return_desk.h"

namespace paygress::provider {

class FrontDesk {
 public:
  FrontDesk(store::Database&, net::Clock&, OrderDesk&, LeaseKeeper&, ReturnDesk&, Outbox&, std::function<contract::Offer()> offer);

  // Answers into the caller's transaction (or stays silent, when the sender has had his share of answers for now). Returns
  // what to do once it is committed.
  std::function<void()> take(const Recipient&, const contract::ParsedRequest&);
  // Of a message that relays had stored: does it speak of a pod whose order is still open, or ask for more than can be under way at
  // once? Then it had better wait until orders are done than hear a no that time alone would turn into a yes.
  bool comes_too_early(const Recipient&, const contract::ParsedRequest&);
  std::function<void()> misunderstood(const Recipient&, const contract::BadRequest&);

 private:
  struct Answering;
  bool may_answer(const std::string& customer);
  std::optional<market::Lease> own_lease(const Recipient&, const std::string& pod);
  contract::Answer status(const Recipient&, const std::string& pod, const std::optional<std::string>& request_id);
  contract::Answer list(const Recipient&, const std::optional<std::string>& request_id);
  std::function<void()> end(const Recipient&, const std::string& pod, const std::optional<std::string>& request_id);
  contract::StatusAnswer status_of(const market::Lease&) const;
  std::function<void()> send(const Recipient&, const contract::Answer&);

  net::Clock& clock_;
  OrderDesk& orders_;
  LeaseKeeper& keeper_;
  ReturnDesk& returns_;
  Outbox& outbox_;
  std::function<contract::Offer()> offer_;
  LeaseBook leases_;
  // Answers given in the present minute, per sender and in total: what a stranger sends must not become a flood.
  std::int64_t minute_ = 0;
  std::map<std::string, int> given_;
  int given_in_total_ = 0;
};

}  // namespace paygress::provider

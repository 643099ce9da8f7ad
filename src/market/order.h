// An order, from the message to the pod: (state, event) -> (state, actions). No clock, no I/O, no randomness.
//
//   Checking ---> Redeeming ---> Provisioning ---> Delivered        a pod
//      |             |      \--> Extending ------> Delivered        a top-up
//      |             |             |   |
//      v             v             v   v
//   Refused       Refused        Refunding ------> Refunded
//   (the token is the customer's still)            (it comes back as a new token)
//
// Before Redeeming the customer's token is only looked at. Whoever performs the actions stores the next state first; an action
// may then be performed again after a crash, so each of them is made to be harmless twice.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "contract/error.h"
#include "contract/offer.h"
#include "market/price.h"
#include "util/secret.h"
#include "util/time.h"

namespace paygress::market {

// How the request came; the answer goes the same way.
enum class Protocol { nip17, nip04 };

// The pod a customer wants.
struct PodWish {
  contract::PodSpec spec;
  std::string image;
  std::string ssh_username;
  util::Secret ssh_password;
  std::string ssh_public_key;
};

// More time for a pod that runs already, at that pod's own rate.
struct PodExtension {
  std::string lease_id;
  std::uint64_t rate_msats_per_sec = 0;
};

// Why money is not taken, in the words of a spawn; a top-up says it as payment_failed (CONTRACT section 3).
struct Refusal {
  contract::ErrorType type = contract::ErrorType::invalid_token;
  std::string code;
  std::string message;
  std::optional<std::string> details;
  bool retryable = false;
};

struct Checking {};
struct Redeeming {
  Payment payment;
};
struct Provisioning {
  Payment payment;
  Purchase purchase;
};
struct Extending {
  Payment payment;
  Purchase purchase;
};
struct Delivered {
  Payment payment;
  Purchase purchase;
  util::Time ends_at;
};
struct Refused {
  contract::ErrorAnswer answer;
};
struct Refunding {
  Payment payment;
  contract::ErrorAnswer answer;  // without the token
};
struct Refunded {
  contract::ErrorAnswer answer;  // with the token
};
using OrderState = std::variant<Checking, Redeeming, Provisioning, Extending, Delivered, Refused, Refunding, Refunded>;

struct Order {
  std::string id;        // 64 hex digits: the hash of customer and request_id, or of customer and message
  std::string customer;  // hex public key
  Protocol protocol = Protocol::nip17;
  std::string message_id;  // of the request; answers refer to it
  std::optional<std::string> request_id;
  util::Time asked_at;  // when the request was written, by its writer's clock
  util::Time received_at;
  std::variant<PodWish, PodExtension> want;
  util::Secret token;        // empty once the order has ended
  bool plain_words = false;  // asked in words, answered in words
  bool told_processing = false;
  OrderState state;

  bool is_top_up() const { return std::holds_alternative<PodExtension>(want); }
  bool is_final() const;
  // The first 12 hex digits name the pod's lease (CONTRACT section 5).
  std::string lease_id() const;
};

namespace event {

// Everything that can be checked was checked; this is what the token is worth.
struct Admitted {
  Payment payment;
};
// Something does not fit; the token was not touched.
struct Declined {
  Refusal refusal;
};
// The wait is longer than a customer would sit through without a word.
struct Delayed {
  std::string code;  // "mint_slow", "mint_unreachable"
};
// The mint has swapped the token and our proofs are stored. `credit_msats` is what the pod had left over from before.
struct Claimed {
  std::uint64_t credit_msats = 0;
};
// It is certain that the token was not ours to take: spent elsewhere, or refused by the mint.
struct ClaimRefused {
  Refusal refusal;
};
// SSH answers at the public address: the paid time begins.
struct PodReady {
  util::Time ready_at;
};
struct PodFailed {
  std::string code;
};
// The cluster has moved the pod's end.
struct Extended {
  util::Time ends_at;
};
// The pod was already being ended when the cluster was asked.
struct ExtensionTooLate {};
// A token for the claimed amount exists and belongs to the customer.
struct RefundReady {
  util::Secret token;
};

}  // namespace event

using OrderEvent = std::variant<event::Admitted, event::Declined, event::Delayed, event::Claimed, event::ClaimRefused,
                                event::PodReady, event::PodFailed, event::Extended, event::ExtensionTooLate, event::RefundReady>;

namespace action {

struct CheckPayment {};
struct RedeemToken {};
struct StartPod {};
struct ExtendPod {};
struct MakeRefund {};
struct ReplyProcessing {
  std::string code;
};
struct ReplyDelivered {};
struct ReplyError {
  contract::ErrorAnswer answer;
};

}  // namespace action

using Action = std::variant<action::CheckPayment, action::RedeemToken, action::StartPod, action::ExtendPod, action::MakeRefund,
                            action::ReplyProcessing, action::ReplyDelivered, action::ReplyError>;

struct Step {
  Order next;
  std::vector<Action> actions;
};

// An event that does not fit the state (a late duplicate) changes nothing and asks for nothing.
Step advance(const Order&, const OrderEvent&);

// What the state waits for: asked when an order begins and again after a restart. Replies are not among them; they are
// in the outbox from the moment that the state was stored.
std::optional<Action> awaited(const Order&);

}  // namespace paygress::market

// What becomes of the mint's Lightning payments: there is no Lightning behind it, so the test says, or all succeed at once.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "util/result.h"

namespace paygress::sandbox {

enum class PaymentOutcome {
  settles,  // paid at once
  fails,    // not paid; the mint gives the inputs free and refuses with 20004
  hangs,    // under way until the test says how it ends; the mint answers PENDING
  unknown,  // the same, but the mint answers 20004, as if it had failed
};

class FakeLightning {
 public:
  // The next `count` payments end so; no count: all of them, until cleared. Orders are carried out one after the other.
  void order(PaymentOutcome, std::optional<std::uint64_t> count = 1);
  void clear() { orders_.clear(); }
  // "hangs", "fails:2", "unknown:*", "none".
  util::Result<> order_text(std::string_view);

  // What a payment costs on the way, in the quote's unit; never more than the reserve.
  std::uint64_t routing_fee = 0;

  // Called by the ledger: how this payment ends, and that one has reached its payee.
  PaymentOutcome next();
  void settled(const std::string& invoice) { ++settled_[invoice]; }

  // How often an invoice was paid. More than once is what must never be.
  std::uint64_t payments(const std::string& invoice) const;

 private:
  struct Order {
    PaymentOutcome outcome;
    std::optional<std::uint64_t> left;
  };
  std::deque<Order> orders_;
  std::map<std::string, std::uint64_t> settled_;
};

}  // namespace paygress::sandbox

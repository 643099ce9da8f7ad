// A fault is what a test orders at one endpoint of a fake server: the next requests there go wrong in the named way.
//
// In process:      mint.faults().order("swap", {FaultKind::lose_reply}, 1);
// From a shell:    paygress-sandbox misbehave 'mint.swap=lose_reply:1'
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "util/result.h"

namespace paygress::sandbox {

enum class FaultKind {
  lose_request,  // the connection is cut before anything is done
  lose_reply,    // everything is done, then the connection is cut
  delay,         // argument: milliseconds to wait before anything is done
  hold_reply,    // argument: milliseconds to wait after everything is done
  status,        // argument: an HTTP status (429 comes with Retry-After: 1); nothing is done
  error,         // argument: an error code of the protocol, such as 12002; nothing is done
  late_error,    // argument: the same; everything is done, then it is refused all the same (mint only, as the rest)
  wrong_amount,  // done, but the reply lies about an amount
  wrong_id,      // ... about the keyset
  wrong_dleq,    // ... and proves something else
  wrong_count,   // ... and lacks the last signature
  pending,       // ... and calls every proof PENDING (checkstate)
};

struct Fault {
  FaultKind kind = FaultKind::lose_reply;
  std::int64_t argument = 0;
};

// "lose_reply", "delay(250)", "status(429)", "error(12002)".
util::Result<Fault> parse_fault(std::string_view);

class FaultPlan {
 public:
  // The next `count` requests at `endpoint` go wrong so; no count: all of them, until clear(). Orders for one endpoint are
  // carried out one after the other. The endpoint "any" stands for all.
  void order(std::string_view endpoint, Fault, std::optional<std::uint64_t> count = 1);
  void clear(std::string_view endpoint);
  void clear_all() { orders_.clear(); }

  // "swap=lose_reply:1"; count "*" means until cleared, a missing one 1; "swap=none" clears.
  util::Result<> order_text(std::string_view);

  // Called by the server for each request: counts it, calls on_request and says what goes wrong, if anything.
  std::optional<Fault> next(std::string_view endpoint);

  std::uint64_t requests(std::string_view endpoint) const;
  std::uint64_t requests() const { return total_; }
  std::uint64_t carried_out() const { return carried_out_; }  // requests that went wrong as ordered

  // Called before each request is looked at, with its number since the start (1, 2, ...): a crash test stops the program here.
  std::function<void(std::string_view endpoint, std::uint64_t number)> on_request;
  // Called when the server has done (and stored) what was asked, before it answers.
  std::function<void(std::string_view endpoint)> on_done;

 private:
  struct Order {
    Fault fault;
    std::optional<std::uint64_t> left;
  };
  std::map<std::string, std::deque<Order>, std::less<>> orders_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  std::uint64_t total_ = 0;
  std::uint64_t carried_out_ = 0;
};

}  // namespace paygress::sandbox

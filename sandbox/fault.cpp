#include "sandbox/fault.h"

#include <array>
#include <charconv>

namespace paygress::sandbox {
namespace {

using util::Errc;
using util::Error;
using util::Result;

struct NamedKind {
  std::string_view name;
  FaultKind kind;
  bool takes_argument;
};
constexpr std::array kKinds = {
    NamedKind{"lose_request", FaultKind::lose_request, false},
    NamedKind{"lose_reply", FaultKind::lose_reply, false},
    NamedKind{"delay", FaultKind::delay, true},
    NamedKind{"hold_reply", FaultKind::hold_reply, true},
    NamedKind{"status", FaultKind::status, true},
    NamedKind{"error", FaultKind::error, true},
    NamedKind{"late_error", FaultKind::late_error, true},
    NamedKind{"wrong_amount", FaultKind::wrong_amount, false},
    NamedKind{"wrong_id", FaultKind::wrong_id, false},
    NamedKind{"wrong_dleq", FaultKind::wrong_dleq, false},
    NamedKind{"wrong_count", FaultKind::wrong_count, false},
    NamedKind{"pending", FaultKind::pending, false},
};

template <class Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<Fault> parse_fault(std::string_view text) {
  const auto open = text.find('(');
  const std::string_view name = text.substr(0, open);
  for (const NamedKind& known : kKinds) {
    if (known.name != name) continue;
    Fault fault{known.kind, 0};
    if (known.takes_argument != (open != std::string_view::npos))
      return Error{Errc::malformed,
                   "fault " + std::string(name) + (known.takes_argument ? " needs" : " takes no") + " argument in brackets"};
    if (!known.takes_argument) return fault;
    if (text.back() != ')' || !read_number(text.substr(open + 1, text.size() - open - 2), fault.argument))
      return Error{Errc::malformed, "fault " + std::string(name) + " needs a number in brackets"};
    return fault;
  }
  return Error{Errc::malformed, "no fault is called '" + std::string(name) + "'"};
}

void FaultPlan::order(std::string_view endpoint, Fault fault, std::optional<std::uint64_t> count) {
  if (count && *count == 0) return;
  orders_[std::string(endpoint)].push_back({fault, count});
}

void FaultPlan::clear(std::string_view endpoint) {
  if (const auto found = orders_.find(endpoint); found != orders_.end()) orders_.erase(found);
}

Result<> FaultPlan::order_text(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return Error{Errc::malformed, "expected ENDPOINT=FAULT[:COUNT]"};
  const std::string_view endpoint = text.substr(0, equals);
  std::string_view what = text.substr(equals + 1);
  if (what == "none") return clear(endpoint), Result<>();

  std::optional<std::uint64_t> count = 1;
  if (const auto colon = what.rfind(':'); colon != std::string_view::npos) {
    const std::string_view number = what.substr(colon + 1);
    what = what.substr(0, colon);
    std::uint64_t value = 0;
    if (number == "*")
      count.reset();
    else if (read_number(number, value))
      count = value;
    else
      return Error{Errc::malformed, "a count is a number or '*'"};
  }
  const Result<Fault> fault = parse_fault(what);
  if (!fault) return fault.error();
  order(endpoint, *fault, count);
  return {};
}

std::optional<Fault> FaultPlan::next(std::string_view endpoint) {
  ++total_;
  ++counts_[std::string(endpoint)];
  if (on_request) on_request(endpoint, total_);

  // "create_services" also obeys what was ordered for "services".
  const auto underscore = endpoint.find('_');
  const std::string_view plural = underscore == std::string_view::npos ? endpoint : endpoint.substr(underscore + 1);
  for (const std::string_view name : {endpoint, plural, std::string_view("any")}) {
    const auto found = orders_.find(name);
    if (found == orders_.end() || found->second.empty()) continue;
    Order& first = found->second.front();
    const Fault fault = first.fault;
    if (first.left && --*first.left == 0) found->second.pop_front();
    ++carried_out_;
    return fault;
  }
  return std::nullopt;
}

std::uint64_t FaultPlan::requests(std::string_view endpoint) const {
  const auto found = counts_.find(endpoint);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace paygress::sandbox

#include "sandbox/fake_lightning.h"

#include <array>
#include <charconv>
#include <utility>

namespace paygress::sandbox {
namespace {

constexpr std::array<std::pair<std::string_view, PaymentOutcome>, 4> kOutcomes = {{
    {"settles", PaymentOutcome::settles},
    {"fails", PaymentOutcome::fails},
    {"hangs", PaymentOutcome::hangs},
    {"unknown", PaymentOutcome::unknown},
}};

}  // namespace

void FakeLightning::order(PaymentOutcome outcome, std::optional<std::uint64_t> count) {
  if (!count || *count > 0) orders_.push_back({outcome, count});
}

util::Result<> FakeLightning::order_text(std::string_view text) {
  if (text == "none") return clear(), util::Result<>();
  const auto colon = text.find(':');
  std::optional<std::uint64_t> count = 1;
  if (colon != std::string_view::npos) {
    const std::string_view number = text.substr(colon + 1);
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (number != "*" && (fault != std::errc() || end != number.data() + number.size()))
      return util::Error{util::Errc::malformed, "a count is a number or '*'"};
    count = number == "*" ? std::nullopt : std::optional(value);
  }
  for (const auto& [name, outcome] : kOutcomes)
    if (name == text.substr(0, colon)) return order(outcome, count), util::Result<>();
  return util::Error{util::Errc::malformed, "a payment settles, fails, hangs or is unknown"};
}

PaymentOutcome FakeLightning::next() {
  if (orders_.empty()) return PaymentOutcome::settles;
  Order& first = orders_.front();
  const PaymentOutcome outcome = first.outcome;
  if (first.left && --*first.left == 0) orders_.pop_front();
  return outcome;
}

std::uint64_t FakeLightning::payments(const std::string& invoice) const {
  const auto found = settled_.find(invoice);
  return found == settled_.end() ? 0 : found->second;
}

}  // namespace paygress::sandbox

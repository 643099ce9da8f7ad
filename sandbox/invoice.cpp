#include "sandbox/invoice.h"

#include <charconv>

namespace paygress::sandbox {

// One tenth of a millisatoshi is 1p: picobitcoin keeps every amount whole.
std::string fake_invoice(std::uint64_t msat, std::string_view tag) {
  const std::string amount = msat % 100 == 0 ? std::to_string(msat / 100) + "n" : std::to_string(msat * 10) + "p";
  return "lnbc" + amount + "1sandbox" + std::string(tag);
}

std::optional<std::uint64_t> invoice_msat(std::string_view invoice) {
  std::size_t at = 0;
  for (const std::string_view prefix : {"lnbcrt", "lntbs", "lntb", "lnbc"}) {
    if (invoice.starts_with(prefix)) {
      at = prefix.size();
      break;
    }
  }
  if (at == 0) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(invoice.data() + at, invoice.data() + invoice.size(), number);
  if (error != std::errc() || end == invoice.data() + invoice.size() || (*end != 'p' && number > 100'000'000'000))
    return std::nullopt;
  switch (*end) {
    case 'm': return number * 100'000'000;
    case 'u': return number * 100'000;
    case 'n': return number * 100;
    case 'p': return (number + 9) / 10;
    default: return std::nullopt;
  }
}

}  // namespace paygress::sandbox

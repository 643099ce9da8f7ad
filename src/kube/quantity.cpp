#include "kube/quantity.h"

#include <charconv>
#include <cmath>

namespace paygress::kube {
namespace {

struct Suffix {
  std::string_view text;
  double factor;
};
constexpr Suffix kSuffixes[] = {
    {"", 1},
    {"n", 1e-9},
    {"u", 1e-6},
    {"m", 1e-3},
    {"k", 1e3},
    {"M", 1e6},
    {"G", 1e9},
    {"T", 1e12},
    {"P", 1e15},
    {"E", 1e18},
    {"Ki", 1024.0},
    {"Mi", 1048576.0},
    {"Gi", 1073741824.0},
    {"Ti", 1099511627776.0},
    {"Pi", 1125899906842624.0},
    {"Ei", 1152921504606846976.0},
};

// A double is exact up to 2^53: enough to compare what a node has left.
std::optional<double> parse(std::string_view text) {
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
  const std::string_view rest(stop, static_cast<std::size_t>(text.data() + text.size() - stop));
  for (const Suffix& suffix : kSuffixes) {
    if (rest == suffix.text) return number * suffix.factor;
  }
  return std::nullopt;
}

std::optional<std::int64_t> whole(std::optional<double> number) {
  if (!number || *number >= 9.2e18) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(*number + 1e-6));
}

}  // namespace

std::optional<std::int64_t> quantity_value(std::string_view text) { return whole(parse(text)); }

std::optional<std::int64_t> quantity_millis(std::string_view text) {
  auto number = parse(text);
  if (number) *number *= 1000;
  return whole(number);
}

}  // namespace paygress::kube

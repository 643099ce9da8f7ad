#include "daemon/unit_rates.h"

#include <charconv>
#include <optional>

#include "daemon/setting_reader.h"

namespace paygress::daemon {
namespace {

const provider::UnitRates kOwnUnits = {{"msat", 1}, {"sat", 1000}};
constexpr std::uint64_t kMaxMsatPerUnit = 100'000'000'000;  // a bitcoin for one of the unit: surely a mistake beyond

bool is_unit_name(const std::string& text) {
  return !text.empty() && text.size() <= 32 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
}

std::optional<std::uint64_t> parse_rate(const std::string& text) {
  std::uint64_t rate = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (fault != std::errc() || end != text.data() + text.size() || rate == 0 || rate > kMaxMsatPerUnit) return std::nullopt;
  return rate;
}

}  // namespace

provider::UnitRates read_unit_rates(SettingReader& reader) {
  provider::UnitRates rates = kOwnUnits;
  for (const std::string& text : reader.list("UNIT_RATES")) {
    const std::size_t equals = std::min(text.find('='), text.size());
    const std::string unit = text.substr(0, equals);
    const auto wrong = [&](const std::string& why) { reader.mistake("UNIT_RATES: \"" + text + "\" " + why); };
    if (!is_unit_name(unit) || equals == text.size()) {
      wrong("is not a rate (expected unit=msat, such as usd=10000; a unit is at most 32 lower-case letters, digits, '-' or '_')");
    } else if (kOwnUnits.contains(unit)) {
      wrong("would change the value of " + unit + ", which is fixed");
    } else if (unit == "auth") {
      wrong("is no money: tokens of the unit auth are what mints log their users in with");
    } else if (const auto msats = parse_rate(text.substr(equals + 1)); !msats) {
      wrong("must give a whole number of msat from 1 to " + std::to_string(kMaxMsatPerUnit));
    } else if (!rates.emplace(unit, *msats).second) {
      wrong("gives a second rate for " + unit);
    }
  }
  return rates;
}

}  // namespace paygress::daemon

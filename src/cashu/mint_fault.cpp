#include "cashu/mint_fault.h"

#include <charconv>

namespace paygress::cashu {
namespace {

constexpr std::string_view kCodePrefix = "mint_";
constexpr std::string_view kStatusPrefix = "mint_http_";

// nutshell up to 0.18 speaks the codes from before 2026-01.
bool speaks_old_codes(std::string_view version) {
  constexpr std::string_view kNutshell = "Nutshell/0.";
  if (!version.starts_with(kNutshell)) return false;
  unsigned minor = 0;
  const std::string_view rest = version.substr(kNutshell.size());
  return std::from_chars(rest.data(), rest.data() + rest.size(), minor).ec == std::errc() && minor < 19;
}

std::optional<FaultClass> classify_old(int code) {
  switch (code) {
    case 10002: return FaultClass::restore_first;  // output already signed
    case 10003: return FaultClass::final_payer;    // proof does not verify
    case 11002: return FaultClass::refresh;        // not balanced
    case 11005: return FaultClass::final_payer;    // unit not supported
    default: return std::nullopt;
  }
}

FaultClass classify_code(int code) {
  switch (code) {
    case 10001:  // does not verify: thrown before anything changes
    case 11006:  // amount out of range
    case 11007:  // the same input twice
    case 11009:  // several units
    case 11013:  // unknown unit
    case 12003:  // keyset expired
      return FaultClass::final_payer;
    case 11002:  // inputs pending
    case 11004:  // outputs pending (nutshell also: witness too long)
    case 20005:  // quote pending
      return FaultClass::pending;
    case 11001:  // spent: by somebody, or by us
    case 11003:  // outputs signed before (nutshell also: secret too long)
    case 11008:  // the same output twice (cdk also: signed before)
    case 20002:  // quote issued
    case 20006:  // invoice paid
      return FaultClass::restore_first;
    case 11005:  // not balanced
    case 11010:  // inputs and outputs of different units
    case 12001:  // keyset unknown
    case 12002:  // keyset not active
      return FaultClass::refresh;
    case 11014:  // too many inputs
    case 11015:  // too many outputs
    case 11017:  // batch too large
      return FaultClass::split;
    case 11011:  // invoice without amount
    case 11012:  // another amount than the invoice's
    case 11016:  // the same quote twice
    case 20008:  // NUT-20 signature wrong
    case 20009:  // NUT-20 key missing
      return FaultClass::final_ours;
    case 20001: return FaultClass::quote_unpaid;
    case 20007: return FaultClass::new_quote;
    case 30001:
    case 30002:
    case 31001:
    case 31002:
    case 31003:
    case 80001:
    case 80002:
    case 81001:
    case 81002:
    case 81003:  // nutshell's numbers for the same
      return FaultClass::configuration;
    default:  // 0, 11000, 20003, 20004, 31004, 50000 and all that we do not know
      return FaultClass::transient;
  }
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

// A mint's text may quote a secret or a signature: nothing long and unbroken is passed on, and nothing unprintable.
std::string presentable(std::string_view text) {
  constexpr std::size_t kMaxText = 200, kMaxWord = 24;
  std::string out;
  for (std::size_t i = 0; i < text.size() && out.size() < kMaxText;) {
    std::size_t end = i;
    while (end < text.size() && is_word(text[end])) ++end;
    if (end - i > kMaxWord)
      out += "...";
    else
      out.append(text.substr(i, end - i));
    if (end < text.size()) out += text[end] >= 0x20 && text[end] < 0x7f ? text[end] : '?';
    i = end + 1;
  }
  return out;
}

std::optional<int> number_after(std::string_view code, std::string_view prefix) {
  if (!code.starts_with(prefix)) return std::nullopt;
  int number = 0;
  const auto [end, fault] = std::from_chars(code.data() + prefix.size(), code.data() + code.size(), number);
  if (fault != std::errc() || end != code.data() + code.size()) return std::nullopt;
  return number;
}

}  // namespace

FaultClass classify(const MintFault& fault, std::string_view mint_version) {
  if (!fault.code) return FaultClass::transient;
  if (speaks_old_codes(mint_version))
    if (const auto old = classify_old(*fault.code)) return *old;
  return classify_code(*fault.code);
}

FaultClass classify(const util::Error& error, std::string_view mint_version) {
  if (const auto fault = fault_of(error)) return classify(*fault, mint_version);
  // An answer that makes no sense may follow a request that was carried out.
  return error.code == "mint_reply_invalid" ? FaultClass::restore_first : FaultClass::transient;
}

util::Error to_error(const MintFault& fault, std::string_view mint_host) {
  const std::string code = fault.code ? std::string(kCodePrefix) + std::to_string(*fault.code)
                                      : std::string(kStatusPrefix) + std::to_string(fault.http_status);
  std::string message = "the mint " + std::string(mint_host) + " answered " + std::to_string(fault.http_status);
  if (fault.code) message += ", code " + std::to_string(*fault.code);
  if (!fault.detail.empty()) message += ": " + presentable(fault.detail);
  return {fault.code ? util::Errc::refused : util::Errc::unavailable, std::move(message), code};
}

std::optional<MintFault> fault_of(const util::Error& error) {
  if (const auto status = number_after(error.code, kStatusPrefix)) return MintFault{*status, std::nullopt, error.message};
  if (const auto code = number_after(error.code, kCodePrefix)) return MintFault{400, code, error.message};
  return std::nullopt;
}

}  // namespace paygress::cashu

#include "contract/pod_reference.h"

#include <algorithm>

namespace paygress::contract {
namespace {

constexpr std::size_t kKeyDigits = 64;
constexpr std::size_t kPodIdDigits = 12;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_prefix) {
  if (text.size() < lower_prefix.size()) return false;
  return std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                    [](char want, char c) { return c == want || (c >= 'A' && c <= 'Z' && c - 'A' + 'a' == want); });
}

}  // namespace

bool begins_like_token(std::string_view word) {
  for (std::string_view prefix : {"web+cashu://", "cashu://", "cashu:"}) {
    if (!starts_with_ignoring_case(word, prefix)) continue;
    word.remove_prefix(prefix.size());
    break;
  }
  return word.starts_with("cashuA") || word.starts_with("cashuB");
}

util::Secret clean_token(std::string_view text) {
  std::string token;
  token.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(token), [](char c) { return !is_space(c); });
  return util::Secret(std::move(token));
}

bool looks_like_pod(std::string_view word) {
  if (starts_with_ignoring_case(word, "nostr:")) word.remove_prefix(6);
  if (starts_with_ignoring_case(word, "npub1") || starts_with_ignoring_case(word, "nprofile1")) return true;
  return (word.size() == kKeyDigits || word.size() == kPodIdDigits) && is_hex(word);
}

std::string clean_pod(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  if (starts_with_ignoring_case(text, "nostr:")) text.remove_prefix(6);
  return std::string(text);
}

}  // namespace paygress::contract

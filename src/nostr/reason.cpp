#include <algorithm>
#include <array>
#include <cctype>

#include "nostr/message.h"

namespace paygress::nostr {
namespace {

using Prefix = Reason::Prefix;

constexpr std::pair<std::string_view, Prefix> kWords[] = {
    {"duplicate", Prefix::duplicate},
    {"pow", Prefix::pow},
    {"blocked", Prefix::blocked},
    {"rate-limited", Prefix::rate_limited},
    {"invalid", Prefix::invalid},
    {"restricted", Prefix::restricted},
    {"mute", Prefix::mute},
    {"error", Prefix::error},
    {"auth-required", Prefix::auth_required},
    {"unsupported", Prefix::unsupported},
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// The known word that `text` starts with, followed by a colon or nothing.
const std::pair<std::string_view, Prefix>* leading_word(std::string_view text) {
  const auto found = std::find_if(std::begin(kWords), std::end(kWords), [&](const auto& word) {
    return text.starts_with(word.first) && (text.size() == word.first.size() || text[word.first.size()] == ':');
  });
  return found == std::end(kWords) ? nullptr : found;
}

}  // namespace

Reason read_reason(std::string_view text, bool accepted) {
  text = text.substr(0, kMaxReason);
  Reason reason{accepted ? Prefix::none : Prefix::error, std::string(text)};
  const std::string words = lower(text);
  std::string_view rest = words;
  // strfry master puts "ERROR: " in front of the word that counts.
  if (rest.starts_with("error: ") && leading_word(rest.substr(7)) != nullptr) rest.remove_prefix(7);
  if (const auto* word = leading_word(rest)) reason.prefix = word->second;
  return reason;
}

}  // namespace paygress::nostr

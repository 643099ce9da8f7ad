#include "contract/plain_words.h"

#include <algorithm>
#include <array>
#include <vector>

#include "contract/pod_reference.h"

namespace paygress::contract {
namespace {

using util::Errc;

constexpr std::size_t kMaxWordsRead = 64;  // what a person writes before the point; the rest is not looked at

enum class Keyword { help, offers, list, status, end, top_up };

constexpr std::array<std::pair<std::string_view, Keyword>, 22> kKeywords{{
    {"help", Keyword::help},     {"hi", Keyword::help},       {"hello", Keyword::help},     {"hey", Keyword::help},
    {"start", Keyword::help},    {"info", Keyword::help},     {"offers", Keyword::offers},  {"offer", Keyword::offers},
    {"price", Keyword::offers},  {"prices", Keyword::offers}, {"pricing", Keyword::offers}, {"specs", Keyword::offers},
    {"list", Keyword::list},     {"pods", Keyword::list},     {"status", Keyword::status},  {"end", Keyword::end},
    {"stop", Keyword::end},      {"terminate", Keyword::end}, {"topup", Keyword::top_up},   {"top-up", Keyword::top_up},
    {"extend", Keyword::top_up}, {"renew", Keyword::top_up},
}};

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view separators = " \t\r\n\"'`,;.!()<>";
  std::vector<std::string_view> words;
  for (std::size_t at = 0; words.size() < kMaxWordsRead && (at = text.find_first_not_of(separators, at)) != text.npos;) {
    const auto end = std::min(text.find_first_of(separators, at), text.size());
    auto word = text.substr(at, end - at);
    if (word.size() > 1 && word.ends_with('?')) word.remove_suffix(1);
    words.push_back(word);
    at = end;
  }
  return words;
}

std::optional<Keyword> keyword_of(std::string_view word) {
  std::string plain;
  for (char c : word.substr(0, 16)) {
    if (c >= 'A' && c <= 'Z')
      plain += static_cast<char>(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || c == '-')
      plain += c;
  }
  if (plain.empty() && word == "?") return Keyword::help;
  for (const auto& [text, keyword] : kKeywords)
    if (text == plain) return keyword;
  return std::nullopt;
}

// The whole message is one token, perhaps broken over lines by the client that sent it.
bool is_only_token(std::string_view text) {
  if (!begins_like_token(text)) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-_+/=:\r\n").find(c) != std::string_view::npos;
  });
}

BadRequest not_understood(std::string message, std::string code) {
  BadRequest bad{{Errc::invalid, std::move(message), std::move(code)}, std::nullopt, true};
  return bad;
}

ParsedRequest plain(Request request) { return {std::move(request), true, std::nullopt}; }

}  // namespace

RequestResult<ParsedRequest> parse_plain_words(std::string_view text) {
  if (is_only_token(text)) return plain(BareToken{clean_token(text)});

  std::optional<Keyword> keyword;
  std::string pod;
  util::Secret token;
  const auto words = words_of(text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto word = words[i];
    if (begins_like_token(word)) {
      if (token.empty()) token = clean_token(word);
    } else if (looks_like_pod(word)) {
      if (pod.empty()) pod = clean_pod(word);
    } else if (const auto found = keyword_of(word); found && !keyword) {
      // "end" ends something only as the first word: "until the end" is no order.
      if (*found != Keyword::end || i == 0) keyword = found;
    }
  }

  if (!token.empty()) {
    if (pod.empty()) return plain(BareToken{std::move(token)});
    return plain(TopUpRequest{std::move(pod), std::move(token)});
  }
  if (!keyword && !pod.empty()) return plain(StatusRequest{std::move(pod)});
  if (!keyword)
    return not_understood("I did not understand that. Send \"help\" to see what can be asked, or \"offers\" for the prices.",
                          "not_understood");
  switch (*keyword) {
    case Keyword::help: return plain(HelpRequest{});
    case Keyword::offers: return plain(OffersRequest{});
    case Keyword::list: return plain(ListRequest{});
    case Keyword::status:
      if (pod.empty()) return plain(ListRequest{});
      return plain(StatusRequest{std::move(pod)});
    case Keyword::end:
      if (pod.empty()) return not_understood("Which pod shall end? Send \"end\" and the pod's npub.", "pod_missing");
      return plain(EndRequest{std::move(pod)});
    case Keyword::top_up:
      if (pod.empty())
        return not_understood("Which pod shall be topped up? Send \"topup\", the pod's npub and a Cashu token.", "pod_missing");
      return not_understood("A top-up needs a Cashu token: send \"topup\", the pod's npub and the token.", "cashu_token_missing");
  }
  return not_understood("I did not understand that.", "not_understood");
}

}  // namespace paygress::contract

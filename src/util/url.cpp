#include "util/url.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace paygress::util {
namespace {

Error refuse(std::string why) { return Error{Errc::invalid, "not an acceptable URL: " + std::move(why)}; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::optional<std::uint16_t> default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return std::uint16_t{80};
  if (scheme == "https" || scheme == "wss") return std::uint16_t{443};
  return std::nullopt;
}

bool is_host_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'; }

// "." and ".." would make one address out of many; percent signs could hide them.
bool has_dot_segment(const std::string& path) {
  const std::string text = lower(path) + "/";
  for (const char* segment : {"/./", "/../", "%2e", "%2f", "%5c"})
    if (text.find(segment) != std::string::npos) return true;
  return text.find('\\') != std::string::npos;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > kMaxLength) return refuse("longer than " + std::to_string(kMaxLength) + " bytes");
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f)
      return refuse("white space or characters outside ASCII");
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return refuse("no scheme (expected https:// or wss://)");
  Url url;
  url.scheme_ = lower(text.substr(0, colon));
  const auto usual_port = default_port(url.scheme_);
  if (!usual_port) return refuse("the scheme must be http, https, ws or wss");
  std::string_view rest = text.substr(colon + 3);
  if (rest.find_first_of("?#") != std::string_view::npos) return refuse("a query or fragment");
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  url.path_ = rest.substr(slash);
  while (!url.path_.empty() && url.path_.back() == '/') url.path_.pop_back();
  if (has_dot_segment(url.path_)) return refuse("dot segments or escaped separators in the path");
  if (authority.find('@') != std::string_view::npos) return refuse("a user name");

  const bool bracketed = !authority.empty() && authority.front() == '[';
  std::string_view port_text;
  if (bracketed) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos || end == 1) return refuse("a broken IPv6 address");
    url.host_ = lower(authority.substr(1, end - 1));
    if (url.host_.find_first_not_of("0123456789abcdef:.") != std::string::npos) return refuse("a broken IPv6 address");
    port_text = authority.substr(end + 1);
    if (!port_text.empty() && port_text.front() != ':') return refuse("a broken port");
  } else {
    const std::size_t at = std::min(authority.find(':'), authority.size());
    url.host_ = lower(authority.substr(0, at));
    port_text = authority.substr(at);
    if (!std::all_of(url.host_.begin(), url.host_.end(), is_host_character)) return refuse("a host with unusual characters");
  }
  if (url.host_.empty()) return refuse("no host");
  url.port_ = *usual_port;
  if (port_text.size() > 1) {
    const std::string_view digits = port_text.substr(1);
    unsigned value = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (fault != std::errc() || end != digits.data() + digits.size() || value == 0 || value > 65535)
      return refuse("a port outside 1..65535");
    url.port_ = static_cast<std::uint16_t>(value);
  }
  url.text_ = url.scheme_ + "://" + (bracketed ? "[" + url.host_ + "]" : url.host_);
  if (url.port_ != *usual_port) url.text_ += ":" + std::to_string(url.port_);
  url.text_ += url.path_;
  return url;
}

}  // namespace paygress::util

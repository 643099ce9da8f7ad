#include "daemon/setting_checks.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace paygress::daemon {
namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kAlphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool only(std::string_view text, std::string_view alphabet, std::string_view more = {}) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return alphabet.find(c) != alphabet.npos || more.find(c) != more.npos; });
}

bool is_address(const std::string& text) {
  boost::system::error_code wrong;
  boost::asio::ip::make_address(text, wrong);
  return !wrong;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && only(label, kAlphanumeric, "-_") && label.front() != '-' && label.back() != '-';
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (fault != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

// The part of an image before the first '/', if it names a registry at all.
bool is_registry(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = std::min(text.find(']'), text.size() - 1);
    const std::string_view port = text.substr(end + 1);
    return is_address(std::string(text.substr(1, end - 1))) && (port.empty() || (port[0] == ':' && parse_port(port.substr(1))));
  }
  const std::size_t colon = std::min(text.find(':'), text.size());
  if (colon != text.size() && !parse_port(text.substr(colon + 1))) return false;
  const auto labels = split(text.substr(0, colon), '.');
  return std::all_of(labels.begin(), labels.end(), is_label);
}

bool is_path_component(std::string_view text) {
  return !text.empty() && only(text, kLower, "._-") && only(text.substr(0, 1), kLower) &&
         only(text.substr(text.size() - 1), kLower);
}

bool is_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= 128 && only(tag, kAlphanumeric, "_.-") && only(tag.substr(0, 1), kAlphanumeric, "_");
}

bool is_digest(std::string_view digest) {
  constexpr std::string_view kSha256 = "sha256:", kSha512 = "sha512:";
  const std::size_t length = digest.starts_with(kSha256) ? 64 : digest.starts_with(kSha512) ? 128 : 0;
  return length != 0 && digest.size() == kSha256.size() + length && only(digest.substr(kSha256.size()), "0123456789abcdef");
}

}  // namespace

bool is_host(const std::string& text) {
  const std::string_view name = text.ends_with('.') ? std::string_view(text).substr(0, text.size() - 1) : std::string_view(text);
  if (name.empty() || name.size() > 253) return false;
  const auto labels = split(name, '.');
  // What ends in a number is an address or nothing: "1.2.3.4.5" is no name either.
  if (text.find(':') != text.npos || only(labels.back(), "0123456789")) return is_address(text);
  return std::all_of(labels.begin(), labels.end(), is_label);
}

bool is_image(const std::string& text) {
  if (text.size() > 512) return false;
  std::string_view rest = text;
  if (const std::size_t at = rest.find('@'); at != rest.npos) {
    if (!is_digest(rest.substr(at + 1))) return false;
    rest = rest.substr(0, at);
  }
  const std::size_t colon = rest.rfind(':'), slash = rest.rfind('/');
  if (colon != rest.npos && (slash == rest.npos || colon > slash)) {
    if (!is_tag(rest.substr(colon + 1))) return false;
    rest = rest.substr(0, colon);
  }
  auto parts = split(rest, '/');
  const bool registry = parts.size() > 1 && (parts[0].find_first_of(".:") != parts[0].npos || parts[0] == "localhost");
  if (registry && !is_registry(parts[0])) return false;
  return std::all_of(parts.begin() + (registry ? 1 : 0), parts.end(), is_path_component);
}

bool is_dns_subdomain(const std::string& text) {
  const auto labels = split(text, '.');
  return text.size() <= 253 && only(text, kLower, ".-") && std::all_of(labels.begin(), labels.end(), is_label);
}

std::optional<std::pair<std::string, std::uint16_t>> parse_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto port = parse_port(std::string_view(text).substr(colon + 1));
  if (!port || bracketed != (host.find(':') != host.npos) || !is_address(host)) return std::nullopt;
  return std::pair(host, *port);
}

}  // namespace paygress::daemon

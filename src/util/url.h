// A relay's, a mint's or an API server's address, parsed once and compared as what it means.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace paygress::util {

// Normal form: scheme and host in lower case, the scheme's own port left out, no trailing slash. Two spellings of one
// address are equal; the path counts (https://mint.example/Bitcoin is another mint than https://mint.example).
class Url {
 public:
  // http, https, ws and wss only. Refused: user names, query and fragment, white space and control characters, dot
  // segments, an empty host, a port outside 1..65535, more than kMaxLength bytes.
  static Result<Url> parse(std::string_view);
  static constexpr std::size_t kMaxLength = 2048;

  const std::string& scheme() const { return scheme_; }
  const std::string& host() const { return host_; }  // an IPv6 address without its brackets
  std::uint16_t port() const { return port_; }
  const std::string& path() const { return path_; }  // empty, or "/..." without a trailing slash
  const std::string& text() const { return text_; }
  bool secure() const { return scheme_ == "https" || scheme_ == "wss"; }

  bool operator==(const Url& other) const { return text_ == other.text_; }
  auto operator<=>(const Url& other) const { return text_ <=> other.text_; }

 private:
  Url() = default;
  std::string scheme_, host_, path_, text_;
  std::uint16_t port_ = 0;
};

}  // namespace paygress::util

#pragma once

#include <string>
#include <string_view>

#include "util/result.h"
#include "util/url.h"

namespace paygress::cashu {

// Where a mint answers: http or https, in normal form (lower-case host, no default port, no trailing slash), path included.
// Two mints are the same exactly if these are equal, which is how a token's mint is looked up in the operator's list.
class MintUrl {
 public:
  static util::Result<MintUrl> parse(std::string_view text);

  const std::string& text() const { return text_; }
  const std::string& host() const { return host_; }
  // `path` begins with a slash: "/v1/swap".
  std::string endpoint(std::string_view path) const { return text_ + std::string(path); }

  friend bool operator==(const MintUrl& a, const MintUrl& b) { return a.text_ == b.text_; }
  friend auto operator<=>(const MintUrl& a, const MintUrl& b) { return a.text_ <=> b.text_; }

 private:
  MintUrl(std::string text, std::string host) : text_(std::move(text)), host_(std::move(host)) {}
  std::string text_;
  std::string host_;
};

}  // namespace paygress::cashu

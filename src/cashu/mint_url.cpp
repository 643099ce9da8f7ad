#include "cashu/mint_url.h"

namespace paygress::cashu {

util::Result<MintUrl> MintUrl::parse(std::string_view text) {
  auto url = util::Url::parse(text);
  if (!url) return url.error();
  if (url->scheme() != "https" && url->scheme() != "http")
    return util::Error{util::Errc::invalid, "a mint's URL begins with https:// or http://", "mint_url_invalid"};
  return MintUrl(url->text(), url->host());
}

}  // namespace paygress::cashu

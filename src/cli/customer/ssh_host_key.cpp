#include "cli/customer/ssh_host_key.h"

#include <sstream>

#include "crypto/hash.h"
#include "util/bytes.h"

namespace paygress::cli {

std::string fingerprint_of(std::string_view key_blob_base64) {
  const auto blob = util::from_base64(key_blob_base64);
  if (!blob) return {};
  auto text = util::base64(crypto::sha256(*blob));
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

std::optional<std::string> matching_line(std::string_view keyscan_output, std::string_view fingerprint) {
  if (fingerprint.empty()) return std::nullopt;
  std::istringstream lines{std::string(keyscan_output)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string host, type, blob;
    if (line.starts_with('#') || !(words >> host >> type >> blob)) continue;
    if (fingerprint_of(blob) == fingerprint) return line;
  }
  return std::nullopt;
}

}  // namespace paygress::cli

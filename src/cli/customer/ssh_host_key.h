// Is the SSH server the one the provider told us of? He sends the fingerprint in an encrypted message, so that nobody between
// us and the pod can take its place; ssh itself can only be given the whole key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace paygress::cli {

// "SHA256:..." of the base64 blob of a public key, as `ssh-keygen -lf` prints it. Empty if it is no base64.
std::string fingerprint_of(std::string_view key_blob_base64);

// The line of `ssh-keyscan`'s output whose key has that fingerprint: the line for a known_hosts file.
std::optional<std::string> matching_line(std::string_view keyscan_output, std::string_view fingerprint);

}  // namespace paygress::cli

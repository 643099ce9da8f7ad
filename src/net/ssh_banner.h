// Does an SSH server answer there, and with which host key? What ssh-keyscan finds out, without a process.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "net/task.h"
#include "util/result.h"

namespace paygress::net {

struct SshBanner {
  std::string banner;                // "SSH-2.0-OpenSSH_9.2p1", without its line end
  std::string host_key_sha256 = {};  // "SHA256:..." as ssh-keygen -lf prints it; empty if the key could not be read
};

// Reads the banner and goes through the key exchange of RFC 4253 and RFC 8731 as far as the host key. An ed25519 key's
// signature over the exchange is verified, so the server holds that key; other kinds are taken as shown (as ssh-keyscan
// does). Without a banner: unavailable, and the text says what was found instead.
Task<util::Result<SshBanner>> read_ssh_banner(boost::asio::any_io_executor executor, std::string host, std::uint16_t port,
                                              std::chrono::milliseconds timeout);

}  // namespace paygress::net

// From a host's name to a connected socket. Internal to net.
#pragma once

#include <cstdint>
#include <string>

#include "net/stream.h"
#include "net/task.h"
#include "util/result.h"

namespace paygress::net {

// Tries the host's addresses one after the other. With `public_only`, those that AddressPolicy denies are left out, after
// the name was resolved, so that no name can lead inside. Codes: unreachable, address_denied (refused).
Task<util::Result<Stream::Socket>> connect_tcp(boost::asio::any_io_executor executor, std::string host, std::uint16_t port,
                                               bool public_only);

}  // namespace paygress::net

// TLS settings for both sides. Internal to net.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "net/http_server.h"
#include "util/result.h"

namespace paygress::net {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// Trusts the authorities in `ca_pem`, or the system's if it is empty. TLS 1.2 and up.
util::Result<TlsContext> client_tls(const std::string& ca_pem);

// Throws boost::system::system_error if a PEM text is not usable: the operator's or the test's mistake, at start.
TlsContext server_tls(const ServerTls& settings);

}  // namespace paygress::net

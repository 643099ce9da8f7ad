#include "net/tls_context.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/verify_mode.hpp>

#include <openssl/ssl.h>

namespace paygress::net {
namespace asio = boost::asio;
using asio::ssl::context;

namespace {

TlsContext at_least_tls12(context::method method) {
  auto tls = std::make_shared<context>(method);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  return tls;
}

}  // namespace

util::Result<TlsContext> client_tls(const std::string& ca_pem) {
  auto tls = at_least_tls12(context::tls_client);
  boost::system::error_code failed;
  if (ca_pem.empty()) {
    tls->set_default_verify_paths(failed);
  } else {
    tls->add_certificate_authority(asio::buffer(ca_pem), failed);
  }
  if (failed)
    return util::Error{util::Errc::invalid, "the list of certificate authorities cannot be read: " + failed.message(),
                       "tls_failed"};
  return tls;
}

TlsContext server_tls(const ServerTls& settings) {
  auto tls = at_least_tls12(context::tls_server);
  tls->use_certificate_chain(asio::buffer(settings.cert_pem));
  tls->use_private_key(asio::buffer(settings.key_pem.reveal()), context::pem);
  if (!settings.client_ca_pem.empty()) {
    tls->add_certificate_authority(asio::buffer(settings.client_ca_pem));
    asio::ssl::verify_mode mode = asio::ssl::verify_peer;
    if (settings.require_client_cert) mode |= asio::ssl::verify_fail_if_no_peer_cert;
    tls->set_verify_mode(mode);
  }
  return tls;
}

}  // namespace paygress::net

#include "net/stream.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace paygress::net {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

bool is_ip_address(const std::string& host) {
  error_code failed;
  asio::ip::make_address(host, failed);
  return !failed;
}

// The reason a person understands: "certificate has expired" rather than "certificate verify failed".
std::string describe(SSL* ssl, const error_code& failure) {
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict != X509_V_OK) return X509_verify_cert_error_string(verdict);
  return failure.message();
}

}  // namespace

Stream::Stream(Socket socket) : layers_(std::make_unique<Layers>(std::move(socket))) {}

Stream::Stream(Socket socket, std::shared_ptr<asio::ssl::context> tls) : Stream(std::move(socket)) {
  if (!tls) return;
  layers_->tls.emplace(layers_->socket, *tls);
  layers_->context = std::move(tls);
}

Task<util::Result<>> Stream::connect_tls(std::string host) {
  if (!layers_->tls) co_return util::Result<>();
  auto& tls = *layers_->tls;
  if (!is_ip_address(host)) SSL_set_tlsext_host_name(tls.native_handle(), host.c_str());
  tls.set_verify_mode(asio::ssl::verify_peer);
  tls.set_verify_callback(asio::ssl::host_name_verification(host));
  error_code failed;
  co_await tls.async_handshake(asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, failed));
  if (!failed) co_return util::Result<>();
  if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
  co_return util::Error{util::Errc::unavailable, host + ": TLS failed: " + describe(tls.native_handle(), failed), "tls_failed"};
}

Task<bool> Stream::accept_tls() {
  if (!layers_->tls) co_return true;
  error_code failed;
  co_await layers_->tls->async_handshake(asio::ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, failed));
  co_return !failed;
}

std::string Stream::peer_common_name() const {
  if (!layers_->tls) return {};
  SSL* ssl = layers_->tls->native_handle();
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return {};
  char name[256] = {};
  const int length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  return length > 0 ? std::string(name, static_cast<std::size_t>(length)) : std::string();
}

void Stream::close() {
  error_code ignored;
  layers_->socket.close(ignored);
}

}  // namespace paygress::net

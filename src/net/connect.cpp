#include "net/connect.h"

#include <memory>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "net/address_policy.h"

namespace paygress::net {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor) {}
  tcp::resolver resolver;
  Event done;
  error_code failed;
  std::vector<tcp::endpoint> endpoints;
};

// getaddrinfo runs on Asio's resolver thread and cannot be interrupted. A cancelled task leaves it behind: the handler holds
// the only thing it touches.
Task<util::Result<std::vector<tcp::endpoint>>> resolve(asio::any_io_executor executor, std::string host, std::uint16_t port) {
  const auto lookup = std::make_shared<Lookup>(executor);
  lookup->resolver.async_resolve(host, std::to_string(port), tcp::resolver::numeric_service,
                                 [lookup](const error_code& failed, const tcp::resolver::results_type& results) {
                                   lookup->failed = failed;
                                   for (const auto& entry : results) lookup->endpoints.push_back(entry.endpoint());
                                   lookup->done.notify();
                                 });
  co_await lookup->done.wait();
  if (lookup->failed || lookup->endpoints.empty()) {
    co_return util::Error{util::Errc::unavailable, host + ": no such host name, or DNS does not answer", "unreachable"};
  }
  co_return std::move(lookup->endpoints);
}

}  // namespace

Task<util::Result<Stream::Socket>> connect_tcp(asio::any_io_executor executor, std::string host, std::uint16_t port,
                                               bool public_only) {
  auto endpoints = co_await resolve(executor, host, port);
  if (!endpoints) co_return endpoints.error();
  const std::string where = host + ":" + std::to_string(port);
  if (public_only) {
    std::erase_if(*endpoints, [](const tcp::endpoint& endpoint) { return !AddressPolicy::is_public(endpoint.address()); });
    if (endpoints->empty()) co_return util::Error{util::Errc::refused, where + " is not on the public internet", "address_denied"};
  }
  error_code failed;
  for (const auto& endpoint : *endpoints) {
    tcp::socket socket(executor);
    co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failed));
    if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
    if (failed) continue;
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    Stream::Socket connected(std::move(socket));
    co_return std::move(connected);
  }
  co_return util::Error{util::Errc::unavailable, where + ": " + failed.message(), "unreachable"};
}

}  // namespace paygress::net

// May a host that a stranger named be dialled? Only if its address is on the public internet (server-side request forgery).
#pragma once

#include <boost/asio/ip/address.hpp>

namespace paygress::net {

class AddressPolicy {
 public:
  // False for private, loopback, link-local (and so every cloud's metadata service), carrier-grade NAT, multicast, reserved,
  // documentation, unique-local, and for IPv6 forms that carry an IPv4 address of such a kind (mapped, NAT64, 6to4, Teredo).
  static bool is_public(const boost::asio::ip::address& address);
};

}  // namespace paygress::net

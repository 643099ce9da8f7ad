#include "net/address_policy.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace paygress::net {

namespace {

using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

struct Block4 {
  std::uint32_t first;
  int bits;
};

// IANA IPv4 Special-Purpose Address Registry, and multicast.
constexpr Block4 kDenied4[] = {
    {0x00000000, 8},   // 0.0.0.0/8        this network
    {0x0a000000, 8},   // 10.0.0.0/8       private
    {0x64400000, 10},  // 100.64.0.0/10    carrier-grade NAT
    {0x7f000000, 8},   // 127.0.0.0/8      loopback
    {0xa9fe0000, 16},  // 169.254.0.0/16   link-local, metadata services
    {0xac100000, 12},  // 172.16.0.0/12    private
    {0xc0000000, 24},  // 192.0.0.0/24     protocol assignments
    {0xc0000200, 24},  // 192.0.2.0/24     documentation
    {0xc0586300, 24},  // 192.88.99.0/24   6to4 relays, withdrawn
    {0xc0a80000, 16},  // 192.168.0.0/16   private
    {0xc6120000, 15},  // 198.18.0.0/15    benchmarks
    {0xc6336400, 24},  // 198.51.100.0/24  documentation
    {0xcb007100, 24},  // 203.0.113.0/24   documentation
    {0xe0000000, 4},   // 224.0.0.0/4      multicast
    {0xf0000000, 4},   // 240.0.0.0/4      reserved, broadcast
};

bool is_public4(std::uint32_t address) {
  return std::none_of(std::begin(kDenied4), std::end(kDenied4), [address](const Block4& block) {
    return (address >> (32 - block.bits)) == (block.first >> (32 - block.bits));
  });
}

std::uint32_t word_at(const address_v6::bytes_type& bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

bool is_public6(const address_v6& address) {
  const auto bytes = address.to_bytes();
  const std::uint32_t first = word_at(bytes, 0);
  // 64:ff9b::/96 (NAT64) leads to the IPv4 address at its end.
  if (first == 0x0064ff9b && word_at(bytes, 4) == 0 && word_at(bytes, 8) == 0) return is_public4(word_at(bytes, 12));
  // Everything else must be global unicast, 2000::/3; that leaves out loopback, mapped IPv4, fc00::/7, fe80::/10, ff00::/8.
  if ((first >> 29) != 1) return false;
  if (first == 0x20010db8) return false;                              // 2001:db8::/32 documentation
  if ((first >> 4) == 0x3fff000) return false;                        // 3fff::/20     documentation
  if ((first >> 9) == (0x20010000 >> 9)) return false;                // 2001::/23     protocol assignments, with Teredo
  if ((first >> 16) == 0x2002) return is_public4(word_at(bytes, 2));  // 2002::/16 6to4, the IPv4 address inside
  return true;
}

}  // namespace

bool AddressPolicy::is_public(const boost::asio::ip::address& address) {
  if (address.is_v4()) return is_public4(address.to_v4().to_uint());
  return is_public6(address.to_v6());
}

}  // namespace paygress::net

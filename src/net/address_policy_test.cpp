#include "net/address_policy.h"

#include <doctest/doctest.h>

using paygress::net::AddressPolicy;

namespace {
bool is_public(const char* text) { return AddressPolicy::is_public(boost::asio::ip::make_address(text)); }
}  // namespace

TEST_CASE("addresses of the public internet may be dialled") {
  for (const char* text :
       {"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "169.253.255.255",
        "223.255.255.255", "2606:4700:4700::1111", "2a01:4f8::1", "2001:4860:4860::8888", "64:ff9b::808:808", "2002:808:808::1"}) {
    CAPTURE(text);
    CHECK(is_public(text));
  }
}

TEST_CASE("what a stranger could reach inside our network may not") {
  for (const char* text : {"0.0.0.0",     "10.0.0.1",        "10.43.0.1",       "100.64.0.1", "100.127.255.255",
                           "127.0.0.1",   "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255",
                           "192.0.0.1",   "192.0.2.1",       "192.168.1.1",     "198.18.0.1", "198.51.100.7",
                           "203.0.113.9", "224.0.0.1",       "239.255.255.255", "240.0.0.1",  "255.255.255.255"}) {
    CAPTURE(text);
    CHECK_FALSE(is_public(text));
  }
  for (const char* text : {"::",
                           "::1",
                           "::ffff:10.0.0.1",
                           "::ffff:8.8.8.8",
                           "::127.0.0.1",
                           "fc00::1",
                           "fd00:ec2::254",
                           "fe80::1",
                           "fe80::1%1",
                           "fec0::1",
                           "ff02::1",
                           "2001:db8::1",
                           "2001::1",
                           "2001:0:4136:e378::1",
                           "3fff::1",
                           "2002:a00:1::1",
                           "2002:7f00:1::",
                           "64:ff9b::10.0.0.1",
                           "64:ff9b::169.254.169.254",
                           "64:ff9b:1::8.8.8.8",
                           "100::1",
                           "5f00::1"}) {
    CAPTURE(text);
    CHECK_FALSE(is_public(text));
  }
}

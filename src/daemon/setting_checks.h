// What single settings must look like: found out at the start, not by the first customer who has paid.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace paygress::daemon {

// A host name, an IPv4 address, or an IPv6 address without brackets; nothing with a port.
bool is_host(const std::string&);

// A reference to a container image as the kubelet reads it: [registry[:port]/]path[:tag][@digest]. Anything else is
// InvalidImageName, and no pod of it ever starts.
bool is_image(const std::string&);

// What Kubernetes takes as the name of a runtime class: lower-case DNS names.
bool is_dns_subdomain(const std::string&);

// "127.0.0.1:8080", "[::1]:8080"
std::optional<std::pair<std::string, std::uint16_t>> parse_endpoint(const std::string&);

}  // namespace paygress::daemon

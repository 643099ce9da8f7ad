#include "kube/network_policies.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include "util/log.h"

namespace paygress::kube {
namespace {

using util::Json;

constexpr const char* kNeverV4[] = {
    "0.0.0.0/8",       // this host
    "10.0.0.0/8",      // private, RFC 1918
    "100.64.0.0/10",   // shared by carriers, RFC 6598
    "127.0.0.0/8",     // loopback
    "169.254.0.0/16",  // link-local, metadata services of clouds
    "172.16.0.0/12",   // private
    "192.0.0.0/24",    // protocol assignments
    "192.168.0.0/16",  // private
    "198.18.0.0/15",   // benchmarks
    "224.0.0.0/4",     // multicast
    "240.0.0.0/4",     // reserved, broadcast
};
// Without ::ffff:0:0/96: Kubernetes reads it as an IPv4 range and refuses the policy, and no packet carries it.
constexpr const char* kNeverV6[] = {
    "::/96",         // unspecified, loopback, old mapped addresses
    "64:ff9b::/96",  // IPv4 behind NAT64
    "64:ff9b:1::/48",
    "2001::/32",  // Teredo
    "2002::/16",  // 6to4
    "fc00::/7",   // unique local
    "fe80::/10",  // link-local
    "ff00::/8",   // multicast
};

constexpr unsigned char kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Json tcp(int port) { return {{"protocol", "TCP"}, {"port", port}}; }
Json tcp(int first, int last) { return {{"protocol", "TCP"}, {"port", first}, {"endPort", last}}; }
Json udp(int port) { return {{"protocol", "UDP"}, {"port", port}}; }

// Policies can only allow: everything but the mail ports is said as the ranges between them.
Json internet_ports() {
  return Json::array({tcp(1, 24), tcp(26, 464), tcp(466, 586), tcp(588, 65535), udp(53), udp(123), udp(443)});
}

Json block(const char* whole, Json except) { return {{"ipBlock", {{"cidr", whole}, {"except", std::move(except)}}}}; }

Json internet(const std::vector<std::string>& blocked) {
  Json v4 = Json::array(), v6 = Json::array();
  for (const char* cidr : kNeverV4) v4.push_back(cidr);
  for (const char* cidr : kNeverV6) v6.push_back(cidr);
  for (const std::string& text : blocked) {
    const auto cidr = canonical_cidr(text);
    if (!cidr) {
      util::log_warning("an address to block cannot be read", {{"PAYGRESS_ADDRESS", text}});
      continue;
    }
    Json& list = cidr->find(':') == std::string::npos ? v4 : v6;
    if (std::find(list.begin(), list.end(), *cidr) == list.end()) list.push_back(*cidr);
  }
  return Json::array({block("0.0.0.0/0", std::move(v4)), block("::/0", std::move(v6))});
}

}  // namespace

util::Result<std::string> canonical_cidr(std::string_view text) {
  const util::Error malformed{util::Errc::malformed, "expected an IP address or a range like 10.0.0.0/8", "cidr_malformed"};
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  unsigned char bytes[16] = {};
  const bool v6 = address.find(':') != std::string::npos;
  if (inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), bytes) != 1) return malformed;
  const int width = v6 ? 128 : 32;
  int length = width;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc() || stop != digits.data() + digits.size() || length < 1 || length > width) return malformed;
  }
  for (int bit = length; bit < width; ++bit) bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] & ~(0x80 >> bit % 8));
  const bool mapped = v6 && std::equal(bytes, bytes + 12, kMappedPrefix);
  if (mapped) return malformed;
  char out[INET6_ADDRSTRLEN];
  inet_ntop(v6 ? AF_INET6 : AF_INET, bytes, out, sizeof out);
  return std::string(out) + "/" + std::to_string(length);
}

std::vector<NetworkPolicy> network_policies(const std::vector<std::string>& blocked, std::uint16_t ssh_port) {
  const Json all_pods = Json::object();
  const Json dns_pods = {{"namespaceSelector", {{"matchLabels", {{"kubernetes.io/metadata.name", "kube-system"}}}}},
                         {"podSelector", {{"matchLabels", {{"k8s-app", "kube-dns"}}}}}};
  const Json ssh_in = {{"ports", Json::array({tcp(ssh_port)})}};
  const Json dns_out = {{"to", Json::array({dns_pods})}, {"ports", Json::array({udp(53), tcp(53)})}};
  const Json internet_out = {{"to", internet(blocked)}, {"ports", internet_ports()}};
  return {
      {"default-deny", {{"podSelector", all_pods}, {"policyTypes", Json::array({"Ingress", "Egress"})}}},
      {"allow-ssh", {{"podSelector", all_pods}, {"policyTypes", Json::array({"Ingress"})}, {"ingress", Json::array({ssh_in})}}},
      {"allow-dns", {{"podSelector", all_pods}, {"policyTypes", Json::array({"Egress"})}, {"egress", Json::array({dns_out})}}},
      {"allow-internet",
       {{"podSelector", all_pods}, {"policyTypes", Json::array({"Egress"})}, {"egress", Json::array({internet_out})}}},
  };
}

}  // namespace paygress::kube

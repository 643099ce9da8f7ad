// Whom the client trusts, and how it says who it is.
#include "net/certificates_test_support.h"
#include "net/http_world_test_support.h"

using namespace paygress;
using namespace paygress::net;
using World = net::test::HttpWorld;

TEST_CASE("TLS: the given authority, its names and client certificates") {
  const test::CertificateAuthority authority;
  const test::CertificateAuthority stranger;
  const auto server_cert = authority.issue("kubernetes", "DNS:kubernetes");
  const auto client_cert = authority.issue("paygress-operator", "DNS:client");
  World world;
  ServerTls tls{server_cert.cert_pem, util::Secret(server_cert.key_pem), authority.ca_pem(), false};
  world.serve(ListenAddress::tcp("127.0.0.1", 0), std::move(tls));
  HttpRequest request;
  request.url = "https://127.0.0.1:" + std::to_string(world.server->port()) + "/who";
  TlsIdentity identity;
  identity.ca_pem = authority.ca_pem();

  SUBCASE("the certificate's name is not the URL's host") {
    request.tls = std::make_shared<TlsIdentity>(identity);
    const auto response = world.send(request);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == "unreachable");
    CHECK(response.error().message.find("TLS") != std::string::npos);
  }
  SUBCASE("unless the name to expect is given") {
    identity.server_name = "kubernetes";
    request.tls = std::make_shared<TlsIdentity>(identity);
    const auto response = world.send(request);
    REQUIRE(response);
    CHECK(response->body.empty());
  }
  SUBCASE("a client certificate says who we are") {
    identity.server_name = "kubernetes";
    identity.cert_pem = client_cert.cert_pem;
    identity.key_pem = util::Secret(client_cert.key_pem);
    request.tls = std::make_shared<TlsIdentity>(identity);
    const auto response = world.send(request);
    REQUIRE(response);
    CHECK(response->body == "paygress-operator");
  }
  SUBCASE("another authority is not trusted") {
    identity.server_name = "kubernetes";
    identity.ca_pem = stranger.ca_pem();
    request.tls = std::make_shared<TlsIdentity>(identity);
    CHECK_FALSE(world.send(request));
  }
  SUBCASE("nor is the test's authority by default") { CHECK_FALSE(world.send(request)); }
  SUBCASE("unless checking is off, as some kubeconfigs have it") {
    TlsIdentity careless;
    careless.insecure_skip_verify = true;
    request.tls = std::make_shared<TlsIdentity>(careless);
    CHECK(world.send(request));
  }
}

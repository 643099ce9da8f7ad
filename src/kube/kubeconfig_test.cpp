#include <doctest/doctest.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "kube/kubeconfig.h"
#include "net/http_client.h"
#include "util/bytes.h"

namespace paygress::kube {
namespace {

using util::Errc;

struct Pair {
  std::string certificate, key;
};

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

// A certificate signed by itself that ends at the given second.
Pair make_pair(std::int64_t end) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  ASN1_TIME_set(X509_getm_notBefore(certificate), 0);
  ASN1_TIME_set(X509_getm_notAfter(certificate), end);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  BIO* certificate_text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_text, certificate);
  BIO* key_text = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_text, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {text_of(certificate_text), text_of(key_text)};
}

const Pair& identity() {
  static const Pair pair = make_pair(2'000'000'000);
  return pair;
}

std::string data(const std::string& text) { return util::base64(util::as_bytes(text)); }

// An environment of files that exist only here.
struct Files {
  std::map<std::string, std::string> files;
  Environment environment;

  Files() {
    environment.variables["HOME"] = "/home/op";
    environment.read_file = [this](const std::string& path) -> util::Result<std::string> {
      const auto found = files.find(path);
      if (found == files.end()) return util::Error{Errc::not_found, path + ": No such file or directory"};
      if (found->second == "unreadable") return util::Error{Errc::unavailable, path + ": Permission denied"};
      return found->second;
    };
  }
  Files(const Files&) = delete;

  util::Result<ClusterAccess> load() { return load_cluster_access(environment); }
  std::string problem() {
    auto access = load();
    return access ? "accepted" : access.error().message;
  }
};

std::string config(const std::string& cluster, const std::string& user, const std::string& context = "{cluster: c, user: u}") {
  return "apiVersion: v1\nkind: Config\ncurrent-context: x\nclusters: [{name: c, cluster: " + cluster +
         "}]\nusers: [{name: u, user: " + user + "}]\ncontexts: [{name: x, context: " + context + "}]\n";
}

std::string problem_of(const std::string& cluster, const std::string& user, const std::string& context = "{cluster: c, user: u}") {
  Files files;
  files.files["/home/op/.kube/config"] = config(cluster, user, context);
  return files.problem();
}

bool says(const std::string& message, const std::string& part) {
  if (message.find(part) != std::string::npos && message.find('\n') == std::string::npos) return true;
  MESSAGE(message);
  return false;
}

TEST_CASE("the file of k3s, with everything as data, is found last and read whole") {
  Files files;
  files.files["/etc/rancher/k3s/k3s.yaml"] =
      "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: " + data(identity().certificate) +
      "\n    server: https://127.0.0.1:6443\n  name: default\ncontexts:\n- context:\n    cluster: default\n    user: default\n  "
      "name: default\n"
      "current-context: default\nkind: Config\npreferences: {}\nusers:\n- name: default\n  user:\n    client-certificate-data: " +
      data(identity().certificate) + "\n    client-key-data: " + data(identity().key) + "\n";
  const auto access = files.load();
  REQUIRE(access);
  CHECK(access->server == "https://127.0.0.1:6443");
  CHECK(access->tls->ca_pem == identity().certificate);
  CHECK(access->tls->cert_pem == identity().certificate);
  CHECK(access->tls->key_pem.reveal() == identity().key);
  CHECK(util::unix_seconds(*access->certificate_ends) == 2'000'000'000);
  CHECK(access->token.empty());
}

TEST_CASE("paths are relative to the file that names them") {
  Files files;
  files.environment.explicit_path = "/srv/cluster/pki/paygress.json";
  files.files["/srv/cluster/pki/paygress.json"] =
      config("{server: 'https://10.0.0.1:6443/', certificate-authority: ca.crt}",
             "{client-certificate: ../me.crt, client-key: /keys/me.key, tokenFile: token}");
  files.files["/srv/cluster/pki/ca.crt"] = identity().certificate;
  files.files["/srv/cluster/pki/../me.crt"] = identity().certificate;
  files.files["/keys/me.key"] = identity().key;
  files.files["/srv/cluster/pki/token"] = "  abc\n";
  const auto access = files.load();
  REQUIRE(access);
  CHECK(access->server == "https://10.0.0.1:6443");
  CHECK(access->token.reveal() == "abc");
  CHECK(access->token_file == "/srv/cluster/pki/token");
}

TEST_CASE("KUBECONFIG is a list: the first that defines a name wins, missing files are passed over") {
  Files files;
  files.environment.variables["KUBECONFIG"] = "/a:/none::/b:/a";
  files.files["/a"] = "clusters: [{name: c, cluster: {server: 'https://first:1'}}]\nusers: [{name: u, user: {token: one}}]\n";
  files.files["/b"] = config("{server: 'https://second:1', certificate-authority: ignored}", "{token: two, username: ignored}");
  const auto access = files.load();
  REQUIRE(access);
  CHECK(access->server == "https://first:1");
  CHECK(access->token.reveal() == "one");

  files.files["/b"] = "current-context: [";
  CHECK(says(files.problem(), "/b: line 2, column 1"));
  files.files.clear();
  CHECK(says(files.problem(), "KUBECONFIG names no file that exists: /a:/none::/b:/a"));
}

TEST_CASE("the explicit path stands alone, and must exist") {
  Files files;
  files.environment.variables["KUBECONFIG"] = "/a";
  files.files["/a"] = config("{server: 'https://a'}", "{token: a}");
  files.environment.explicit_path = "/missing";
  CHECK(says(files.problem(), "/missing: no such file"));
  files.environment.explicit_path = "/secret";
  files.files["/secret"] = "unreadable";
  CHECK(says(files.problem(), "/secret: Permission denied"));
}

TEST_CASE("in a pod of the cluster the service account is used") {
  Files files;
  files.environment.variables["KUBERNETES_SERVICE_HOST"] = "fd00::1";
  files.environment.variables["KUBERNETES_SERVICE_PORT"] = "443";
  files.files["/var/run/secrets/kubernetes.io/serviceaccount/token"] = "sa-token\n";
  files.files["/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"] = identity().certificate;
  const auto access = files.load();
  REQUIRE(access);
  CHECK(access->server == "https://[fd00::1]");
  CHECK(access->token.reveal() == "sa-token");
  CHECK(access->token_file == "/var/run/secrets/kubernetes.io/serviceaccount/token");
  files.files.clear();
  CHECK(says(files.problem(), "serviceaccount/token"));
}

TEST_CASE("without any cluster the places that were looked at are named") {
  Files files;
  CHECK(says(files.problem(), "none of /home/op/.kube/config, /etc/rancher/k3s/k3s.yaml exists"));
}

TEST_CASE("fields are read strictly, and named when wrong") {
  CHECK(says(problem_of("{server: 'https://a'}", "{token: 123}"),
             "/home/op/.kube/config: users[0].user.token: expected a string, not a number"));
  CHECK(says(problem_of("{server: 'https://a', insecure-skip-tls-verify: 'no'}", "{token: a}"),
             "clusters[0].cluster.insecure-skip-tls-verify: expected true or false"));
  CHECK(says(problem_of("{server: 'https://a', certificate-authority-data: '%'}", "{token: a}"),
             "clusters[0].cluster.certificate-authority-data: not base64"));
  CHECK(says(problem_of("[]", "{token: a}"), "clusters[0].cluster: expected a mapping"));
  CHECK(says(problem_of("{server: 'https://a'}", "{token: a, as: b, as-groups: [1]}"),
             "users[0].user.as-groups: expected a list of strings"));
  Files files;
  files.files["/home/op/.kube/config"] = "kind: Pod\n";
  CHECK(says(files.problem(), "kind: expected Config"));
  files.files["/home/op/.kube/config"] = "users: {}\n";
  CHECK(says(files.problem(), "users: expected a list"));
  files.files["/home/op/.kube/config"] = "users: [{name: a}, {name: a}]\n";
  CHECK(says(files.problem(), "users[1].name: \"a\" appears twice"));
}

TEST_CASE("the checks of client-go") {
  const std::string good = "{server: 'https://a'}", token = "{token: a}";
  CHECK(problem_of(good, token) == "accepted");
  CHECK(says(problem_of("{}", token), "no server found for cluster \"c\""));
  CHECK(says(problem_of("{server: 'https://a', proxy-url: 'ftp://p'}", token), "invalid 'proxy-url'"));
  CHECK(says(problem_of("{server: 'https://a', certificate-authority: a, certificate-authority-data: YQ==}", token),
             "certificate-authority-data and certificate-authority are both specified for c"));
  CHECK(says(problem_of(good, "{client-certificate: a, client-certificate-data: YQ==, client-key: b}"),
             "client-certificate-data and client-certificate are both specified for u"));
  CHECK(says(problem_of(good, "{client-certificate: a, client-key: b, client-key-data: YQ==}"),
             "client-key-data and client-key are both specified for u"));
  CHECK(says(problem_of(good, "{client-certificate: a}"), "client-key-data or client-key must be specified for u"));
  CHECK(says(problem_of(good, "{token: a, username: b, password: c}"),
             "more than one authentication method found for u; found [token basicAuth]"));
  CHECK(says(problem_of(good, "{token: a, as-uid: b}"), "without impersonating a user"));
  CHECK(says(problem_of(good, token, "{cluster: d, user: u}"), "cluster \"d\" was not found for context \"x\""));
  CHECK(says(problem_of(good, token, "{cluster: c, user: v}"), "user \"v\" was not found for context \"x\""));
  CHECK(says(problem_of(good, token, "{user: u}"), "cluster was not specified for context \"x\""));
  CHECK(says(problem_of(good, token, "{cluster: c}"), "user was not specified for context \"x\""));
  CHECK(
      says(problem_of(good, token, "{cluster: c, user: u, namespace: A_B}"), "does not conform to the kubernetes DNS_LABEL rules"));
  Files files;
  files.files["/home/op/.kube/config"] = "current-context: gone\n";
  CHECK(says(files.problem(), "context was not found for specified context: gone"));
  files.files["/home/op/.kube/config"] = "# to be written\n";
  CHECK(says(files.problem(), "/home/op/.kube/config: current-context is not set"));
  files.files["/home/op/.kube/config"] = "<html>404</html>";
  CHECK(files.problem() == "/home/op/.kube/config: expected a mapping");
}

TEST_CASE("programs that fetch credentials are refused by name, with what to do instead") {
  const std::string good = "{server: 'https://a'}";
  CHECK(says(problem_of(good, "{exec: {command: aws, apiVersion: client.authentication.k8s.io/v1}}"),
             "exec plugin \"aws\", which is not run here; give the daemon an identity of its own"));
  CHECK(says(problem_of(good, "{auth-provider: {name: gcp}}"), "auth-provider \"gcp\""));
  CHECK(says(problem_of(good, "{username: a, password: b}"), "does not know since 1.19"));
  CHECK(says(problem_of(good, "{}"), "user \"u\" has no credentials"));
}

TEST_CASE("nothing secret goes over an open line, and nothing unchecked without saying so") {
  CHECK(says(problem_of("{server: 'http://cluster.example'}", "{token: a}"), "http to another machine is refused"));
  CHECK(says(problem_of("{server: 'https://a', insecure-skip-tls-verify: true}", "{token: a}"),
             "insecure-skip-tls-verify is refused"));
  CHECK(says(problem_of("{server: 'cluster.example:6443'}", "{token: a}"), "expected https://host:port"));

  Files files;
  files.files["/home/op/.kube/config"] = config("{server: 'http://127.0.0.1:8001'}", "{token: secret}");
  const auto local = files.load();
  REQUIRE(local);
  CHECK(local->token.empty());
  CHECK(local->tls == nullptr);
  CHECK(local->warnings.size() == 1);

  files.environment.allow_insecure = true;
  files.files["/home/op/.kube/config"] = config("{server: 'https://a', insecure-skip-tls-verify: true}", "{token: a}");
  const auto unchecked = files.load();
  REQUIRE(unchecked);
  CHECK(unchecked->tls->insecure_skip_verify);
  CHECK(unchecked->warnings.size() == 1);
}

TEST_CASE("certificates are looked at before they are used") {
  const std::string ca = "{server: 'https://a', certificate-authority-data: " + data("not a certificate") + "}";
  CHECK(says(problem_of(ca, "{token: a}"), "certificate-authority of cluster \"c\" is not a PEM certificate"));
  const std::string good = "{server: 'https://a'}";
  const std::string foreign_key = "{client-certificate-data: " + data(identity().certificate) +
                                  ", client-key-data: " + data(make_pair(2'000'000'000).key) + "}";
  CHECK(says(problem_of(good, foreign_key), "the key does not belong to the certificate"));
  const std::string no_key =
      "{client-certificate-data: " + data(identity().certificate) + ", client-key-data: " + data("hunter2") + "}";
  CHECK(says(problem_of(good, no_key), "not a PEM private key"));
  CHECK(problem_of(good, no_key).find("hunter2") == std::string::npos);
  CHECK(says(problem_of(good, "{client-certificate: /none, client-key: /none}"),
             "unable to read client-certificate of user \"u\": /none: No such file"));
}

TEST_CASE("a token file wins over the token, which helps out when the file is empty") {
  Files files;
  files.files["/home/op/.kube/config"] = config("{server: 'https://a'}", "{token: old, tokenFile: t}");
  files.files["/home/op/.kube/t"] = "new\n";
  CHECK(files.load()->token.reveal() == "new");
  files.files["/home/op/.kube/t"] = "\n";
  const auto access = files.load();
  REQUIRE(access);
  CHECK(access->token.reveal() == "old");
  CHECK(access->warnings.size() == 1);
  files.files["/home/op/.kube/config"] = config("{server: 'https://a'}", "{tokenFile: t}");
  CHECK(says(files.problem(), "tokenFile of user \"u\": /home/op/.kube/t: empty"));
}

TEST_CASE("server name, proxy and impersonation reach the client") {
  Files files;
  files.files["/home/op/.kube/config"] =
      config("{server: 'https://10.0.0.1', tls-server-name: api.example, proxy-url: 'socks5://p:1080'}",
             "{token: a, as: bob, as-groups: [g1, g2], as-user-extra: {scope: [s]}}");
  const auto access = files.load();
  REQUIRE(access);
  CHECK(access->tls->server_name == "api.example");
  CHECK(access->proxy == "socks5h://p:1080");
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"Impersonate-User", "bob"}, {"Impersonate-Group", "g1"}, {"Impersonate-Group", "g2"}, {"Impersonate-Extra-scope", "s"}};
  CHECK(access->headers == headers);
  CHECK(says(problem_of("{server: 'https://a'}", "{token: a, as: \"b\\nEvil: 1\"}"), "control characters"));
}

}  // namespace
}  // namespace paygress::kube

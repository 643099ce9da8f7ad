// Rentals against a real Kubernetes. cluster_test.py starts one and runs this with
//   PAYGRESS_TEST_KUBECONFIG        an identity with the rights of packaging/kubernetes/rbac.yaml, by token
//   PAYGRESS_TEST_ADMIN_KUBECONFIG  the administrator, by client certificate
//   PAYGRESS_TEST_IMAGE             an image that follows linuxserver/openssh-server and is there already
// in the network namespace in which its API server can be reached.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include <boost/asio/io_context.hpp>

#include "kube/rental.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/run_test_support.h"
#include "util/bytes.h"

namespace paygress::kube {
namespace {

using namespace std::chrono_literals;

std::string random_id() {
  std::random_device device;
  util::Bytes bytes(6);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(device());
  return util::hex(bytes);
}

struct RealCluster {
  boost::asio::io_context context;
  net::SystemClock clock;
  std::unique_ptr<net::HttpClient> http = net::make_curl_client(context.get_executor());
  Client client;
  Rentals rentals;

  explicit RealCluster(ClusterAccess access)
      : client(*http, clock, std::move(access)), rentals(client, clock, [] { return std::random_device()(); }) {}

  template <class T>
  T run(net::Task<T> task) {
    return net::test::run(context, std::move(task));
  }

  // What it is once it is `wanted`, or at the end of the time.
  Observed wait_for(const std::string& name_space, Phase wanted, std::chrono::seconds limit) {
    const auto end = clock.steady_now() + limit;
    for (;;) {
      const auto seen = run(rentals.observe(name_space));
      REQUIRE(seen);
      if (seen->phase == wanted || clock.steady_now() > end) return *seen;
      run(clock.sleep_for(200ms));
    }
  }
};

template <class T>
T must(util::Result<T> result) {
  if (!result) FAIL(result.error().code, ": ", result.error().message);
  return std::move(*result);
}

ClusterAccess access_by(const char* variable) {
  const char* kubeconfig = std::getenv(variable);
  REQUIRE(kubeconfig != nullptr);
  Environment environment = Environment::of_process();
  environment.explicit_path = kubeconfig;
  return must(load_cluster_access(environment));
}

TEST_CASE("the administrator's certificate opens the cluster, too, and the daemon warns of what it may do") {
  RealCluster cluster(access_by("PAYGRESS_TEST_ADMIN_KUBECONFIG"));
  const AccessReport report = must(cluster.run(cluster.rentals.check_access()));
  CHECK(report.user == "admin");
  REQUIRE(report.warnings.size() == 2);  // and its certificate is for 30 days
  CHECK(report.warnings[1].find("system:masters") != std::string::npos);
}

TEST_CASE("the rights of rbac.yaml are enough, and nothing is amiss with them") {
  RealCluster cluster(access_by("PAYGRESS_TEST_KUBECONFIG"));
  const AccessReport report = must(cluster.run(cluster.rentals.check_access()));
  CHECK(report.user == "system:serviceaccount:paygress-system:paygress");
  for (const std::string& warning : report.warnings) FAIL_CHECK(warning);
  CHECK_FALSE(must(cluster.run(cluster.rentals.cluster_addresses())).empty());
}

TEST_CASE("the cluster tells which node ports it has") {
  RealCluster cluster(access_by("PAYGRESS_TEST_KUBECONFIG"));
  PortRange range;
  range.first = 2990;
  range.last = 3009;
  CHECK(must(cluster.run(cluster.rentals.capacity(range))).ports == 11);
  range.first = 30000;
  range.last = 32767;
  const auto outside = cluster.run(cluster.rentals.capacity(range));
  REQUIRE_FALSE(outside);
  CHECK(outside.error().code == "port_out_of_range");
  CHECK(outside.error().message.find("(2000-3000)") != std::string::npos);
}

TEST_CASE("a rental on a real cluster starts, is prolonged, ends by itself and leaves nothing") {
  const char* image = std::getenv("PAYGRESS_TEST_IMAGE");
  REQUIRE(image != nullptr);
  RealCluster cluster(access_by("PAYGRESS_TEST_KUBECONFIG"));
  const AccessReport report = must(cluster.run(cluster.rentals.check_access()));
  MESSAGE("Kubernetes ", report.server_version, " as ", report.user);
  for (const std::string& warning : report.warnings) MESSAGE(warning);

  PodPlan plan;
  plan.lease_id = random_id();
  plan.namespace_prefix = "kube-test";
  plan.image = image;
  plan.image_pull_policy = "Never";
  plan.ssh_username = "alice";
  plan.ssh_password = util::Secret("correct horse");
  plan.cpu_millicores = 250;
  plan.memory_mb = 128;
  plan.storage_mb = 100;
  plan.deadline = 120s;
  plan.dns_policy = "Default";
  REQUIRE(cluster.run(cluster.rentals.can_start(plan)));
  const Capacity before = must(cluster.run(cluster.rentals.capacity(plan.ports)));

  const Started started = must(cluster.run(cluster.rentals.start(plan)));
  const Started again = must(cluster.run(cluster.rentals.start(plan)));
  CHECK(again.job_uid == started.job_uid);
  CHECK(again.node_port == started.node_port);
  const Observed ready = cluster.wait_for(started.name_space, Phase::ready, 60s);
  INFO(ready.reason);
  REQUIRE(ready.phase == Phase::ready);
  CHECK(ready.node_port == started.node_port);
  CHECK(must(cluster.run(cluster.rentals.capacity(plan.ports))).free_ports < before.free_ports);

  // The paid time begins at ready; a top-up moves the end; the same again moves nothing.
  const auto end = cluster.clock.now() + 8s;
  CHECK_FALSE(must(cluster.run(cluster.rentals.set_end(started.name_space, end, "ready"))).too_late);
  const Extended extended = must(cluster.run(cluster.rentals.set_end(started.name_space, end + 6s, "topup1")));
  CHECK_FALSE(extended.too_late);
  CHECK(extended.expires_at >= end + 6s);
  CHECK(extended.expires_at < end + 8s);
  CHECK(must(cluster.run(cluster.rentals.set_end(started.name_space, end + 1h, "topup1"))).expires_at == extended.expires_at);
  const auto found = must(cluster.run(cluster.rentals.list("kube-test")));
  CHECK(std::any_of(found.begin(), found.end(), [&](const Found& f) {
    return f.lease_id == plan.lease_id && f.node_port == started.node_port && f.deadline == extended.expires_at;
  }));

  const auto still = must(cluster.run(cluster.rentals.observe(started.name_space)));
  CHECK(still.pod_uid == ready.pod_uid);
  const Observed over = cluster.wait_for(started.name_space, Phase::ended, 30s);
  CHECK(over.phase == Phase::ended);
  CHECK(cluster.clock.now() >= extended.expires_at - 1s);
  CHECK(cluster.clock.now() <= extended.expires_at + 10s);
  CHECK(must(cluster.run(cluster.rentals.set_end(started.name_space, end + 1h, "topup2"))).too_late);
  CHECK(cluster.run(cluster.rentals.start(plan)).error().code == "lease_ended");

  CHECK(cluster.run(cluster.rentals.remove(started.name_space)));
  CHECK(cluster.run(cluster.rentals.remove(started.name_space)));
  CHECK(cluster.wait_for(started.name_space, Phase::missing, 30s).phase == Phase::missing);

  // Two rentals that insist on one port: the second gets another.
  plan.lease_id = random_id();
  plan.node_port = started.node_port;
  const Started first = must(cluster.run(cluster.rentals.start(plan)));
  const std::string first_lease = plan.lease_id;
  plan.lease_id = random_id();
  const Started second = must(cluster.run(cluster.rentals.start(plan)));
  CHECK(second.node_port != first.node_port);
  // An image that is not there is hopeless, and says so.
  CHECK(cluster.run(cluster.rentals.remove(first.name_space)));
  CHECK(cluster.run(cluster.rentals.remove(second.name_space)));
  plan.lease_id = random_id();
  plan.image = "localhost/none:1";
  const Started vain = must(cluster.run(cluster.rentals.start(plan)));
  const Observed hopeless = cluster.wait_for(vain.name_space, Phase::hopeless, 30s);
  CHECK(hopeless.phase == Phase::hopeless);
  MESSAGE(hopeless.reason);
  CHECK(cluster.run(cluster.rentals.remove(vain.name_space)));
}

}  // namespace
}  // namespace paygress::kube

#include "sandbox/fake_kube.h"

#include <doctest/doctest.h>
#include <unistd.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "kube/client.h"
#include "kube/kubeconfig.h"
#include "kube/rental.h"
#include "sandbox/kube_condition.h"
#include "sandbox/world_test_support.h"

namespace paygress::sandbox {
namespace {

using test::Loopback;
using util::Json;

kube::ClusterAccess access_to(const FakeKube& cluster) {
  kube::Environment environment;
  environment.explicit_path = "/kubeconfig";
  environment.read_file = [text = cluster.kubeconfig()](const std::string&) -> util::Result<std::string> { return text; };
  return kube::load_cluster_access(environment).value();
}

// The real client against the fake cluster.
struct Renter {
  explicit Renter(Loopback& loopback)
      : loop(loopback),
        client(*loop.http, loop.clock, access_to(loop.world.kube)),
        rentals(client, loop.clock, [this] { return next_random++; }) {}

  kube::PodPlan plan(std::chrono::seconds deadline) {
    kube::PodPlan made;
    made.lease_id = "0123456789ab";
    made.image = "sandbox/ssh:latest";
    made.ssh_username = "alice";
    made.ssh_password = util::Secret("correct horse");
    made.cpu_millicores = 500;
    made.memory_mb = 256;
    made.ports = {loop.world.kube.options().node_port_first, loop.world.kube.options().node_port_last, {}};
    made.deadline = deadline;
    return made;
  }
  kube::Started start(std::chrono::seconds deadline) { return loop.run(rentals.start(plan(deadline))).value(); }
  kube::Observed look() { return loop.run(rentals.observe(name_space)).value(); }
  bool becomes(kube::Phase phase) {
    return loop.until([&] { return look().phase == phase; });
  }

  Loopback& loop;
  std::uint32_t next_random = static_cast<std::uint32_t>(::getpid());
  kube::Client client;
  kube::Rentals rentals;
  std::string name_space = kube::rental_namespace("user-workloads", "0123456789ab");
};

// What answers on the port; empty: nothing.
net::Task<std::string> banner(boost::asio::any_io_executor executor, std::uint16_t port) {
  std::string text;
  try {
    boost::asio::ip::tcp::socket socket(executor);
    const boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), port);
    co_await socket.async_connect(endpoint, boost::asio::use_awaitable);
    co_await boost::asio::async_read_until(socket, boost::asio::dynamic_buffer(text, 256), '\n', boost::asio::use_awaitable);
  } catch (const boost::system::system_error&) {
    text.clear();
  }
  co_return text;
}

WorldOptions options(bool tls = false) {
  WorldOptions made;
  made.kube.tls = tls;
  made.kube.node_port_first = 21000;  // not those of a sandbox that may be running
  made.kube.node_port_last = 21999;
  return made;
}

}  // namespace

TEST_CASE("a rental starts, answers on its node port, is prolonged and removed, over TLS with a token") {
  Loopback loop(options(true));
  Renter renter(loop);
  REQUIRE(loop.run(renter.rentals.check_access()));
  const kube::Started started = renter.start(std::chrono::seconds(600));
  REQUIRE(renter.becomes(kube::Phase::ready));
  CHECK(loop.world.kube.running_pods() == 1);
  CHECK(loop.run(banner(loop.io.get_executor(), started.node_port)) == "SSH-2.0-paygress_sandbox\r\n");

  const util::Time end = *renter.look().start_time + std::chrono::seconds(1200);
  const auto extended = loop.run(renter.rentals.set_end(renter.name_space, end, "topup-1"));
  REQUIRE(extended);
  CHECK(!extended->too_late);
  CHECK(extended->expires_at == end);
  CHECK(loop.world.kube.get("jobs", renter.name_space, "pod")["spec"]["activeDeadlineSeconds"] == 1200);

  // Repeated after a lost answer, it is the same rental.
  CHECK(renter.start(std::chrono::seconds(600)).node_port == started.node_port);

  REQUIRE(loop.run(renter.rentals.remove(renter.name_space)));
  CHECK(loop.until([&] { return loop.world.kube.get("namespaces", "", renter.name_space).is_null(); },
                   std::chrono::milliseconds(500)));
  CHECK(loop.world.kube.list("services", renter.name_space).empty());
  CHECK(loop.world.kube.list("pods").empty());
  CHECK(loop.run(banner(loop.io.get_executor(), started.node_port)).empty());
}

TEST_CASE("the cluster ends a rental by itself: FailureTarget, Failed, then Job, Service and Secret are gone") {
  Loopback loop(options());
  Renter renter(loop);
  kube::PodPlan plan = renter.plan(std::chrono::seconds(1));
  REQUIRE(loop.run(renter.rentals.start(plan)));
  loop.world.kube.manners.termination_delay = std::chrono::milliseconds(300);
  const auto job = [&] { return loop.world.kube.get("jobs", renter.name_space, "pod"); };
  CHECK(loop.until([&] { return true_condition(job(), "FailureTarget") != nullptr; }));
  CHECK(true_condition(job(), "Failed") == nullptr);
  CHECK(loop.until([&] { return true_condition(job(), "Failed") != nullptr; }));
  CHECK(loop.world.kube.list("pods").empty());
  CHECK(renter.look().phase == kube::Phase::ended);

  // The manifest's TTL is long for a test: shorten it in the stored Job, as an operator with kubectl would.
  kube::Request shorten = kube::merge_patch(kube::job_path(renter.name_space, "pod"), {{"spec", {{"ttlSecondsAfterFinished", 0}}}});
  REQUIRE(loop.run(renter.client.send(shorten)).has_value());
  CHECK(loop.until([&] { return job().is_null(); }));
  CHECK(loop.until([&] { return loop.world.kube.list("services", renter.name_space).empty(); }));
  CHECK(loop.world.kube.list("secrets", renter.name_space).empty());
}

TEST_CASE("a top-up that comes too late is answered 200 and lost all the same") {
  Loopback loop(options());
  Renter renter(loop);
  renter.start(std::chrono::seconds(600));
  REQUIRE(renter.becomes(kube::Phase::ready));
  loop.world.kube.manners.too_late = true;
  const auto extended = loop.run(renter.rentals.set_end(renter.name_space, loop.clock.now() + std::chrono::seconds(3600), "late"));
  REQUIRE(extended);
  CHECK(extended->too_late);
  CHECK(renter.becomes(kube::Phase::ended));
}

TEST_CASE("why a pod does not start can be seen: the image, the node, Pod Security") {
  Loopback loop(options());
  Renter renter(loop);
  KubeManners& manners = loop.world.kube.manners;
  std::string reason;
  SUBCASE("an image that never comes") {
    manners.image_never_pulls = true;
    reason = "ImagePullBackOff";
  }
  SUBCASE("no node has room") {
    manners.unschedulable = true;
    reason = "Unschedulable";
  }
  SUBCASE("Pod Security refuses the pod") {
    manners.psa_refuses = true;
    reason = "violates PodSecurity";
  }
  renter.start(std::chrono::seconds(600));
  CHECK(loop.until([&] { return renter.look().reason.find(reason) != std::string::npos; }));
  CHECK(loop.world.kube.running_pods() == 0);
  if (manners.psa_refuses) CHECK(renter.look().phase == kube::Phase::hopeless);  // the others may pass, the client waits a while
}

TEST_CASE("a slow start stays starting, then is ready; a pod that is never ready stays starting") {
  Loopback loop(options());
  Renter renter(loop);
  SUBCASE("slow") {
    loop.world.kube.manners.start_delay = std::chrono::milliseconds(1500);
    renter.start(std::chrono::seconds(600));
    CHECK(renter.look().phase == kube::Phase::starting);
    CHECK(renter.becomes(kube::Phase::ready));
  }
  SUBCASE("never") {
    loop.world.kube.manners.never_ready = true;
    renter.start(std::chrono::seconds(600));
    CHECK(!loop.until([&] { return renter.look().phase == kube::Phase::ready; }, std::chrono::milliseconds(200)));
  }
}

TEST_CASE("a taken port is stepped over, a full range is no_port, a quota is named") {
  Loopback loop(options());
  Renter renter(loop);
  kube::PodPlan plan = renter.plan(std::chrono::seconds(600));
  SUBCASE("taken") {
    const auto first = static_cast<std::uint16_t>(21000 + ::getpid() % 990);  // tests may run side by side
    plan.ports.first = first;
    plan.ports.last = static_cast<std::uint16_t>(first + 2);
    loop.world.kube.manners.taken_ports = {first, plan.ports.last};
    CHECK(loop.run(renter.rentals.start(plan)).value().node_port == first + 1);
  }
  SUBCASE("full") {
    plan.ports.first = 21500;
    plan.ports.last = 21503;
    loop.world.kube.manners.port_range_full = true;
    const auto started = loop.run(renter.rentals.start(plan));
    REQUIRE(!started);
    CHECK(started.error().code == "no_port");
  }
  SUBCASE("quota") {
    loop.world.kube.manners.quota_exceeded = true;
    const auto started = loop.run(renter.rentals.start(plan));
    REQUIRE(!started);
    CHECK(started.error().code == "quota_exceeded");
  }
}

TEST_CASE("a crashed pod comes back as the same pod with one restart more") {
  Loopback loop(options());
  Renter renter(loop);
  renter.start(std::chrono::seconds(600));
  REQUIRE(renter.becomes(kube::Phase::ready));
  const kube::Observed before = renter.look();
  REQUIRE(loop.world.kube.crash_pod(renter.name_space));
  CHECK(loop.until([&] { return renter.look().restart_count == 1; }));
  CHECK(renter.becomes(kube::Phase::ready));
  CHECK(renter.look().pod_uid == before.pod_uid);
}

TEST_CASE("a create whose answer is lost is done once") {
  Loopback loop(options());
  Renter renter(loop);
  for (const char* endpoint : {"create_services", "create_jobs", "patch_secrets"})
    loop.world.kube.faults().order(endpoint, {FaultKind::lose_reply});
  REQUIRE(loop.run(renter.rentals.start(renter.plan(std::chrono::seconds(600)))));
  CHECK(renter.becomes(kube::Phase::ready));
  CHECK(loop.world.kube.list("services", renter.name_space).size() == 1);
  CHECK(loop.world.kube.list("jobs", renter.name_space).size() == 1);
}

}  // namespace paygress::sandbox

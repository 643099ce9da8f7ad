#include <doctest/doctest.h>

#include "kube/fake_api_test_support.h"
#include "kube/manifests.h"

namespace paygress::kube {
namespace {

using test::FakeApi;
using test::small_plan;
using test::World;
using util::Json;
using namespace std::chrono_literals;

constexpr char kNamespace[] = "user-workloads-0a1b2c3d4e5f";
const std::string kServices = std::string("/api/v1/namespaces/") + kNamespace + "/services";
const std::string kJobs = std::string("/apis/batch/v1/namespaces/") + kNamespace + "/jobs";
const std::string kSecrets = std::string("/api/v1/namespaces/") + kNamespace + "/secrets";

void condition(Json& job, const char* type, const char* reason) {
  job["status"]["conditions"].push_back({{"type", type}, {"status", "True"}, {"reason", reason}});
}

void take_port(World& world, int port) {
  world.api.objects["/api/v1/namespaces/other/services/s" + std::to_string(port)] = {
      {"kind", "Service"}, {"spec", {{"ports", Json::array({{{"nodePort", port}}})}}}};
}

TEST_CASE("a rental is fenced before it runs, and its parts belong to the Job") {
  World world;
  const auto started = world.run(world.rentals.start(small_plan()));
  REQUIRE(started);
  CHECK(started->name_space == kNamespace);
  CHECK(started->node_port == 2000);
  const auto position = [&](const std::string& line) {
    return std::find_if(world.api.requests.begin(), world.api.requests.end(),
                        [&](const std::string& r) { return r.starts_with(line); }) -
           world.api.requests.begin();
  };
  const auto job = position("POST " + kJobs);
  CHECK(position("PATCH /apis/networking.k8s.io/v1/namespaces/" + std::string(kNamespace) + "/networkpolicies/default-deny") < job);
  CHECK(position("PATCH /api/v1/namespaces/" + std::string(kNamespace) + "/resourcequotas/rental") < job);
  CHECK(position("POST " + kServices) < job);
  CHECK(world.api.objects.at(kServices + "/ssh")["metadata"]["ownerReferences"][0]["uid"] == started->job_uid);
  CHECK(world.api.objects.at(kSecrets + "/ssh-credentials")["metadata"]["ownerReferences"][0]["uid"] == started->job_uid);
  for (const auto& request : world.api.sent) {
    if (request.method != "GET" && request.method != "DELETE")
      CHECK(request.url.find("fieldValidation=Strict") != std::string::npos);
  }
}

TEST_CASE("starting twice is starting once") {
  World world;
  const auto first = world.run(world.rentals.start(small_plan()));
  const auto second = world.run(world.rentals.start(small_plan()));
  REQUIRE(second);
  CHECK(first->job_uid == second->job_uid);
  CHECK(first->node_port == second->node_port);
  CHECK(world.api.count("POST " + kJobs) == 1);
  CHECK(world.api.count("POST " + kServices) == 1);
}

TEST_CASE("whatever request fails or loses its answer, starting again completes one rental") {
  World whole;
  REQUIRE(whole.run(whole.rentals.start(small_plan())));
  const std::vector<std::string> requests = whole.api.requests;
  for (const bool carried_out : {false, true}) {
    for (const std::string& request : requests) {
      CAPTURE(request);
      CAPTURE(carried_out);
      World world;
      for (int i = 0; i < 6; ++i) carried_out ? world.api.lose_next_answer(request) : world.api.lose_next_request(request);
      const auto first = world.run(world.rentals.start(small_plan()));
      auto again = world.run(world.rentals.start(small_plan()));
      if (!again) again = world.run(world.rentals.start(small_plan()));
      REQUIRE(again);
      if (first) CHECK(first->job_uid == again->job_uid);
      int services = 0, jobs = 0;
      for (const auto& [path, object] : world.api.objects) {
        services += object.value("kind", "") == "Service";
        jobs += object.value("kind", "") == "Job";
      }
      CHECK(services == 1);
      CHECK(jobs == 1);
      CHECK(world.api.has(kSecrets + "/ssh-credentials"));
    }
  }
}

TEST_CASE("taken and forbidden ports are stepped over") {
  World world;
  PodPlan plan = small_plan();
  plan.ports.first = 2048;
  plan.ports.last = 2052;
  plan.ports.reserved = {2050};
  take_port(world, 2048);
  const auto started = world.run(world.rentals.start(plan));
  REQUIRE(started);
  CHECK(started->node_port == 2051);  // 2048 is taken, 2049 is NFS, 2050 the operator's
  CHECK(world.api.count("POST " + kServices) == 2);
}

TEST_CASE("in a range that is nearly full the ports are listed instead of guessed") {
  World world;
  for (int port = 2000; port < 3000; ++port) take_port(world, port);
  const auto started = world.run(world.rentals.start(small_plan()));
  REQUIRE(started);
  CHECK(started->node_port == 3000);
  CHECK(world.api.count("POST " + kServices) <= 9);
  take_port(world, 3000);
  PodPlan next = small_plan();
  next.lease_id = "ffffffffffff";
  CHECK(world.run(world.rentals.start(next)).error().code == "no_port");
}

TEST_CASE("a port given out before is asked for first, and another taken if it is gone") {
  World world;
  PodPlan plan = small_plan();
  plan.node_port = 2345;
  CHECK(world.run(world.rentals.start(plan))->node_port == 2345);
  plan.lease_id = "ffffffffffff";
  CHECK(world.run(world.rentals.start(plan))->node_port == 2000);
}

TEST_CASE("a range outside the cluster's own is the operator's mistake, and says which it should be") {
  World world;
  world.api.first_port = 30000;
  world.api.last_port = 32767;
  const auto started = world.run(world.rentals.start(small_plan()));
  REQUIRE_FALSE(started);
  CHECK(started.error().code == "port_out_of_range");
  CHECK(started.error().message.find("30000-32767") != std::string::npos);
  CHECK(world.api.count("POST " + kServices) == 1);
}

TEST_CASE("a range outside the cluster's own is known before the money moves") {
  World world;
  world.api.denied = {"list nodes"};
  world.api.first_port = 30000;
  world.api.last_port = 32767;
  const auto refused = world.run(world.rentals.can_start(small_plan()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "port_out_of_range");
  CHECK(refused.error().message.find("30000-32767") != std::string::npos);
  CHECK(world.api.objects.empty());  // asking made nothing

  // A part of it is enough, and the only part that counts.
  PodPlan plan = small_plan();
  plan.ports.first = 29990;
  plan.ports.last = 30009;
  CHECK(world.run(world.rentals.can_start(plan)));
  CHECK(world.run(world.rentals.capacity(plan.ports))->ports == 10);
  CHECK(world.api.count("POST /api/v1/namespaces/default/services") == 1);

  // The cluster's range has changed: the next order is told, not the one after ten minutes.
  world.api.first_port = 20000;
  world.api.last_port = 20099;
  CHECK(world.run(world.rentals.start(plan)).error().code == "port_out_of_range");
  world.clock.advance(4s);
  CHECK(world.run(world.rentals.can_start(plan)).error().code == "port_out_of_range");
}

TEST_CASE("a cluster that does not tell its range is trusted") {
  World world;
  world.api.denied = {"list nodes"};
  world.api.answer_next("POST /api/v1/namespaces/default/services", 403, FakeApi::status(403, "Forbidden", "no"));
  CHECK(world.run(world.rentals.can_start(small_plan())));
}

TEST_CASE("the quota is not counted yet: a moment later it is") {
  World world;
  const std::string body = FakeApi::status(
      403, "Forbidden", "services \"ssh\" is forbidden: status unknown for quota: rental, resources: services,services.nodeports");
  world.api.answer_next("POST " + kServices, 403, body);
  world.api.answer_next("POST " + kServices, 403, body);
  CHECK(world.run(world.rentals.start(small_plan())));
  CHECK(world.api.count("POST " + kServices) == 3);
}

TEST_CASE("refusals have names") {
  World world;
  world.api.answer_next(
      "POST " + kServices, 403,
      FakeApi::status(
          403, "Forbidden",
          "services \"ssh\" is forbidden: exceeded quota: q, requested: services=1, used: services=1, limited: services=1"));
  CHECK(world.run(world.rentals.start(small_plan())).error().code == "quota_exceeded");
  const Json cause = Json::array(
      {{{"reason", "NamespaceTerminating"}, {"message", "namespace x is being terminated"}, {"field", "metadata.namespace"}}});
  world.api.answer_next(
      "POST " + kJobs, 403,
      FakeApi::status(403, "Forbidden", "unable to create new content in namespace x because it is being terminated", cause));
  CHECK(world.run(world.rentals.start(small_plan())).error().code == "namespace_terminating");
  world.api.answer_next(
      "POST " + kJobs, 403,
      FakeApi::status(403, "Forbidden", "pods \"bad\" is forbidden: violates PodSecurity \"baseline:v1.34\": privileged"));
  CHECK(world.run(world.rentals.start(small_plan())).error().code == "pod_security");
  PodPlan plan = small_plan();
  plan.ssh_username = "-oProxyCommand";
  CHECK(world.run(world.rentals.start(plan)).error().code == "plan_invalid");
}

TEST_CASE("a rental whose time is over is not started again") {
  World world;
  REQUIRE(world.run(world.rentals.start(small_plan())));
  condition(world.api.job(kNamespace), "FailureTarget", "DeadlineExceeded");
  CHECK(world.run(world.rentals.start(small_plan())).error().code == "lease_ended");
}

TEST_CASE("a pod that was stored with less protection than asked does not stay") {
  World world;
  world.api.change_next_answer("POST " + kJobs, [](Json& job) {
    job["spec"]["template"]["spec"]["containers"][0]["securityContext"].erase("seccompProfile");
  });
  const auto started = world.run(world.rentals.start(small_plan()));
  CHECK(started.error().code == "field_lost");
  CHECK(started.error().message.find("seccompProfile") != std::string::npos);
  CHECK(world.api.objects.empty());

  World old;
  old.api.change_next_answer(
      "PATCH /apis/networking.k8s.io/v1/namespaces/" + std::string(kNamespace) + "/networkpolicies/allow-internet",
      [](Json& policy) { policy["spec"]["egress"][0]["ports"][0].erase("endPort"); });
  CHECK(old.run(old.rentals.start(small_plan())).error().code == "field_lost");
  CHECK(old.api.count("POST " + kJobs) == 0);
}

TEST_CASE("nodes and API server are closed to the pod by their real addresses") {
  World world;
  world.api.objects["/api/v1/nodes/n1"] = {{"kind", "Node"},
                                           {"metadata", {{"name", "n1"}}},
                                           {"status",
                                            {{"addresses", Json::array({{{"type", "InternalIP"}, {"address", "203.0.113.5"}},
                                                                        {{"type", "Hostname"}, {"address", "n1"}}})}}}};
  world.api.objects["/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes"] = {
      {"endpoints", Json::array({{{"addresses", {"203.0.113.9"}}}})}};
  REQUIRE(world.run(world.rentals.start(small_plan())));
  const Json& policy =
      world.api.objects.at("/apis/networking.k8s.io/v1/namespaces/" + std::string(kNamespace) + "/networkpolicies/allow-internet");
  const std::string except = policy["spec"]["egress"][0]["to"][0]["ipBlock"]["except"].dump();
  CHECK(except.find("203.0.113.5/32") != std::string::npos);
  CHECK(except.find("203.0.113.9/32") != std::string::npos);
}

TEST_CASE("observing: starting, ready, ended, missing") {
  World world;
  CHECK(world.run(world.rentals.observe(kNamespace))->phase == Phase::missing);
  REQUIRE(world.run(world.rentals.start(small_plan())));
  CHECK(world.run(world.rentals.observe(kNamespace))->phase == Phase::starting);
  world.api.add_pod(kNamespace, false);
  CHECK(world.run(world.rentals.observe(kNamespace))->phase == Phase::starting);
  world.api.add_pod(kNamespace, true);
  const auto ready = world.run(world.rentals.observe(kNamespace));
  CHECK(ready->phase == Phase::ready);
  CHECK(ready->node_port == 2000);
  CHECK(*ready->deadline - *ready->start_time == 900s);
  condition(world.api.job(kNamespace), "Failed", "DeadlineExceeded");
  const auto ended = world.run(world.rentals.observe(kNamespace));
  CHECK(ended->phase == Phase::ended);
  CHECK(ended->reason == "DeadlineExceeded");
}

TEST_CASE("waiting in vain is noticed, a passing trouble is not") {
  World world;
  REQUIRE(world.run(world.rentals.start(small_plan())));
  world.api.add_event(kNamespace, "FailedCreate",
                      "Error creating: pods \"pod-x\" is forbidden: status unknown for quota: rental, resources: pods");
  world.clock.advance(10s);
  CHECK(world.run(world.rentals.observe(kNamespace))->phase == Phase::starting);
  world.api.add_event(kNamespace, "FailedCreate",
                      "Error creating: pods \"pod-x\" is forbidden: violates PodSecurity \"baseline:latest\": privileged");
  const auto refused = world.run(world.rentals.observe(kNamespace));
  CHECK(refused->phase == Phase::hopeless);
  CHECK(refused->reason.find("violates PodSecurity") != std::string::npos);
  world.api.add_pod(kNamespace, false);  // in the end it was let in; the old events are no trouble any more
  world.clock.advance(60s);
  CHECK(world.run(world.rentals.observe(kNamespace))->phase == Phase::starting);
  world.api.add_event(kNamespace, "FailedCreatePodSandBox", "Failed to create pod sandbox: no network");
  CHECK(world.run(world.rentals.observe(kNamespace))->phase == Phase::hopeless);
  world.api.objects.at("/api/v1/namespaces/" + std::string(kNamespace) + "/pods/pod-1")["status"]["podIP"] = "10.42.0.9";
  CHECK(world.run(world.rentals.observe(kNamespace))->phase == Phase::starting);

  World pulling;
  REQUIRE(pulling.run(pulling.rentals.start(small_plan())));
  pulling.api.add_pod(kNamespace, false);
  Json& pod = pulling.api.objects.at("/api/v1/namespaces/" + std::string(kNamespace) + "/pods/pod-1");
  const auto waiting = [&](const char* reason) {
    pod["status"]["containerStatuses"] =
        Json::array({{{"restartCount", 0}, {"state", {{"waiting", {{"reason", reason}, {"message", "no such image"}}}}}}});
  };
  waiting("ImagePullBackOff");
  CHECK(pulling.run(pulling.rentals.observe(kNamespace))->phase == Phase::starting);  // a registry may be busy
  pulling.clock.advance(31s);
  CHECK(pulling.run(pulling.rentals.observe(kNamespace))->reason == "ImagePullBackOff: no such image");
  CHECK(pulling.run(pulling.rentals.observe(kNamespace))->phase == Phase::hopeless);
  pod["metadata"]["creationTimestamp"] = util::rfc3339(pulling.clock.now());
  waiting("InvalidImageName");
  CHECK(pulling.run(pulling.rentals.observe(kNamespace))->phase == Phase::hopeless);
}

TEST_CASE("a top-up moves the end; the same top-up again moves nothing") {
  World world;
  REQUIRE(world.run(world.rentals.start(small_plan())));
  const auto begin = world.clock.now();
  const auto first = world.run(world.rentals.set_end(kNamespace, begin + 1800s + 1ms, "order1"));
  REQUIRE(first);
  CHECK_FALSE(first->too_late);
  CHECK(first->expires_at == begin + 1801s);  // never less than what was paid
  CHECK(world.api.job(kNamespace)["spec"]["activeDeadlineSeconds"] == 1801);
  CHECK(
      world.api.objects.at("/api/v1/namespaces/" + std::string(kNamespace))["metadata"]["annotations"]["paygress.dev/expires-at"] ==
      util::rfc3339(begin + 1801s));

  const auto again = world.run(world.rentals.set_end(kNamespace, begin + 7200s, "order1"));
  CHECK(again->expires_at == begin + 1801s);
  CHECK(world.api.count("PATCH " + kJobs) == 1);
  CHECK(world.run(world.rentals.set_end(kNamespace, begin + 600s, "order2"))->expires_at == begin + 600s);
}

TEST_CASE("a top-up whose answer was lost is found done") {
  World world;
  REQUIRE(world.run(world.rentals.start(small_plan())));
  const auto end = world.clock.now() + 3600s;
  world.api.lose_next_answer("PATCH " + kJobs);
  const auto extended = world.run(world.rentals.set_end(kNamespace, end, "order1"));
  REQUIRE(extended);
  CHECK_FALSE(extended->too_late);
  CHECK(extended->expires_at == end);
  CHECK(world.api.job(kNamespace)["spec"]["activeDeadlineSeconds"] == 3600);
}

TEST_CASE("the controller wrote meanwhile: the top-up looks again") {
  World world;
  REQUIRE(world.run(world.rentals.start(small_plan())));
  const auto end = world.clock.now() + 3600s;
  world.api.before_next("PATCH " + kJobs, [&] { world.api.job(kNamespace)["metadata"]["resourceVersion"] = "another"; });
  CHECK(world.run(world.rentals.set_end(kNamespace, end, "order1"))->expires_at == end);
  CHECK(world.api.count("PATCH " + kJobs) == 2);
}

TEST_CASE("a top-up that comes too late is told so, even when the cluster answers 200") {
  World world;
  REQUIRE(world.run(world.rentals.start(small_plan())));
  const auto end = world.clock.now() + 3600s;
  SUBCASE("the Job had begun to end") { condition(world.api.job(kNamespace), "FailureTarget", "DeadlineExceeded"); }
  SUBCASE("it begins between look and patch") {
    world.api.before_next("PATCH " + kJobs, [&] {
      condition(world.api.job(kNamespace), "FailureTarget", "DeadlineExceeded");
      world.api.job(kNamespace)["metadata"]["resourceVersion"] = "another";
    });
  }
  SUBCASE("the answer itself shows the end") {
    world.api.before_next("PATCH " + kJobs, [&] { condition(world.api.job(kNamespace), "FailureTarget", "DeadlineExceeded"); });
  }
  SUBCASE("it is being deleted") { world.api.job(kNamespace)["metadata"]["deletionTimestamp"] = util::rfc3339(world.clock.now()); }
  SUBCASE("it is gone") { world.api.objects.clear(); }
  SUBCASE("it goes while the patch is under way, near its old end") {
    world.clock.advance(898s);
    world.api.change_next_answer("GET " + kJobs, [](Json&) {});
    world.api.change_next_answer("GET " + kJobs, [](Json& job) { condition(job, "Failed", "DeadlineExceeded"); });
  }
  const auto extended = world.run(world.rentals.set_end(kNamespace, end, "order1"));
  REQUIRE(extended);
  CHECK(extended->too_late);
  CHECK(extended->expires_at <= world.clock.now());
}

TEST_CASE("limits of a top-up") {
  World world;
  REQUIRE(world.run(world.rentals.start(small_plan())));
  CHECK(world.run(world.rentals.set_end(kNamespace, world.clock.now() + kLongestDeadline + 1h, "a")).error().code ==
        "deadline_too_long");
  CHECK(world.run(world.rentals.set_end(kNamespace, world.clock.now(), "../x")).error().code == "topup_id_invalid");
  CHECK(world.run(world.rentals.set_end(kNamespace, world.clock.now() + 60s, std::string(64, 'f'))));
  CHECK(world.api.job(kNamespace)["metadata"]["annotations"].contains("paygress.dev/topup-" + std::string(40, 'f')));
}

TEST_CASE("a Job that the controller has not touched yet is waited for") {
  World world;
  world.api.starts_jobs = false;
  REQUIRE(world.run(world.rentals.start(small_plan())));
  CHECK(world.run(world.rentals.set_end(kNamespace, world.clock.now() + 60s, "a")).error().code == "not_started");
}

TEST_CASE("removing takes Job and namespace, twice without harm, and never a namespace of others") {
  World world;
  REQUIRE(world.run(world.rentals.start(small_plan())));
  world.api.objects["/api/v1/namespaces/default"] = {{"kind", "Namespace"}, {"metadata", {{"name", "default"}, {"uid", "u"}}}};
  CHECK(world.run(world.rentals.remove("default")).error().code == "not_a_rental");
  CHECK(world.run(world.rentals.remove(kNamespace)));
  CHECK(world.run(world.rentals.remove(kNamespace)));
  CHECK(world.api.objects.size() == 1);
}

TEST_CASE("the books can be rebuilt from one look at the cluster") {
  World world;
  PodPlan plan = small_plan();
  plan.annotations["owner"] = "npub1x";
  REQUIRE(world.run(world.rentals.start(plan)));
  PodPlan other = small_plan();
  other.lease_id = "ffffffffffff";
  REQUIRE(world.run(world.rentals.start(other)));
  world.api.objects.erase("/apis/batch/v1/namespaces/user-workloads-ffffffffffff/jobs/pod");
  PodPlan foreign = small_plan();
  foreign.namespace_prefix = "elsewhere";
  REQUIRE(world.run(world.rentals.start(foreign)));

  const auto found = world.run(world.rentals.list("user-workloads"));
  REQUIRE(found);
  REQUIRE(found->size() == 2);
  CHECK((*found)[0].lease_id == "0a1b2c3d4e5f");
  CHECK((*found)[0].has_job);
  CHECK((*found)[0].node_port == 2000);
  CHECK((*found)[0].annotations.at("owner") == "npub1x");
  CHECK((*found)[0].deadline == world.clock.now() + 900s);
  CHECK_FALSE((*found)[1].has_job);
}

Json node(const char* name, const char* cpu, const char* memory) {
  return {{"kind", "Node"},
          {"metadata", {{"name", name}}},
          {"status",
           {{"allocatable", {{"cpu", cpu}, {"memory", memory}}},
            {"conditions", Json::array({{{"type", "Ready"}, {"status", "True"}}})}}}};
}

TEST_CASE("what does not fit is known before the money moves") {
  World world;
  world.api.objects["/api/v1/nodes/n1"] = node("n1", "2", "4Gi");
  Json tainted = node("n2", "64", "64Gi");
  tainted["spec"]["taints"] = Json::array({{{"key", "gpu"}, {"effect", "NoSchedule"}}});
  world.api.objects["/api/v1/nodes/n2"] = tainted;
  Json pod = {
      {"kind", "Pod"},
      {"spec",
       {{"nodeName", "n1"}, {"containers", Json::array({{{"resources", {{"requests", {{"cpu", "500m"}, {"memory", "1Gi"}}}}}}})}}}};
  world.api.objects["/api/v1/namespaces/x/pods/p"] = pod;

  const auto capacity = world.run(world.rentals.capacity(PortRange()));
  REQUIRE(capacity);
  CHECK(capacity->ports == 995);  // 1001 without NFS, etcd's four and 2222
  REQUIRE(capacity->nodes);
  REQUIRE(capacity->nodes->size() == 1);
  CHECK(capacity->nodes->front().cpu_millicores == 1500);
  CHECK(capacity->nodes->front().memory_mb == 3072);

  PodPlan plan = small_plan();
  plan.cpu_millicores = 1500;
  CHECK(world.run(world.rentals.can_start(plan)));
  plan.cpu_millicores = 1501;
  CHECK(world.run(world.rentals.can_start(plan)).error().code == "no_capacity");
  CHECK(world.api.count("GET /api/v1/nodes") == 1);  // asked in a burst, looked up once

  world.clock.advance(4s);
  world.api.denied.insert("list nodes");
  CHECK(world.run(world.rentals.can_start(plan)));  // not known, so not refused
  plan.ports.first = plan.ports.last = 2049;
  CHECK(world.run(world.rentals.can_start(plan)).error().code == "no_port");
}

TEST_CASE("every missing right is named in one line") {
  World world;
  const auto all = world.run(world.rentals.check_access());
  REQUIRE(all);
  CHECK(all->user == "paygress");
  CHECK(all->server_version == "v1.34.10");
  CHECK(all->warnings.empty());

  world.api.denied = {"patch jobs", "create secrets"};
  const auto refused = world.run(world.rentals.check_access());
  CHECK(refused.error().code == "rights_missing");
  CHECK(refused.error().message.find("may not: patch jobs.batch, create secrets (") != std::string::npos);

  world.api.denied = {"list nodes", "get endpointslices"};
  world.api.groups = {"system:masters"};
  CHECK(world.run(world.rentals.check_access())->warnings.size() == 3);
}

}  // namespace
}  // namespace paygress::kube

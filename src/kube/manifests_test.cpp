#include <doctest/doctest.h>

#include "kube/fake_api_test_support.h"
#include "kube/manifests.h"
#include "kube/network_policies.h"
#include "kube/quantity.h"
#include "kube/request.h"

namespace paygress::kube {
namespace {

using test::small_plan;
using util::Json;

bool mentions(const Json& object, std::string_view text) { return object.dump().find(text) != std::string::npos; }

Json container_of(const Json& job) { return job["spec"]["template"]["spec"]["containers"][0]; }

std::string variable(const Json& job, const std::string& name) {
  const Json container = container_of(job);
  for (const Json& entry : container["env"]) {
    if (entry["name"] == name) return entry["value"];
  }
  return "(none)";
}

TEST_CASE("the Job ends by itself, and crashes of sshd do not end it") {
  const Json job = job_manifest(small_plan());
  const Json& spec = job["spec"];
  CHECK(spec["activeDeadlineSeconds"] == 900);
  CHECK(spec["ttlSecondsAfterFinished"] == 30);
  CHECK(spec["backoffLimit"] == 1'000'000);
  CHECK(spec["parallelism"] == 1);
  CHECK(spec["completions"] > 1);
  CHECK(spec["template"]["spec"]["restartPolicy"] == "OnFailure");
  CHECK_FALSE(spec["template"]["spec"].contains("activeDeadlineSeconds"));  // it would make a fresh pod, not an end
  CHECK_FALSE(spec.contains("suspend"));
}

TEST_CASE("the customer's pod has nothing of the node and nothing of the cluster") {
  const Json job = job_manifest(small_plan());
  for (const char* never : {"hostPath", "hostNetwork", "hostPID", "hostIPC", "hostPort", "hostUsers", "\"privileged\":true",
                            "NET_RAW", "SYS_ADMIN", "SYS_PTRACE"}) {
    CAPTURE(never);
    CHECK_FALSE(mentions(job, never));
  }
  const Json& pod = job["spec"]["template"]["spec"];
  CHECK(pod["automountServiceAccountToken"] == false);
  CHECK(pod["enableServiceLinks"] == false);
  CHECK(pod["serviceAccountName"] == "rental");
  CHECK(pod["containers"].size() == 1);
  const Json context = container_of(job)["securityContext"];
  CHECK(context["allowPrivilegeEscalation"] == false);
  CHECK(context["capabilities"]["drop"] == Json::array({"ALL"}));
  CHECK(context["capabilities"]["add"] ==
        Json::array({"CHOWN", "SETUID", "SETGID", "SYS_CHROOT", "AUDIT_WRITE", "KILL", "FOWNER", "DAC_OVERRIDE"}));
  CHECK(context["seccompProfile"]["type"] == "RuntimeDefault");
  CHECK(container_of(job)["resources"]["limits"] == container_of(job)["resources"]["requests"]);
  CHECK(container_of(job)["resources"]["limits"] == Json({{"cpu", "1"}, {"memory", "1Gi"}, {"ephemeral-storage", "2Gi"}}));
  for (const Json& volume : pod["volumes"]) CHECK((volume.contains("emptyDir") || volume.contains("secret")));
}

TEST_CASE("what the customer chose is never part of a command, and the password only in the Secret") {
  PodPlan plan = small_plan();
  plan.ssh_password = util::Secret("$(reboot)'\"");
  const Json job = job_manifest(plan);
  CHECK_FALSE(container_of(job).contains("command"));
  CHECK_FALSE(container_of(job).contains("args"));
  CHECK_FALSE(mentions(job, "reboot"));
  CHECK_FALSE(mentions(namespace_manifest(plan, util::from_unix(0)), "reboot"));
  CHECK(variable(job, "USER_NAME") == "alice");
  CHECK(variable(job, "USER_PASSWORD_FILE") == "/etc/paygress-ssh/password");
  CHECK(variable(job, "PASSWORD_ACCESS") == "true");
  CHECK(variable(job, "PUBLIC_KEY_FILE") == "(none)");
  const Json secret = secret_manifest(plan, "uid-7");
  CHECK(secret["stringData"] == Json({{"password", "$(reboot)'\""}}));
  CHECK(secret["immutable"] == true);
  CHECK(secret["metadata"]["ownerReferences"][0]["uid"] == "uid-7");
}

TEST_CASE("with a public key alone there is no password login") {
  PodPlan plan = small_plan();
  plan.ssh_password = util::Secret();
  plan.ssh_public_key = "ssh-ed25519 AAAA alice";
  REQUIRE(check(plan));
  const Json job = job_manifest(plan);
  CHECK(variable(job, "PASSWORD_ACCESS") == "false");
  CHECK(variable(job, "USER_PASSWORD_FILE") == "(none)");
  CHECK(variable(job, "PUBLIC_KEY_FILE") == "/etc/paygress-ssh/authorized_keys");
  CHECK(secret_manifest(plan, "u")["stringData"] == Json({{"authorized_keys", "ssh-ed25519 AAAA alice\n"}}));
}

TEST_CASE("the namespace carries all that a daemon without its database needs") {
  PodPlan plan = small_plan();
  plan.annotations["owner"] = "npub1x";
  const Json object = namespace_manifest(plan, util::from_unix(1758641400));
  CHECK(object["metadata"]["name"] == "user-workloads-0a1b2c3d4e5f");
  const Json& labels = object["metadata"]["labels"];
  CHECK(labels["pod-security.kubernetes.io/enforce"] == "baseline");
  CHECK(labels["app.kubernetes.io/managed-by"] == "paygress");
  CHECK(labels["paygress.dev/lease"] == "0a1b2c3d4e5f");
  CHECK(object["metadata"]["annotations"]["paygress.dev/expires-at"] == "2025-09-23T15:30:00Z");
  CHECK(object["metadata"]["annotations"]["paygress.dev/owner"] == "npub1x");
}

TEST_CASE("options of the operator reach the pod") {
  PodPlan plan = small_plan();
  plan.runtime_class = "gvisor";
  plan.priority_class = "rentals";
  plan.dns_servers = {"9.9.9.9"};
  plan.egress_bandwidth = "50M";
  const Json job = job_manifest(plan);
  const Json& pod = job["spec"]["template"]["spec"];
  CHECK(pod["runtimeClassName"] == "gvisor");
  CHECK(pod["priorityClassName"] == "rentals");
  CHECK(pod["dnsPolicy"] == "None");
  CHECK(pod["dnsConfig"]["nameservers"] == Json::array({"9.9.9.9"}));
  CHECK(job["spec"]["template"]["metadata"]["annotations"]["kubernetes.io/egress-bandwidth"] == "50M");
}

TEST_CASE("everything is closed, then SSH in and the public internet out are opened") {
  PodPlan plan = small_plan();
  plan.blocked_cidrs = {"203.0.113.7", "2001:db8::1", "nonsense", "203.0.113.7/32", "0.0.0.0/0"};
  const auto policies = network_policy_manifests(plan);
  REQUIRE(policies.size() == 4);
  CHECK(policies[0]["spec"] == Json({{"podSelector", Json::object()}, {"policyTypes", {"Ingress", "Egress"}}}));
  CHECK(policies[1]["spec"]["ingress"] == Json::parse(R"([{"ports":[{"protocol":"TCP","port":2222}]}])"));
  CHECK(policies[2]["spec"]["egress"][0]["to"][0]["podSelector"]["matchLabels"]["k8s-app"] == "kube-dns");

  const Json& out = policies[3]["spec"]["egress"][0];
  const Json& v4 = out["to"][0]["ipBlock"];
  CHECK(v4["cidr"] == "0.0.0.0/0");
  for (const char* closed :
       {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "203.0.113.7/32"}) {
    CAPTURE(closed);
    CHECK(std::count(v4["except"].begin(), v4["except"].end(), closed) == 1);
  }
  CHECK(std::count(v4["except"].begin(), v4["except"].end(), "0.0.0.0/0") == 0);
  const Json& v6 = out["to"][1]["ipBlock"];
  for (const char* closed : {"fc00::/7", "fe80::/10", "2001:db8::1/128", "64:ff9b::/96"}) {
    CAPTURE(closed);
    CHECK(std::count(v6["except"].begin(), v6["except"].end(), closed) == 1);
  }
  for (const Json& port : out["ports"]) {  // no mail
    for (const int mail : {25, 465, 587}) {
      const int first = port["port"], last = port.value("endPort", first);
      CHECK_FALSE((port["protocol"] == "TCP" && first <= mail && mail <= last));
    }
  }
}

TEST_CASE("addresses are brought into the form that Kubernetes takes") {
  CHECK(*canonical_cidr("10.1.2.3") == "10.1.2.3/32");
  CHECK(*canonical_cidr("10.1.2.3/8") == "10.0.0.0/8");
  CHECK(*canonical_cidr("FD00::1/7") == "fc00::/7");
  for (const char* bad : {"", "10.1.2", "10.1.2.3/33", "10.1.2.3/0", "10.1.2.3/", "10.1.2.3/8x", "host.example", "::/0", "::1/129",
                          "::ffff:1.2.3.4", "::ffff:0:0/96"}) {
    CAPTURE(bad);
    CHECK_FALSE(canonical_cidr(bad));
  }
}

TEST_CASE("plans that could say more than one thing are refused") {
  const auto refused = [](auto change) {
    PodPlan plan = small_plan();
    change(plan);
    return !check(plan);
  };
  CHECK(check(small_plan()));
  CHECK(refused([](PodPlan& p) { p.ssh_password = util::Secret("a\nroot:b"); }));
  CHECK(refused([](PodPlan& p) { p.ssh_public_key = "ssh-ed25519 A\ncommand=\"x\" ssh-ed25519 B"; }));
  CHECK(refused([](PodPlan& p) { p.ssh_password = util::Secret(); }));
  for (const char* name : {"", "root", "-o", "a b", "A", "a:b", "../a", "0x", "abcdefghijklmnopqrstuvwxyzabcdefg"}) {
    CAPTURE(name);
    CHECK(refused([&](PodPlan& p) { p.ssh_username = name; }));
  }
  CHECK(refused([](PodPlan& p) { p.lease_id = "../default"; }));
  CHECK(refused([](PodPlan& p) { p.lease_id = std::string(60, 'a'); }));
  CHECK(refused([](PodPlan& p) { p.cpu_millicores = 0; }));
  CHECK(refused([](PodPlan& p) { p.deadline = std::chrono::seconds(0); }));
  CHECK(refused([](PodPlan& p) { p.deadline = kLongestDeadline + std::chrono::seconds(1); }));
  CHECK(refused([](PodPlan& p) { p.ports.first = 3001; }));
}

TEST_CASE("a field that the server dropped is named") {
  const Json job = job_manifest(small_plan());
  CHECK(lost_field(job, job).empty());
  Json richer = job;
  richer["spec"]["template"]["spec"]["schedulerName"] = "default-scheduler";
  richer["status"] = Json::object();
  CHECK(lost_field(job, richer).empty());
  const auto without = [&](const char* pointer) {
    Json poorer = job;
    const Json::json_pointer at(pointer);
    poorer[at.parent_pointer()].erase(at.back());
    return lost_field(job, poorer);
  };
  CHECK(without("/spec/activeDeadlineSeconds") == "spec.activeDeadlineSeconds");
  CHECK(without("/spec/ttlSecondsAfterFinished") == "spec.ttlSecondsAfterFinished");
  CHECK(without("/spec/template/spec/automountServiceAccountToken") == "spec.template.spec.automountServiceAccountToken");
  Json open = job;
  open["spec"]["template"]["spec"]["containers"][0]["securityContext"].erase("seccompProfile");
  CHECK(lost_field(job, open) == "spec.template.spec.containers[0].securityContext.seccompProfile");
  open = job;
  open["spec"]["template"]["spec"]["containers"].push_back(Json::object());
  CHECK(lost_field(job, open) == "spec.template.spec.containers");
  CHECK(lost_field(job, Json::object()) == "spec.activeDeadlineSeconds");
  const Json fence = network_policy_manifests(small_plan())[3];
  Json hole = fence;
  hole["spec"]["egress"][0]["ports"][0].erase("endPort");
  CHECK(lost_field(fence, hole) == "spec.egress");
}

TEST_CASE("what is large is written as the server writes it back, so that it is not taken for lost") {
  PodPlan plan = small_plan();
  plan.cpu_millicores = 500'000;
  plan.memory_mb = 512 * 1024;
  const Json limits = job_manifest(plan)["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"];
  CHECK(limits["cpu"] == "500");
  CHECK(limits["memory"] == "512Gi");
  const Json hard = resource_quota_manifest(plan)["spec"]["hard"];  // twice of each (heard of 1.34.10)
  CHECK(hard["limits.cpu"] == "1k");
  CHECK(hard["limits.memory"] == "1Ti");
}

TEST_CASE("a node port answers in both families where the cluster has both") {
  const Json spec = service_manifest(small_plan(), 2022)["spec"];
  CHECK(spec["ipFamilyPolicy"] == "PreferDualStack");
  CHECK(spec["ports"][0]["nodePort"] == 2022);
}

TEST_CASE("quantities") {
  CHECK(quantity_millis("250m") == 250);
  CHECK(quantity_millis("2") == 2000);
  CHECK(quantity_millis("0.5") == 500);
  CHECK(quantity_millis("1500000n") == 1);
  CHECK(quantity_value("16Gi") == 17179869184);
  CHECK(quantity_value("32812352Ki") == 33599848448);
  CHECK(quantity_value("1.5G") == 1500000000);
  CHECK(quantity_value("1e3") == 1000);
  for (const char* bad : {"", "x", "1x", "-1", "1 Gi", "1e400", "100Ei"}) CHECK_FALSE(quantity_value(bad));
}

TEST_CASE("requests are encoded and say how they may be repeated") {
  Request listing = list("/api/v1/pods", "a=b,c in (d)", "status.phase!=Failed");
  CHECK(target(listing) == "/api/v1/pods?limit=250&labelSelector=a%3Db%2Cc%20in%20%28d%29&fieldSelector=status.phase%21%3DFailed");
  CHECK(repeatable(listing));
  CHECK_FALSE(repeatable(create("/x", Json::object())));
  CHECK(target(kube::apply("/x", Json::object())) == "/x?fieldManager=paygress&fieldValidation=Strict&force=true");
  const Request removal = kube::remove("/x", "u1", Propagation::foreground);
  CHECK(Json::parse(removal.body)["preconditions"]["uid"] == "u1");
  CHECK(Json::parse(removal.body)["propagationPolicy"] == "Foreground");
}

}  // namespace
}  // namespace paygress::kube

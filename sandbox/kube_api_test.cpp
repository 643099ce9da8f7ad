// The API's answers, without a network: the texts of Kubernetes 1.34 that clients decide on.
#include "sandbox/kube_api.h"

#include <doctest/doctest.h>

#include "crypto/random.h"
#include "net/clock.h"
#include "sandbox/kube_selector.h"

namespace paygress::sandbox {
namespace {

using util::Json;

struct Api {
  net::ManualClock clock;
  crypto::SeededRandom random{1};
  KubeStore store{clock, random};
  KubeManners manners;
  KubeOptions options;
  KubeApi api{store, clock, random, manners, options};
  int status = 0;

  Api() {
    options.node_port_first = 2000;
    options.node_port_last = 3000;
    ask("POST", "/api/v1/namespaces", {{"metadata", {{"name", "x"}}}});
  }
  Json ask(const std::string& method, const std::string& path, const Json& body = nullptr,
           std::map<std::string, std::string> query = {}, const std::string& type = "application/json") {
    net::ServerRequest request{method, path, std::move(query), {{"content-type", type}}, body.is_null() ? "" : body.dump(), ""};
    const net::ServerResponse response = api.answer(request);
    status = response.status;
    return Json::parse(response.body);
  }
  Json service(const std::string& name, int port) {
    return ask("POST", "/api/v1/namespaces/x/services",
               {{"metadata", {{"name", name}}},
                {"spec", {{"type", "NodePort"}, {"ports", Json::array({{{"port", 22}, {"nodePort", port}}})}}}});
  }
  Json job(const Json& spec) {
    Json full = {{"template", {{"spec", {{"restartPolicy", "OnFailure"}, {"containers", Json::array({{{"name", "c"}}})}}}}}};
    full.update(spec);
    return ask("POST", "/apis/batch/v1/namespaces/x/jobs", {{"metadata", {{"name", "r"}}}, {"spec", full}});
  }
  Json patch_job(const Json& patch, const std::string& type = "application/merge-patch+json") {
    return ask("PATCH", "/apis/batch/v1/namespaces/x/jobs/r", patch, {}, type);
  }
};

}  // namespace

TEST_CASE("a node port belongs to one Service, and is taken before the name is looked at") {
  Api api;
  api.service("r1", 2022);
  CHECK(api.status == 201);
  const Json taken = api.service("r2", 2022);
  CHECK(api.status == 422);
  CHECK(taken["reason"] == "Invalid");
  CHECK(taken["message"] ==
        R"(Service "r2" is invalid: spec.ports[0].nodePort: Invalid value: 2022: provided port is already allocated)");
  CHECK(taken["details"]["causes"][0]["reason"] == "FieldValueInvalid");
  CHECK(taken["details"]["causes"][0]["field"] == "spec.ports[0].nodePort");
  const Json outside = api.service("r2", 40000);
  CHECK(
      outside["message"] ==
      R"(Service "r2" is invalid: spec.ports[0].nodePort: Invalid value: 40000: provided port is not in the valid range. The range of valid ports is 2000-3000)");
  api.service("r1", 2022);
  CHECK(api.status == 422);  // its own port
  const Json exists = api.service("r1", 2023);
  CHECK(api.status == 409);
  CHECK(exists["message"] == R"(services "r1" already exists)");
  const Json chosen = api.service("r3", 0);
  CHECK(chosen["spec"]["ports"][0]["nodePort"].get<int>() >= 2000);
  api.ask("DELETE", "/api/v1/namespaces/x/services/r1");
  api.service("r4", 2022);
  CHECK(api.status == 201);
}

TEST_CASE("dryRun checks everything and keeps nothing") {
  Api api;
  const Json body = {{"metadata", {{"name", "r1"}}},
                     {"spec", {{"type", "NodePort"}, {"ports", Json::array({{{"port", 22}, {"nodePort", 2022}}})}}}};
  api.ask("POST", "/api/v1/namespaces/x/services", body, {{"dryRun", "All"}});
  CHECK(api.status == 201);
  CHECK(api.store.list(resource("services")).empty());
  api.service("r2", 2022);
  api.ask("POST", "/api/v1/namespaces/x/services", body, {{"dryRun", "All"}});
  CHECK(api.status == 422);
}

TEST_CASE("a deadline may be raised and lowered, a template may not change") {
  Api api;
  api.job({{"activeDeadlineSeconds", 20}});
  CHECK(api.patch_job({{"spec", {{"activeDeadlineSeconds", 40}}}})["spec"]["activeDeadlineSeconds"] == 40);
  CHECK(api.status == 200);
  CHECK(api.patch_job({{"spec", {{"activeDeadlineSeconds", 30}}}})["metadata"]["generation"] == 3);
  api.patch_job({{"spec", {{"template", {{"spec", {{"hostname", "other"}}}}}}}});
  CHECK(api.status == 422);
}

TEST_CASE("a stale resourceVersion is a conflict, a failed test of a JSON patch is Invalid") {
  Api api;
  const Json job = api.job({{"activeDeadlineSeconds", 20}});
  const std::string version = job["metadata"]["resourceVersion"];
  api.patch_job({{"metadata", {{"resourceVersion", version}}}, {"spec", {{"activeDeadlineSeconds", 30}}}});
  CHECK(api.status == 200);
  const Json stale = api.patch_job({{"metadata", {{"resourceVersion", version}}}, {"spec", {{"activeDeadlineSeconds", 40}}}});
  CHECK(api.status == 409);
  CHECK(stale["reason"] == "Conflict");
  CHECK(stale["message"].get<std::string>().starts_with(
      R"(Operation cannot be fulfilled on jobs.batch "r": the object has been modified;)"));
  const Json tested = api.patch_job(Json::array({{{"op", "test"}, {"path", "/spec/activeDeadlineSeconds"}, {"value", 99}}}),
                                    "application/json-patch+json");
  CHECK(api.status == 422);
  CHECK(tested["message"] == "the server rejected our request due to an error in our request");
}

TEST_CASE("server-side apply makes it, leaves it alone the second time, and needs a field manager") {
  Api api;
  const std::map<std::string, std::string> manager = {{"fieldManager", "paygress"}, {"force", "true"}};
  const Json body = {{"metadata", {{"labels", {{"a", "b"}}}}}};
  const Json first = api.ask("PATCH", "/api/v1/namespaces/y", body, manager, "application/apply-patch+yaml");
  CHECK(api.status == 201);
  const Json second = api.ask("PATCH", "/api/v1/namespaces/y", body, manager, "application/apply-patch+yaml");
  CHECK(api.status == 200);
  CHECK(second["metadata"]["uid"] == first["metadata"]["uid"]);
  CHECK(second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]);
  api.ask("PATCH", "/api/v1/namespaces/y", body, {}, "application/apply-patch+yaml");
  CHECK(api.status == 400);
}

TEST_CASE("an ending namespace takes nothing new, a wrong uid deletes nothing, a missing object is NotFound") {
  Api api;
  const Json wrong = api.ask("DELETE", "/api/v1/namespaces/x", {{"preconditions", {{"uid", "other"}}}});
  CHECK(api.status == 409);
  CHECK(wrong["message"].get<std::string>().find("the UID in the precondition (other) does not match the UID in record") !=
        std::string::npos);
  CHECK(api.ask("DELETE", "/api/v1/namespaces/x")["status"]["phase"] == "Terminating");
  const Json refused = api.service("r", 2022);
  CHECK(api.status == 403);
  CHECK(refused["details"]["causes"][0]["reason"] == "NamespaceTerminating");
  CHECK(refused["message"] ==
        R"(services "r" is forbidden: unable to create new content in namespace x because it is being terminated)");
  CHECK(api.ask("GET", "/apis/batch/v1/namespaces/x/jobs/none")["message"] == R"(jobs.batch "none" not found)");
  CHECK(api.status == 404);
}

TEST_CASE("a secret's texts are stored as base64, and an immutable one does not change") {
  Api api;
  const Json secret = {{"metadata", {{"name", "s"}}}, {"immutable", true}, {"stringData", {{"password", "hunter2"}}}};
  const Json stored = api.ask("POST", "/api/v1/namespaces/x/secrets", secret);
  CHECK(stored["data"]["password"] == "aHVudGVyMg==");
  CHECK(!stored.contains("stringData"));
  api.ask("PATCH", "/api/v1/namespaces/x/secrets/s", {{"stringData", {{"password", "other"}}}}, {}, "application/merge-patch+json");
  CHECK(api.status == 422);
}

TEST_CASE("Pod Security refuses a privileged pod in the API's words") {
  Api api;
  api.ask("PATCH", "/api/v1/namespaces/x",
          {{"metadata",
            {{"labels",
              {{"pod-security.kubernetes.io/enforce", "baseline"}, {"pod-security.kubernetes.io/enforce-version", "v1.34"}}}}}},
          {}, "application/merge-patch+json");
  const Json refused =
      api.ask("POST", "/api/v1/namespaces/x/pods",
              {{"metadata", {{"name", "bad"}}},
               {"spec", {{"containers", Json::array({{{"name", "c"}, {"securityContext", {{"privileged", true}}}}})}}}});
  CHECK(api.status == 403);
  CHECK(
      refused["message"] ==
      R"(pods "bad" is forbidden: violates PodSecurity "baseline:v1.34": privileged (container "c" must not set securityContext.privileged=true))");
}

TEST_CASE("lists come in pages and by selectors") {
  Api api;
  for (int i = 0; i < 5; ++i)
    api.ask("POST", "/api/v1/namespaces/x/configmaps",
            {{"metadata", {{"name", "c" + std::to_string(i)}, {"labels", {{"odd", i % 2 == 1 ? "yes" : "no"}}}}}});
  const Json page = api.ask("GET", "/api/v1/namespaces/x/configmaps", nullptr, {{"limit", "3"}});
  CHECK(page["items"].size() == 3);
  const Json rest =
      api.ask("GET", "/api/v1/namespaces/x/configmaps", nullptr, {{"limit", "3"}, {"continue", page["metadata"]["continue"]}});
  CHECK(rest["items"].size() == 2);
  CHECK(!rest["metadata"].contains("continue"));
  CHECK(api.ask("GET", "/api/v1/configmaps", nullptr, {{"labelSelector", "odd=yes"}})["items"].size() == 2);
  CHECK(api.ask("GET", "/api/v1/configmaps", nullptr, {{"fieldSelector", "metadata.name!=c0"}})["items"].size() == 4);
}

TEST_CASE("selectors know all their operators") {
  const Json object = {{"metadata", {{"labels", {{"a", "1"}, {"b", "2"}}}}}, {"status", {{"phase", "Running"}}}};
  for (const char* yes : {"", "a", "a=1", "a==1,b!=3", "a in (0, 1)", "a notin (2,3),!c"}) {
    CAPTURE(yes);
    CHECK(labels_match(object, yes));
  }
  for (const char* no : {"c", "a=2", "a!=1", "a in (2,3)", "b notin (2)", "!a"}) {
    CAPTURE(no);
    CHECK(!labels_match(object, no));
  }
  CHECK(fields_match(object, "status.phase!=Failed,status.phase!=Succeeded"));
  CHECK(!fields_match(object, "status.phase=Pending"));
}

}  // namespace paygress::sandbox

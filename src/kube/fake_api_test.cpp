#include "kube/fake_api_test_support.h"

#include <algorithm>
#include <ctime>

namespace paygress::kube::test {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using util::Errc;
using util::Error;
using util::Json;
using util::Result;

constexpr std::string_view kServer = "https://cluster.test:6443";

HttpResponse respond(int status, const Json& body) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("content-type", "application/json");
  response.body = body.dump();
  return response;
}

HttpResponse failed(int code, const std::string& reason, const std::string& message, const Json& causes = Json::array()) {
  return respond(code, Json::parse(FakeApi::status(code, reason, message, causes)));
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%')
      out += text[i];
    else {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    }
  }
  return out;
}

std::map<std::string, std::string> parse_query(std::string_view text) {
  std::map<std::string, std::string> query;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    query[decoded(pair.substr(0, pair.find('=')))] = decoded(pair.substr(pair.find('=') + 1));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return query;
}

bool matches(const Json& object, const std::string& selector) {
  std::string_view rest = selector;
  while (!rest.empty()) {
    const std::string_view term = rest.substr(0, rest.find(','));
    const std::string label(term.substr(0, term.find('='))), value(term.substr(term.find('=') + 1));
    if (object["metadata"].value("labels", Json::object()).value(label, "") != value) return false;
    rest.remove_prefix(std::min(term.size() + 1, rest.size()));
  }
  return true;
}

std::string http_date(util::Time time) {
  const std::time_t seconds = util::unix_seconds(time);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&seconds));
  return text;
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::string FakeApi::status(int code, const std::string& reason, const std::string& message, const Json& causes) {
  return Json{{"kind", "Status"},   {"apiVersion", "v1"}, {"status", "Failure"},
              {"message", message}, {"reason", reason},   {"details", {{"causes", causes}}},
              {"code", code}}
      .dump();
}

void FakeApi::answer_next(std::string request, int status, std::string body, std::string content_type, std::string retry_after) {
  Twist twist;
  twist.request = std::move(request);
  twist.answer.emplace();
  twist.answer->status = status;
  twist.answer->headers.emplace_back("content-type", content_type);
  if (!retry_after.empty()) twist.answer->headers.emplace_back("retry-after", retry_after);
  twist.answer->body = std::move(body);
  twists_.push_back(std::move(twist));
}

void FakeApi::lose_next_answer(std::string request) {
  Twist twist;
  twist.request = std::move(request);
  twist.lose_answer = true;
  twists_.push_back(std::move(twist));
}

void FakeApi::lose_next_request(std::string request) {
  Twist twist;
  twist.request = std::move(request);
  twist.lose_request = true;
  twists_.push_back(std::move(twist));
}

void FakeApi::change_next_answer(std::string request, std::function<void(Json&)> change) {
  Twist twist;
  twist.request = std::move(request);
  twist.change = std::move(change);
  twists_.push_back(std::move(twist));
}

void FakeApi::before_next(std::string request, std::function<void()> action) {
  Twist twist;
  twist.request = std::move(request);
  twist.before = std::move(action);
  twists_.push_back(std::move(twist));
}

std::size_t FakeApi::count(const std::string& beginning) const {
  return static_cast<std::size_t>(
      std::count_if(requests.begin(), requests.end(), [&](const std::string& line) { return line.starts_with(beginning); }));
}

net::Task<Result<HttpResponse>> FakeApi::send(HttpRequest request) {
  Call call;
  call.method = request.method;
  std::string_view url = request.url;
  url.remove_prefix(kServer.size());
  call.path = std::string(url.substr(0, url.find('?')));
  if (url.find('?') != std::string_view::npos) call.query = parse_query(url.substr(url.find('?') + 1));
  if (!request.body.empty()) call.body = Json::parse(request.body);
  for (const auto& [name, value] : request.headers) {
    if (name == "Content-Type") call.content_type = value;
  }
  const std::string line = call.method + " " + call.path;
  requests.push_back(line);
  sent.push_back(std::move(request));

  const auto found =
      std::find_if(twists_.begin(), twists_.end(), [&](const Twist& twist) { return line.starts_with(twist.request); });
  Twist twist;
  if (found != twists_.end()) {
    twist = std::move(*found);
    twists_.erase(found);
  }
  const Error lost{Errc::unavailable, "cluster.test:6443: the connection was lost", "lost"};
  if (twist.before) twist.before();
  if (twist.answer) co_return *twist.answer;
  if (twist.lose_request) co_return lost;
  HttpResponse response = carry_out(call);
  response.headers.emplace_back("date", http_date(now()));
  if (twist.change) {
    Json object = Json::parse(response.body);
    twist.change(object);
    response.body = object.dump();
  }
  if (twist.lose_answer) co_return lost;
  co_return response;
}

net::Task<Result<HttpResponse>> FakeApi::stream(HttpRequest request, std::function<void(std::string_view)>) {
  auto response = co_await send(std::move(request));
  co_return response;
}

HttpResponse FakeApi::carry_out(const Call& call) {
  if (call.path == "/version") return respond(200, {{"major", "1"}, {"minor", version}, {"gitVersion", "v1." + version + ".10"}});
  if (call.method == "POST") return post(call);
  if (call.method == "PATCH") return patch(call);
  if (call.method == "DELETE") return erase(call);
  return get(call);
}

Json& FakeApi::store(const std::string& path, Json object) {
  Json& meta = object["metadata"];
  meta["uid"] = "uid-" + std::to_string(next_id_);
  meta["resourceVersion"] = std::to_string(next_id_++);
  meta["creationTimestamp"] = util::rfc3339(now());
  if (object.value("kind", "") == "Job" && starts_jobs) object["status"]["startTime"] = util::rfc3339(now());
  return objects[path] = std::move(object);
}

HttpResponse FakeApi::post(const Call& call) {
  if (call.path.ends_with("/selfsubjectaccessreviews")) {
    const Json& asked = call.body["spec"]["resourceAttributes"];
    const std::string right = asked.value("verb", "") + " " + asked.value("resource", "");
    return respond(201, {{"kind", "SelfSubjectAccessReview"}, {"status", {{"allowed", !denied.contains(right)}}}});
  }
  if (call.path.ends_with("/selfsubjectreviews"))
    return respond(201, {{"status", {{"userInfo", {{"username", "paygress"}, {"groups", groups}}}}}});

  const std::string name = call.body["metadata"]["name"], kind = last_part(call.path);
  if (kind == "services") {  // the port is looked at before the name
    const int port = call.body["spec"]["ports"][0]["nodePort"];
    std::string problem;
    if (port < first_port || port > last_port) {
      problem = "provided port is not in the valid range. The range of valid ports is " + std::to_string(first_port) + "-" +
                std::to_string(last_port);
    }
    for (const auto& [path, object] : objects) {
      if (object.value("kind", "") == "Service" && object["spec"]["ports"][0]["nodePort"] == port)
        problem = "provided port is already allocated";
    }
    const std::string detail = "Invalid value: " + std::to_string(port) + ": " + problem;
    if (!problem.empty()) {
      return failed(422, "Invalid", "Service \"" + name + "\" is invalid: spec.ports[0].nodePort: " + detail,
                    Json::array({{{"reason", "FieldValueInvalid"}, {"message", detail}, {"field", "spec.ports[0].nodePort"}}}));
    }
  }
  const std::string path = call.path + "/" + name;
  if (objects.contains(path)) return failed(409, "AlreadyExists", kind + " \"" + name + "\" already exists");
  return respond(201, store(path, call.body));
}

HttpResponse FakeApi::patch(const Call& call) {
  const auto found = objects.find(call.path);
  if (call.content_type == "application/apply-patch+yaml") {
    if (found == objects.end()) return respond(201, store(call.path, call.body));
    found->second.merge_patch(call.body);
    return respond(200, found->second);
  }
  if (found == objects.end()) return failed(404, "NotFound", last_part(call.path) + " not found");
  Json& object = found->second;
  const Json wanted = call.body.value("/metadata/resourceVersion"_json_pointer, object["metadata"]["resourceVersion"]);
  if (wanted != object["metadata"]["resourceVersion"]) {
    return failed(409, "Conflict",
                  "Operation cannot be fulfilled on jobs.batch \"pod\": the object has been modified; please apply your changes to "
                  "the latest version and try again");
  }
  object.merge_patch(call.body);
  object["metadata"]["resourceVersion"] = std::to_string(next_id_++);
  return respond(200, object);
}

HttpResponse FakeApi::erase(const Call& call) {
  const auto found = objects.find(call.path);
  if (found == objects.end()) return failed(404, "NotFound", last_part(call.path) + " not found");
  if (call.body["preconditions"]["uid"] != found->second["metadata"]["uid"]) {
    return failed(409, "Conflict", "Operation cannot be fulfilled: the UID in the precondition does not match the UID in record");
  }
  const std::string name = last_part(call.path);
  if (call.path.starts_with("/api/v1/namespaces/") && std::count(call.path.begin(), call.path.end(), '/') == 4) {
    std::erase_if(objects, [&](const auto& entry) {
      return entry.first == call.path || entry.first.find("/namespaces/" + name + "/") != std::string::npos;
    });
  } else {
    objects.erase(found);
  }
  return respond(200, {{"kind", "Status"}, {"status", "Success"}});
}

HttpResponse FakeApi::get(const Call& call) {
  if (const auto found = objects.find(call.path); found != objects.end()) return respond(200, found->second);
  const std::string kind = last_part(call.path);
  for (const char* plural : {"namespaces", "services", "jobs", "pods", "events", "nodes"}) {
    if (kind == plural) return list(call, kind);
  }
  return failed(404, "NotFound", "\"" + kind + "\" not found");
}

HttpResponse FakeApi::list(const Call& call, const std::string& kind) {
  if (denied.contains("list " + kind))
    return failed(
        403, "Forbidden",
        kind + " is forbidden: User \"paygress\" cannot list resource \"" + kind + "\" in API group \"\" at the cluster scope");
  Json items = Json::array();
  const std::size_t within = call.path.find("/namespaces/");
  for (const auto& [path, object] : objects) {
    const std::string folder = path.substr(0, path.rfind('/'));
    const bool in_scope = within == std::string::npos || folder == call.path;
    const auto selector = call.query.find("labelSelector");
    if (last_part(folder) == kind && in_scope && (selector == call.query.end() || matches(object, selector->second)))
      items.push_back(object);
  }
  return respond(200, {{"kind", "List"}, {"metadata", {{"resourceVersion", "1"}}}, {"items", items}});
}

void FakeApi::add_pod(const std::string& name_space, bool ready) {
  Json pod = {{"kind", "Pod"}, {"metadata", {{"name", "pod-1"}}}};
  pod["status"] = {{"phase", ready ? "Running" : "Pending"},
                   {"conditions", Json::array({{{"type", "Ready"}, {"status", ready ? "True" : "False"}}})}};
  store("/api/v1/namespaces/" + name_space + "/pods/pod-1", pod);
}

void FakeApi::add_event(const std::string& name_space, const std::string& reason, const std::string& message) {
  store("/api/v1/namespaces/" + name_space + "/events/" + reason,
        {{"kind", "Event"}, {"metadata", Json::object()}, {"type", "Warning"}, {"reason", reason}, {"message", message}});
}

namespace {

ClusterAccess test_access() {
  ClusterAccess access;
  access.server = std::string(kServer);
  access.origin = "context \"test\" of /test/config";
  access.tls = std::make_shared<net::TlsIdentity>();
  access.token = util::Secret("the-token");
  return access;
}

}  // namespace

World::World(ClientOptions options)
    : client(api, clock, test_access(), std::move(options)), rentals(client, clock, [] { return 0u; }) {}

PodPlan small_plan() {
  PodPlan plan;
  plan.lease_id = "0a1b2c3d4e5f";
  plan.image = "linuxserver/openssh-server:10.0";
  plan.ssh_username = "alice";
  plan.ssh_password = util::Secret("correct horse");
  plan.cpu_millicores = 1000;
  plan.memory_mb = 1024;
  plan.deadline = std::chrono::seconds(900);
  return plan;
}

}  // namespace paygress::kube::test

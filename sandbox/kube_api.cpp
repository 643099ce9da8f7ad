#include "sandbox/kube_api.h"

#include "sandbox/kube_admission.h"
#include "sandbox/kube_place.h"
#include "sandbox/kube_selector.h"
#include "sandbox/kube_status.h"

namespace paygress::sandbox {
namespace {

using util::Json;

std::string parameter(const net::ServerRequest& request, const char* name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

bool is_dry_run(const net::ServerRequest& request) { return parameter(request, "dryRun") == "All"; }

Json read_body(const net::ServerRequest& request) {
  const util::Result<Json> body = util::parse_json(request.body, {std::size_t{4} << 20, 64, true});
  if (body && body->is_object()) return *body;
  const bool duplicate = !body && body.error().message.find("twice") != std::string::npos;
  throw bad_request(duplicate ? "strict decoding error: duplicate field"
                              : "the object provided is unrecognized: couldn't get version/kind; json parse error");
}

net::ServerResponse json_response(int status, const Json& body) {
  net::ServerResponse response;
  response.status = status;
  response.body = body.dump();
  return response;
}

Json subject_review(const ResourceType& type, Json body) {
  body["apiVersion"] = type.api_version();
  body["kind"] = type.kind;
  if (type.plural == "selfsubjectaccessreviews")
    body["status"] = {{"allowed", true}, {"reason", "the sandbox allows everything"}};
  else
    body["status"] = {{"userInfo", {{"username", "paygress"}, {"groups", {"system:authenticated"}}}}};
  return body;
}

// The same object but for what the server itself keeps.
void keep_identity(const Json& old, Json& object) {
  for (const char* field :
       {"name", "namespace", "uid", "creationTimestamp", "generation", "resourceVersion", "deletionTimestamp"}) {
    if (old["metadata"].contains(field)) object["metadata"][field] = old["metadata"][field];
  }
  object["apiVersion"] = old["apiVersion"];
  object["kind"] = old["kind"];
}

}  // namespace

KubeApi::KubeApi(KubeStore& store, net::Clock& clock, crypto::RandomSource& random, KubeManners& manners,
                 const KubeOptions& options)
    : store_(store), clock_(clock), random_(random), manners_(manners), options_(options) {}

KubeApi::~KubeApi() = default;

std::string KubeApi::endpoint(const net::ServerRequest& request) const {
  const KubePlace place = find_place(request.target);
  if (place.type == nullptr) return "get" + (request.target.size() > 1 ? "_" + request.target.substr(1) : std::string());
  const bool watching = parameter(request, "watch") == "1" || parameter(request, "watch") == "true";
  const std::string_view verb = request.method == "POST"     ? "create"
                                : request.method == "PUT"    ? "update"
                                : request.method == "PATCH"  ? "patch"
                                : request.method == "DELETE" ? "delete"
                                : watching                   ? "watch"
                                : place.name.empty()         ? "list"
                                                             : "get";
  return std::string(verb) + "_" + std::string(place.type->plural);
}

net::ServerResponse KubeApi::answer(const net::ServerRequest& request) {
  try {
    if (options_.tls && !options_.bearer_token.empty() && request.header("authorization") != "Bearer " + options_.bearer_token)
      throw unauthorized();
    if (request.target == "/version")
      return json_response(200, {{"major", "1"}, {"minor", "34"}, {"gitVersion", "v1.34.10+sandbox"}, {"platform", "linux/amd64"}});
    if (request.target == "/readyz" || request.target == "/livez" || request.target == "/healthz") {
      net::ServerResponse response;
      response.content_type = "text/plain";
      response.body = "ok";
      return response;
    }
    const KubePlace place = find_place(request.target);
    if (place.type == nullptr)
      throw KubeRefusal(404, "NotFound", "the server could not find the requested resource", Json::object());
    int status = 200;
    if (request.method == "GET") {
      if (!place.name.empty()) return json_response(200, find(place));
      const std::string watching = parameter(request, "watch");
      if (watching == "1" || watching == "true") return watch(place, request);
      return json_response(200, list(place, request));
    }
    const Json body = request.method == "POST"    ? create(place, request, status)
                      : request.method == "PATCH" ? patch(place, request, status)
                      : request.method == "PUT"   ? update(place, request)
                      : request.method == "DELETE"
                          ? remove(place, request)
                          : throw KubeRefusal(405, "MethodNotAllowed",
                                              "the server does not allow this method on the requested resource", Json::object());
    return json_response(status, body);
  } catch (const KubeRefusal& refused) {
    return json_response(refused.code, refused.status);
  } catch (const Json::exception& wrong_shape) {
    return json_response(400, bad_request(std::string("json: cannot unmarshal: ") + wrong_shape.what()).status);
  }
}

const Json& KubeApi::find(const KubePlace& place) const {
  const Json* found = store_.get(*place.type, place.ns, place.name);
  if (found == nullptr) throw not_found(*place.type, place.name);
  return *found;
}

Json KubeApi::list(const KubePlace& place, const net::ServerRequest& request) const {
  const std::string labels = parameter(request, "labelSelector"), fields = parameter(request, "fieldSelector");
  const std::string limit_text = parameter(request, "limit"), from = parameter(request, "continue");
  const std::size_t limit = limit_text.empty() ? 0 : std::stoul(limit_text);
  const std::size_t skip = from.empty() ? 0 : std::stoul(from);
  Json items = Json::array();
  Json metadata = {{"resourceVersion", std::to_string(store_.revision())}};
  std::size_t index = 0;
  for (const Json& object : store_.list(*place.type, place.ns)) {
    if (!labels_match(object, labels) || !fields_match(object, fields)) continue;
    if (index++ < skip) continue;
    if (limit != 0 && items.size() == limit) {
      metadata["continue"] = std::to_string(skip + limit);
      break;
    }
    items.push_back(object);
  }
  return {{"apiVersion", place.type->api_version()},
          {"kind", std::string(place.type->kind) + "List"},
          {"metadata", metadata},
          {"items", items}};
}

Json KubeApi::create(const KubePlace& place, const net::ServerRequest& request, int& status) {
  status = 201;
  Json object = read_body(request);
  if (place.type->plural == "selfsubjectaccessreviews" || place.type->plural == "selfsubjectreviews")
    return subject_review(*place.type, std::move(object));
  return store_new(place, std::move(object), is_dry_run(request));
}

Json KubeApi::store_new(const KubePlace& place, Json object, bool dry_run) {
  const ResourceType& type = *place.type;
  Json& metadata = object["metadata"];
  if (!metadata.is_object()) metadata = Json::object();
  if (!metadata.contains("name") && metadata.contains("generateName"))
    metadata["name"] = metadata["generateName"].get<std::string>() + store_.random_suffix(5);
  const std::string name = metadata.value("name", std::string());
  if (name.empty()) throw invalid(type, "", "metadata.name", "Required value: name or generateName is required");
  if (type.namespaced) {
    metadata["namespace"] = place.ns;
    const Json* name_space = store_.get(resource("namespaces"), "", place.ns);
    if (name_space == nullptr) throw not_found(resource("namespaces"), place.ns);
    if ((*name_space)["metadata"].contains("deletionTimestamp")) throw namespace_terminating(type, name, place.ns);
  }
  for (const char* field : {"uid", "resourceVersion", "creationTimestamp"}) metadata.erase(field);
  admit_new(type, object, store_, manners_, options_, random_);
  if (store_.get(type, place.ns, name) != nullptr) throw already_exists(type, name);
  if (dry_run) return object;
  return store_.add(type, std::move(object));
}

Json KubeApi::store_change(const KubePlace& place, const Json& old, Json object, bool dry_run) {
  const std::string asked = object["metadata"].value("resourceVersion", std::string());
  if (!asked.empty() && asked != old["metadata"]["resourceVersion"]) throw modified(*place.type, place.name);
  const std::string uid = object["metadata"].value("uid", std::string());
  if (!uid.empty() && uid != old["metadata"]["uid"]) throw wrong_uid(*place.type, place.name, uid, old["metadata"]["uid"]);
  keep_identity(old, object);
  admit_change(*place.type, old, object, store_, manners_, options_, random_);
  if (dry_run) return object;
  return store_.replace(*place.type, std::move(object));
}

// A top-up that loses the race: the cluster has begun to end the Job, yet takes the new deadline and answers 200.
void KubeApi::meet_too_late(const Json& old, const Json& next) {
  if (!manners_.too_late ||
      next["spec"].value("activeDeadlineSeconds", std::int64_t{0}) <= old["spec"].value("activeDeadlineSeconds", std::int64_t{0}))
    return;
  manners_.too_late = false;
  Json ending = old;
  const std::string now = util::rfc3339(store_.now());
  const Json condition = {{"type", "FailureTarget"},      {"status", "True"},
                          {"reason", "DeadlineExceeded"}, {"message", "Job was active longer than specified deadline"},
                          {"lastProbeTime", now},         {"lastTransitionTime", now}};
  ending["status"]["conditions"].push_back(condition);
  store_.replace(resource("jobs"), std::move(ending));
}

Json KubeApi::patch(const KubePlace& place, const net::ServerRequest& request, int& status) {
  const std::string_view type = request.header("content-type").substr(0, request.header("content-type").find(';'));
  if (type == "application/apply-patch+yaml" || type == "application/apply-patch+json")
    return apply(place, read_body(request), request, status);

  Json old = find(place);
  Json next = old;
  bool names_version = false;  // the client insists on the version it has read
  if (type == "application/json-patch+json") {
    try {
      next = old.patch(Json::parse(request.body));
    } catch (const Json::exception&) {
      throw patch_test_failed();
    }
  } else if (type == "application/merge-patch+json" || type == "application/strategic-merge-patch+json") {
    const Json body = read_body(request);
    names_version = body.contains("/metadata/resourceVersion"_json_pointer);
    next.merge_patch(body);
  } else {
    throw KubeRefusal(415, "UnsupportedMediaType", "the body of the request was in an unknown format");
  }
  if (place.type->plural == "jobs") {
    meet_too_late(old, next);
    old = find(place);
    if (old.contains("status")) next["status"] = old["status"];  // the main resource does not change the status
    if (!names_version) next["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"];
  }
  return store_change(place, old, std::move(next), is_dry_run(request));
}

// Server-side apply with one manager: what is named is set, lists as a whole.
Json KubeApi::apply(const KubePlace& place, const Json& body, const net::ServerRequest& request, int& status) {
  if (parameter(request, "fieldManager").empty())
    throw bad_request("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
  if (store_.get(*place.type, place.ns, place.name) == nullptr) {
    status = 201;
    Json object = body;
    object["metadata"]["name"] = place.name;
    return store_new(place, std::move(object), is_dry_run(request));
  }
  const Json old = find(place);
  Json next = old;
  next.merge_patch(body);
  return store_change(place, old, std::move(next), is_dry_run(request));
}

Json KubeApi::update(const KubePlace& place, const net::ServerRequest& request) {
  const Json old = find(place);
  return store_change(place, old, read_body(request), is_dry_run(request));
}

Json KubeApi::remove(const KubePlace& place, const net::ServerRequest& request) {
  const Json options = request.body.empty() ? Json::object() : read_body(request);
  Json object = find(place);
  const std::string uid = options.value("/preconditions/uid"_json_pointer, std::string());
  if (!uid.empty() && uid != object["metadata"]["uid"]) throw wrong_uid(*place.type, place.name, uid, object["metadata"]["uid"]);
  if (is_dry_run(request)) return deleted_status(*place.type, object);

  std::string policy = parameter(request, "propagationPolicy");
  if (policy.empty()) policy = options.value("propagationPolicy", std::string("Background"));
  const bool waits = place.type->plural == "namespaces" || place.type->plural == "pods" ||
                     (place.type->plural == "jobs" && policy == "Foreground");
  if (!waits) {
    store_.remove(*place.type, place.ns, place.name);
    return deleted_status(*place.type, object);
  }
  if (object["metadata"].contains("deletionTimestamp")) return object;
  object["metadata"]["deletionTimestamp"] = util::rfc3339(store_.now());
  if (place.type->plural == "namespaces") object["status"]["phase"] = "Terminating";
  if (place.type->plural == "jobs") object["metadata"]["finalizers"] = {"foregroundDeletion"};
  return store_.replace(*place.type, std::move(object));
}

}  // namespace paygress::sandbox

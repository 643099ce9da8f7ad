#include "sandbox/kube_status.h"

namespace paygress::sandbox {
namespace {

using util::Json;

Json status_object(int code, const std::string& reason, const std::string& message, Json details) {
  Json status = {{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", Json::object()},
                 {"status", "Failure"}, {"message", message}, {"reason", reason},
                 {"code", code}};
  if (!details.is_null()) status["details"] = std::move(details);
  return status;
}

// Error texts name a resource as "jobs.batch", preconditions as "Job.batch".
std::string qualified_kind(const ResourceType& type) {
  std::string text(type.kind);
  if (!type.group.empty()) text += "." + std::string(type.group);
  return text;
}

Json details_of(const ResourceType& type, const std::string& name, std::string_view kind,
                const std::vector<KubeCause>& causes = {}) {
  Json details = {{"name", name}, {"kind", kind}};
  if (!type.group.empty()) details["group"] = type.group;
  for (const KubeCause& cause : causes) {
    Json entry = {{"reason", cause.reason}, {"message", cause.message}};
    if (!cause.field.empty()) entry["field"] = cause.field;
    details["causes"].push_back(std::move(entry));
  }
  return details;
}

}  // namespace

KubeRefusal::KubeRefusal(int code_, std::string reason, std::string message, Json details)
    : code(code_), status(status_object(code_, reason, message, std::move(details))) {}

KubeRefusal not_found(const ResourceType& type, const std::string& name) {
  return {404, "NotFound", type.qualified() + " \"" + name + "\" not found", details_of(type, name, type.plural)};
}

KubeRefusal already_exists(const ResourceType& type, const std::string& name) {
  return {409, "AlreadyExists", type.qualified() + " \"" + name + "\" already exists", details_of(type, name, type.plural)};
}

KubeRefusal bad_request(const std::string& message) { return {400, "BadRequest", message}; }
KubeRefusal unauthorized() { return {401, "Unauthorized", "Unauthorized"}; }
KubeRefusal internal_error(const std::string& message) { return {500, "InternalError", "Internal error occurred: " + message}; }

KubeRefusal forbidden(const ResourceType& type, const std::string& name, const std::string& why,
                      const std::vector<KubeCause>& causes) {
  return {403, "Forbidden", type.qualified() + " \"" + name + "\" is forbidden: " + why,
          details_of(type, name, type.plural, causes)};
}

KubeRefusal namespace_terminating(const ResourceType& type, const std::string& name, const std::string& ns) {
  const KubeCause cause{"NamespaceTerminating", "namespace " + ns + " is being terminated", "metadata.namespace"};
  return forbidden(type, name, "unable to create new content in namespace " + ns + " because it is being terminated", {cause});
}

KubeRefusal invalid(const ResourceType& type, const std::string& name, const std::string& field, const std::string& why) {
  const KubeCause cause{"FieldValueInvalid", why, field};
  return {422, "Invalid", qualified_kind(type) + " \"" + name + "\" is invalid: " + field + ": " + why,
          details_of(type, name, type.kind, {cause})};
}

KubeRefusal modified(const ResourceType& type, const std::string& name) {
  return {409, "Conflict",
          "Operation cannot be fulfilled on " + type.qualified() + " \"" + name +
              "\": the object has been modified; please apply your changes to the latest version and try again",
          details_of(type, name, type.plural)};
}

KubeRefusal wrong_uid(const ResourceType& type, const std::string& name, const std::string& asked, const std::string& real) {
  return {409, "Conflict",
          "Operation cannot be fulfilled on " + qualified_kind(type) + " \"" + name + "\": the UID in the precondition (" + asked +
              ") does not match the UID in record (" + real + "). The object might have been deleted and then recreated",
          details_of(type, name, type.plural)};
}

KubeRefusal patch_test_failed() {
  return {422, "Invalid", "the server rejected our request due to an error in our request", Json::object()};
}

Json expired_status(std::uint64_t asked, std::uint64_t oldest) {
  return status_object(410, "Expired", "too old resource version: " + std::to_string(asked) + " (" + std::to_string(oldest) + ")",
                       nullptr);
}

Json deleted_status(const ResourceType& type, const Json& object) {
  Json details = details_of(type, object["metadata"]["name"], type.plural);
  details["uid"] = object["metadata"]["uid"];
  return {{"kind", "Status"}, {"apiVersion", "v1"}, {"metadata", Json::object()}, {"status", "Success"}, {"details", details}};
}

}  // namespace paygress::sandbox

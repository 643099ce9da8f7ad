#include "kube/kubeconfig_file.h"

#include "kube/yaml.h"
#include "util/bytes.h"

namespace paygress::kube {
namespace {

using util::Errc;
using util::Error;
using util::Json;
using util::Result;

// Reads one object of the file and remembers the first thing that was wrong with it.
class Fields {
 public:
  Fields(const Json& object, std::string place, std::optional<Error>& problem)
      : object_(object), place_(std::move(place)), problem_(problem) {
    if (!object_.is_object()) fail({}, "expected a mapping");
  }

  std::string text(const char* field) {
    const Json* value = util::member(object_, field);
    if (!value) return {};
    if (value->is_string()) return value->get<std::string>();
    fail(field, std::string("expected a string, not a ") + value->type_name());
    return {};
  }

  bool flag(const char* field) {
    const Json* value = util::member(object_, field);
    if (!value) return false;
    if (value->is_boolean()) return value->get<bool>();
    fail(field, "expected true or false");
    return false;
  }

  std::vector<std::string> texts(const char* field) {
    const Json* value = util::member(object_, field);
    return value ? strings(field, *value) : std::vector<std::string>{};
  }

  std::map<std::string, std::vector<std::string>> lists(const char* field) {
    std::map<std::string, std::vector<std::string>> all;
    const Json* value = util::member(object_, field);
    if (!value) return all;
    if (!value->is_object())
      fail(field, "expected a mapping of lists");
    else
      for (const auto& [key, list] : value->items()) all[key] = strings(field, list);
    return all;
  }

  // Base64 of PEM; Go's decoder skips line breaks.
  util::Secret data(const char* field) {
    std::string encoded = text(field);
    if (encoded.empty()) return util::Secret();
    std::erase_if(encoded, [](char c) { return c == '\n' || c == '\r'; });
    auto bytes = util::from_base64(encoded);
    if (!bytes) fail(field, "not base64");
    util::Secret secret(bytes ? util::to_text(util::ByteView(*bytes)) : std::string());
    if (bytes) util::wipe(bytes->data(), bytes->size());
    util::wipe(encoded.data(), encoded.size());
    return secret;
  }

  const Json* member(const char* field) const { return util::member(object_, field); }

  void fail(const std::string& field, const std::string& what) {
    if (problem_) return;
    const std::string where = field.empty() ? place_ : place_.empty() ? field : place_ + "." + field;
    problem_ = Error{Errc::invalid, where.empty() ? what : where + ": " + what, "kubeconfig_invalid"};
  }

 private:
  std::vector<std::string> strings(const char* field, const Json& list) {
    std::vector<std::string> all;
    if (!list.is_array())
      fail(field, "expected a list of strings");
    else
      for (const Json& item : list) {
        if (item.is_string())
          all.push_back(item.get<std::string>());
        else
          fail(field, "expected a list of strings");
      }
    return all;
  }

  const Json& object_;
  std::string place_;
  std::optional<Error>& problem_;
};

ClusterEntry read_cluster(Fields fields) {
  ClusterEntry cluster;
  cluster.server = fields.text("server");
  cluster.tls_server_name = fields.text("tls-server-name");
  cluster.proxy_url = fields.text("proxy-url");
  cluster.authority.data = fields.data("certificate-authority-data");
  cluster.authority.path = fields.text("certificate-authority");
  cluster.insecure = fields.flag("insecure-skip-tls-verify");
  return cluster;
}

UserEntry read_user(Fields fields) {
  UserEntry user;
  user.certificate.data = fields.data("client-certificate-data");
  user.certificate.path = fields.text("client-certificate");
  user.key.data = fields.data("client-key-data");
  user.key.path = fields.text("client-key");
  user.token = util::Secret(fields.text("token"));
  user.token_file = fields.text("tokenFile");
  user.username = fields.text("username");
  user.password = util::Secret(fields.text("password"));
  user.as = fields.text("as");
  user.as_uid = fields.text("as-uid");
  user.as_groups = fields.texts("as-groups");
  user.as_extra = fields.lists("as-user-extra");
  if (const Json* exec = fields.member("exec")) user.exec_command = util::string_at(*exec, "command").value_or("");
  if (const Json* provider = fields.member("auth-provider")) user.auth_provider = util::string_at(*provider, "name").value_or("");
  return user;
}

ContextEntry read_context(Fields fields) {
  ContextEntry context;
  context.cluster = fields.text("cluster");
  context.user = fields.text("user");
  context.name_space = fields.text("namespace");
  return context;
}

// "clusters: [{name: x, cluster: {...}}]"
template <class Entry>
void read_list(Fields& top, const char* list_name, const char* kind, Entry (*read)(Fields), std::map<std::string, Entry>& into,
               const std::string& file, std::optional<Error>& problem) {
  const Json* list = top.member(list_name);
  if (!list) return;
  if (!list->is_array()) return top.fail(list_name, "expected a list");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string place = std::string(list_name) + "[" + std::to_string(i) + "]";
    Fields item((*list)[i], place, problem);
    const std::string name = item.text("name");
    const Json* body = item.member(kind);
    Entry entry = body ? read(Fields(*body, place + "." + kind, problem)) : Entry{};
    entry.file = file;
    if (!into.emplace(name, std::move(entry)).second) item.fail("name", "\"" + name + "\" appears twice in the list");
  }
}

}  // namespace

Result<KubeConfig> parse_kubeconfig(std::string_view text, const std::string& file) {
  auto document = parse_yaml(text);
  if (!document) return Error{document.error().kind, file + ": " + document.error().message, document.error().code};
  KubeConfig config;
  config.current_context_file = file;
  if (document->is_null()) return config;  // an empty file is an empty configuration
  std::optional<Error> problem;
  Fields top(*document, {}, problem);
  if (const std::string kind = top.text("kind"); !kind.empty() && kind != "Config") top.fail("kind", "expected Config");
  if (const std::string version = top.text("apiVersion"); !version.empty() && version != "v1")
    top.fail("apiVersion", "expected v1");
  read_list(top, "clusters", "cluster", read_cluster, config.clusters, file, problem);
  read_list(top, "users", "user", read_user, config.users, file, problem);
  read_list(top, "contexts", "context", read_context, config.contexts, file, problem);
  config.current_context = top.text("current-context");
  if (problem) return Error{problem->kind, file + ": " + problem->message, problem->code};
  return config;
}

void merge_kubeconfig(KubeConfig& earlier, KubeConfig later) {
  earlier.clusters.merge(later.clusters);
  earlier.users.merge(later.users);
  earlier.contexts.merge(later.contexts);
  if (earlier.current_context.empty()) {
    earlier.current_context = std::move(later.current_context);
    earlier.current_context_file = std::move(later.current_context_file);
  }
}

}  // namespace paygress::kube

#include "sandbox/fake_kube.h"

#include "net/clock.h"
#include "sandbox/certificate.h"
#include "sandbox/kube_api.h"
#include "sandbox/kube_condition.h"
#include "sandbox/kube_controllers.h"
#include "sandbox/kube_status.h"
#include "sandbox/listener.h"
#include "util/bytes.h"
#include "util/log.h"

namespace paygress::sandbox {
namespace {

using util::Json;

net::ServerResponse told_to_fail(int code) {
  net::ServerResponse response;
  response.status = code;
  if (code == 429) {  // max-in-flight answers in plain text
    response.content_type = "text/plain; charset=utf-8";
    response.headers.emplace_back("Retry-After", "1");
    response.body = "Too many requests, please try again later.";
    return response;
  }
  const KubeRefusal refused(code,
                            code == 403   ? "Forbidden"
                            : code == 503 ? "ServiceUnavailable"
                                          : "InternalError",
                            "Internal error occurred: the sandbox was told to fail");
  response.body = refused.status.dump();
  return response;
}

}  // namespace

FakeKube::FakeKube(boost::asio::any_io_executor executor, net::Clock& clock, crypto::RandomSource& random, KubeOptions options)
    : clock_(clock), options_(std::move(options)), store_(clock, random) {
  std::string why;
  if (options_.pods == PodKind::sshd && !can_run_sshd(why)) {
    util::log_warning("the sandbox's pods are no SSH servers, they only show a banner", {{"PAYGRESS_REASON", why}});
    options_.pods = PodKind::banner;
  }
  api_ = std::make_unique<KubeApi>(store_, clock_, random, manners, options_);
  controllers_ = std::make_unique<KubeControllers>(executor, store_, clock_, manners, options_);
  make_node();
  store_.on_change = [this](const Change& change) {
    // A new namespace gets its ServiceAccount a moment later in a real cluster.
    if (change.type->plural == "namespaces" && change.verb == "ADDED") {
      store_.add(resource("serviceaccounts"), {{"metadata", {{"name", "default"}, {"namespace", name_of(change.object)}}}});
    }
    api_->on_change();
    controllers_->on_change(change);
  };

  std::optional<net::ServerTls> tls;
  if (options_.tls) {
    Certificate made = make_certificate();
    ca_pem_ = made.ca_pem;
    tls.emplace();
    tls->cert_pem = made.cert_pem;
    tls->key_pem = made.key_pem;
  }
  const net::HttpServer::WebSocketHandler no_websockets;
  listener_ = std::make_unique<Listener>(
      executor, options_.port, [this](net::ServerRequest request) { return handle(std::move(request)); }, no_websockets,
      std::move(tls));
}

FakeKube::~FakeKube() { store_.on_change = nullptr; }

// One big node, and what every cluster has.
void FakeKube::make_node() {
  const util::Time now = clock_.now();
  Json node = {{"metadata", {{"name", "sandbox"}}},
               {"spec", Json::object()},
               {"status",
                {{"allocatable", {{"cpu", "64"}, {"memory", "256Gi"}, {"ephemeral-storage", "1Ti"}, {"pods", "1000"}}},
                 {"addresses", Json::array({{{"type", "InternalIP"}, {"address", "127.0.0.1"}}})}}}};
  node["status"]["capacity"] = node["status"]["allocatable"];
  node["status"]["conditions"] = Json::array({condition("Ready", true, now, "KubeletReady")});
  store_.add(resource("nodes"), std::move(node));
  for (const char* name : {"default", "kube-system"}) {
    store_.add(resource("namespaces"), {{"metadata", {{"name", name}, {"labels", {{"kubernetes.io/metadata.name", name}}}}},
                                        {"status", {{"phase", "Active"}}}});
  }
  const Json metadata = {{"name", "kubernetes"}, {"namespace", "default"}};
  const Json port = {{"name", "https"}, {"port", 443}, {"protocol", "TCP"}};
  store_.add(resource("services"), {{"metadata", metadata},
                                    {"spec", {{"type", "ClusterIP"}, {"clusterIP", "10.43.0.1"}, {"ports", Json::array({port})}}}});
  const Json subset = {{"addresses", Json::array({{{"ip", "127.0.0.1"}}})}, {"ports", Json::array({port})}};
  store_.add(resource("endpoints"), {{"metadata", metadata}, {"subsets", Json::array({subset})}});
  const Json endpoint = {{"addresses", Json::array({"127.0.0.1"})}};
  store_.add(
      resource("endpointslices"),
      {{"metadata", metadata}, {"addressType", "IPv4"}, {"endpoints", Json::array({endpoint})}, {"ports", Json::array({port})}});
}

std::string FakeKube::url() const { return (options_.tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port()); }
std::uint16_t FakeKube::port() const { return listener_->port(); }
std::string FakeKube::ca_pem() const { return ca_pem_; }

std::string FakeKube::kubeconfig() const {
  Json cluster = {{"server", url()}};
  Json user = Json::object();
  if (options_.tls) {
    cluster["certificate-authority-data"] = util::base64(util::as_bytes(ca_pem_));
    if (!options_.bearer_token.empty()) user["token"] = options_.bearer_token;
  }
  const Json context = {{"cluster", "sandbox"}, {"user", "paygress"}};
  const Json config = {{"apiVersion", "v1"},
                       {"kind", "Config"},
                       {"clusters", Json::array({{{"name", "sandbox"}, {"cluster", cluster}}})},
                       {"users", Json::array({{{"name", "paygress"}, {"user", user}}})},
                       {"contexts", Json::array({{{"name", "sandbox"}, {"context", context}}})},
                       {"current-context", "sandbox"}};
  return config.dump(2) + "\n";
}

net::Task<> FakeKube::run() {
  std::vector<net::Task<>> parts;
  parts.push_back(listener_->run());
  parts.push_back(controllers_->run());
  co_await net::run_all(std::move(parts));
}

net::Task<net::ServerResponse> FakeKube::handle(net::ServerRequest request) {
  const std::string endpoint = api_->endpoint(request);
  const std::optional<Fault> fault = faults_.next(endpoint);
  net::ServerResponse response;
  if (fault && fault->kind == FaultKind::lose_request) {
    response.drop = true;
    co_return response;
  }
  if (fault && (fault->kind == FaultKind::status || fault->kind == FaultKind::error))
    co_return told_to_fail(static_cast<int>(fault->argument));
  if (fault && fault->kind == FaultKind::delay) co_await clock_.sleep_for(std::chrono::milliseconds(fault->argument));

  response = api_->answer(request);
  if (faults_.on_done) faults_.on_done(endpoint);
  if (fault && fault->kind == FaultKind::hold_reply) co_await clock_.sleep_for(std::chrono::milliseconds(fault->argument));
  if (fault && fault->kind == FaultKind::lose_reply) response.drop = true;
  co_return response;
}

void FakeKube::go_down() { listener_->go_down(); }
void FakeKube::come_up() { listener_->come_up(); }
void FakeKube::forget_history() { api_->forget_history(); }
void FakeKube::cut_watches() { api_->cut_watches(); }
void FakeKube::notice() { controllers_->look_at_everything(); }

std::vector<Json> FakeKube::list(std::string_view plural, const std::string& ns) const { return store_.list(resource(plural), ns); }

Json FakeKube::get(std::string_view plural, const std::string& ns, const std::string& name) const {
  const Json* found = store_.get(resource(plural), ns, name);
  return found == nullptr ? Json() : *found;
}

std::size_t FakeKube::running_pods() const {
  std::size_t count = 0;
  for (const Json& pod : list("pods")) count += true_condition(pod, "Ready") != nullptr && !is_ending(pod) ? 1 : 0;
  return count;
}

bool FakeKube::crash_pod(const std::string& ns) { return controllers_->crash(ns); }

}  // namespace paygress::sandbox

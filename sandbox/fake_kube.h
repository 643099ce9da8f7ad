// A Kubernetes of one node on loopback: the API as far as paygress uses it (with the texts of 1.34), the Job, namespace and
// garbage-collection controllers, and a kubelet whose pods are real OpenSSH servers or, for fast tests, only say so.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "net/http_server.h"
#include "net/task.h"
#include "sandbox/fault.h"
#include "sandbox/kube_store.h"
#include "sandbox/pod_server.h"
#include "util/json.h"

namespace paygress::sandbox {

class Listener;
class KubeApi;
class KubeControllers;

struct KubeOptions {
  std::uint16_t port = 0;                // 0: the system chooses
  bool tls = false;                      // https with a certificate of its own (ca_pem(), kubeconfig())
  std::string bearer_token = "sandbox";  // with tls: anything else gets 401; empty: nobody is asked
  std::uint16_t node_port_first = 20000;
  std::uint16_t node_port_last = 20999;
  PodKind pods = PodKind::banner;
  std::filesystem::path pods_dir;  // homes and host keys of the pods; empty: a temporary one
};

// All false: a healthy cluster. May be changed at any time.
struct KubeManners {
  bool image_never_pulls = false;  // ImagePullBackOff for ever
  bool never_ready = false;        // runs, but Ready stays False and nothing listens
  bool unschedulable = false;
  bool psa_refuses = false;     // event FailedCreate on the Job, no condition
  bool quota_exceeded = false;  // 403 for Services, FailedCreate for pods
  bool port_range_full = false;
  bool too_late = false;                           // the next raise of a deadline meets a Job that has FailureTarget already
  bool controllers_stopped = false;                // kube-controller-manager is down: nothing starts, nothing ends
  std::chrono::milliseconds start_delay{0};        // from pod to Ready
  std::chrono::milliseconds termination_delay{0};  // how long an ending pod lingers
  std::set<std::uint16_t> taken_ports;             // by somebody else
};

class FakeKube {
 public:
  FakeKube(boost::asio::any_io_executor, net::Clock&, crypto::RandomSource&, KubeOptions = {});
  ~FakeKube();
  FakeKube(const FakeKube&) = delete;

  std::string url() const;
  std::uint16_t port() const;
  std::string ca_pem() const;
  std::string kubeconfig() const;  // JSON (and so YAML) with the address and, with tls, token and CA
  net::Task<> run();

  // Endpoints are "<verb>_<plural>" ("create_services", "patch_jobs", "get_pods", "list_jobs", "watch_pods",
  // "delete_namespaces", "get_version"), a plural alone, or "any".
  FaultPlan& faults() { return faults_; }
  KubeManners manners;
  void notice();  // after a change of manners: the controllers look again
  void go_down();
  void come_up();
  void forget_history();  // running and later watches get 410 Gone
  void cut_watches();     // every open watch loses its connection

  // What a test asks.
  const KubeStore& store() const { return store_; }
  std::vector<util::Json> list(std::string_view plural, const std::string& ns = {}) const;
  util::Json get(std::string_view plural, const std::string& ns, const std::string& name) const;  // null: not there
  std::size_t running_pods() const;                                                               // that are Ready
  bool crash_pod(const std::string& ns);  // the container dies; the kubelet restarts it
  const KubeOptions& options() const { return options_; }

 private:
  net::Task<net::ServerResponse> handle(net::ServerRequest);

  void make_node();

  net::Clock& clock_;
  KubeOptions options_;
  FaultPlan faults_;
  KubeStore store_;
  std::unique_ptr<KubeApi> api_;
  std::unique_ptr<KubeControllers> controllers_;
  std::unique_ptr<Listener> listener_;
  std::string ca_pem_;
};

}  // namespace paygress::sandbox

// What makes things happen in the fake cluster: the controllers for Jobs, namespaces and garbage, and the kubelet of its node.
//
// One loop brings what is nearer to what shall be, until nothing changes. It looks at a namespace when something in it has
// changed or a time in it has come, so a thousand rentals cost no more than the one that moves.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "net/task.h"
#include "sandbox/fake_kube.h"

namespace paygress::sandbox {

class KubeControllers {
 public:
  KubeControllers(boost::asio::any_io_executor, KubeStore&, net::Clock&, KubeManners&, const KubeOptions&);
  ~KubeControllers();

  net::Task<> run();
  void on_change(const Change&);
  void look_at_everything();
  bool crash(const std::string& ns);

 private:
  // A pod as the kubelet has it.
  struct Running {
    util::Time since;
    std::optional<util::Time> ready_since, ending_since;
    std::unique_ptr<PodServer> server;
    std::uint16_t port = 0;
    int restarts = 0;
    std::string broken;  // why it cannot start
  };

  void reconcile();
  void reconcile_namespace();
  void finish_namespace(const util::Json& name_space);
  void collect_garbage();
  void run_job(util::Json job);
  void end_job(util::Json job, const char* condition);
  void make_pod(const util::Json& job);
  void report_no_pod(const util::Json& job, const std::string& why);

  void run_pod(util::Json pod);
  void stop_pod(const util::Json& pod);
  std::string waiting_reason(const util::Json& pod, Running&, std::string& message);
  std::optional<PodLogin> login(const util::Json& pod) const;
  std::uint16_t node_port(const util::Json& pod) const;

  void check_again_at(util::Time);
  void save(const ResourceType& type, util::Json object) { store_.replace(type, std::move(object)); }

  boost::asio::any_io_executor executor_;
  KubeStore& store_;
  net::Clock& clock_;
  KubeManners& manners_;
  const KubeOptions& options_;
  std::filesystem::path pods_dir_;
  bool own_dir_ = false;                    // a temporary one, removed at the end
  std::map<std::string, Running> running_;  // by uid
  std::set<std::string> changed_;           // namespaces
  std::map<std::string, util::Time> due_;   // namespace -> when to look again
  std::string ns_;                          // the one that is looked at
  net::Event wake_;
};

}  // namespace paygress::sandbox

// The REST face of the fake cluster: paths, verbs, patches, watches. Knows the store, but nothing of Jobs and pods.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "net/http_server.h"
#include "net/task.h"
#include "sandbox/fake_kube.h"
#include "sandbox/kube_place.h"

namespace paygress::sandbox {

class KubeApi {
 public:
  KubeApi(KubeStore&, net::Clock&, crypto::RandomSource&, KubeManners&, const KubeOptions&);
  ~KubeApi();

  // "create_services", "watch_pods", "get_version"; see FakeKube::faults().
  std::string endpoint(const net::ServerRequest&) const;
  net::ServerResponse answer(const net::ServerRequest&);

  void on_change();  // wakes the watches
  void forget_history();
  void cut_watches();

 private:
  struct Watcher;

  util::Json create(const KubePlace&, const net::ServerRequest&, int& status);
  util::Json list(const KubePlace&, const net::ServerRequest&) const;
  util::Json patch(const KubePlace&, const net::ServerRequest&, int& status);
  util::Json apply(const KubePlace&, const util::Json& body, const net::ServerRequest&, int& status);
  util::Json update(const KubePlace&, const net::ServerRequest&);
  util::Json remove(const KubePlace&, const net::ServerRequest&);
  util::Json store_new(const KubePlace&, util::Json object, bool dry_run);
  util::Json store_change(const KubePlace&, const util::Json& old, util::Json object, bool dry_run);
  const util::Json& find(const KubePlace&) const;
  void meet_too_late(const util::Json& old, const util::Json& next);
  net::ServerResponse watch(const KubePlace&, const net::ServerRequest&);
  net::Task<> stream_changes(std::shared_ptr<Watcher>, net::StreamWriter&);

  KubeStore& store_;
  net::Clock& clock_;
  crypto::RandomSource& random_;
  KubeManners& manners_;
  const KubeOptions& options_;
  std::set<Watcher*> watchers_;
};

}  // namespace paygress::sandbox

// Sends requests to one Kubernetes API server, with what every caller needs: identity, pace, patience, clear errors.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kube/failure.h"
#include "kube/kubeconfig.h"
#include "kube/request.h"
#include "kube/server_clock.h"
#include "net/clock.h"
#include "net/task.h"

namespace paygress::net {
class HttpClient;
}

namespace paygress::kube {

struct ServerVersion {
  int major = 0, minor = 0;
  std::string text;  // "v1.34.10+k3s1"
};

struct ClientOptions {
  double requests_per_second = 50;  // client-go's 5 would be the bottleneck at ten pods a second
  int burst = 100;
  int attempts = 5;  // of one request, the first included
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
  // Reads the kubeconfig again; asked after a 401 or a failed certificate check, at most every ten seconds.
  std::function<util::Result<ClusterAccess>()> reload = {};
};

class Client {
 public:
  Client(net::HttpClient&, net::Clock&, ClusterAccess, ClientOptions = {});

  // Repeats by itself on 429, and on 5xx with Retry-After; on a lost connection only what is repeatable. A POST whose
  // answer was lost comes back with maybe_done: look by name whether it was carried out.
  net::Task<Answer> send(Request);

  // The same with the failure as a sentence.
  net::Task<util::Result<util::Json>> call(Request);

  // All pages of a list; `items` only.
  net::Task<util::Result<std::vector<util::Json>>> list_all(Request);

  // Refuses servers before 1.25: there a deadline moved up never fires, and a rental would run forever.
  net::Task<util::Result<ServerVersion>> check_version();

  const ClusterAccess& access() const { return access_; }

  // What to add to a time of ours to have the cluster's.
  std::chrono::milliseconds clock_ahead() const { return server_clock_.ahead(); }

 private:
  net::Task<> wait_for_turn();
  net::Task<Answer> send_once(const Request&);
  net::Task<bool> worth_repeating(const Request&, const Failure&, int attempt);
  const util::Secret& bearer();
  bool renew_access();

  net::HttpClient& http_;
  net::Clock& clock_;
  ClusterAccess access_;
  ClientOptions options_;
  ServerClock server_clock_;
  double turns_;  // of the token bucket; below zero: so many requests wait already
  net::SteadyTime turns_at_;
  std::optional<net::SteadyTime> token_read_at_, reloaded_at_;
};

}  // namespace paygress::kube

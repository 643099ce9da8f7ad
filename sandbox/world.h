// A whole world on loopback: a relay, a mint and a cluster of one node. No real money, and nothing leaves the machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "net/task.h"
#include "sandbox/fake_kube.h"
#include "sandbox/fake_mint.h"
#include "sandbox/fake_relay.h"
#include "util/result.h"

namespace paygress::sandbox {

struct WorldOptions {
  std::uint16_t relay_port = 0;
  MintOptions mint;
  KubeOptions kube;
};

class World {
 public:
  World(boost::asio::any_io_executor, net::Clock&, crypto::RandomSource&, WorldOptions = {});

  FakeRelay relay;
  FakeMint mint;
  FakeKube kube;

  // Until cancelled.
  net::Task<> run();

  // The settings of a daemon that lives in this world (CONTRACT section 5), but for its key and its database. `kubeconfig` is
  // where the caller puts kube.kubeconfig().
  std::map<std::string, std::string> environment(const std::filesystem::path& kubeconfig) const;

  // An order from outside (`paygress-sandbox misbehave`), as "TARGET.WHAT" or "TARGET.WHAT=VALUE":
  //   mint.swap=lose_reply:1   kube.create_services=status(500):2    faults, see fault.h
  //   mint.down  mint.up  mint.rotate  mint.pending=Y  mint.released=Y
  //   mint.lightning=hangs:1   mint.settle_payments   mint.fail_payments   see fake_lightning.h
  //   relay.down  relay.up  relay.drop  relay.no_ok=true  relay.refuse_events=blocked: no   manners, by their names
  //   kube.down  kube.up  kube.never_ready=true  kube.start_delay=500  kube.forget_history  kube.cut_watches  kube.crash=NAMESPACE
  //   calm                     the end of all that
  util::Result<> misbehave(std::string_view order);
};

}  // namespace paygress::sandbox

// A whole world on loopback: a relay, a mint and a cluster of one node. No real money, nothing leaves the machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "net/task.h"
#include "sandbox/fake_kube.h"
#include "sandbox/fake_mint.h"
#include "sandbox/fake_relay.h"

namespace paygress::sandbox {

struct WorldOptions {
  std::uint16_t relay_port = 0;
  MintOptions mint;
  KubeOptions kube;
};

class World {
 public:
  World(boost::asio::any_io_executor, net::Clock&, crypto::RandomSource&, WorldOptions = {});
  ~World();

  FakeRelay relay;
  FakeMint mint;
  FakeKube kube;

  // Until cancelled.
  net::Task<> run();

  // The settings of a daemon that lives in this world (CONTRACT section 5), but for its key and its database. Writes the
  // kubeconfig into `dir`.
  std::map<std::string, std::string> environment(const std::filesystem::path& dir) const;

  // "mint.swap=lose_reply:1", "mint.down", "mint.up", "mint.rotate", "mint.pending=<Y>", "relay.drop_after_ok=true", "relay.down",
  // "kube.create_services=status(500):2", "kube.never_ready=true", "kube.forget_history"; "calm" ends all of it.
  util::Result<> misbehave(std::string_view order);

 private:
  net::Task<net::ServerResponse> control(net::ServerRequest);
};

}  // namespace paygress::sandbox

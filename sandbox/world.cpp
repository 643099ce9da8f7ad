#include "sandbox/world.h"

#include "net/clock.h"
#include "sandbox/control.h"
#include "util/json.h"

namespace paygress::sandbox {
namespace {

using util::Json;

// Cheap enough that a free token of 500 sat buys more than an hour.
Json pod_specs() {
  const Json small = {{"id", "small"},         {"name", "Small"},  {"description", "A small pod to try things"},
                      {"cpu_millicores", 500}, {"memory_mb", 256}, {"rate_msats_per_sec", 100}};
  const Json large = {{"id", "large"},          {"name", "Large"},   {"description", "Room for builds"},
                      {"cpu_millicores", 2000}, {"memory_mb", 2048}, {"rate_msats_per_sec", 1000}};
  return Json::array({small, large});
}

}  // namespace

World::World(boost::asio::any_io_executor executor, net::Clock& clock, crypto::RandomSource& random, WorldOptions options)
    : relay(executor, clock, random, options.relay_port),
      mint(executor, clock, random, std::move(options.mint)),
      kube(executor, clock, random, std::move(options.kube)) {
  mint.other_paths = [this](net::ServerRequest request) { return answer_control(*this, std::move(request)); };
}

net::Task<> World::run() {
  std::vector<net::Task<>> parts;
  parts.push_back(relay.run());
  parts.push_back(mint.run());
  parts.push_back(kube.run());
  co_await net::run_all(std::move(parts));
}

std::map<std::string, std::string> World::environment(const std::filesystem::path& kubeconfig) const {
  return {{"NOSTR_RELAYS", relay.url()},
          {"WHITELISTED_MINTS", mint.url()},
          {"KUBECONFIG", kubeconfig.string()},
          {"SSH_HOST", "127.0.0.1"},
          {"SSH_PORT_RANGE_START", std::to_string(kube.options().node_port_first)},
          {"SSH_PORT_RANGE_END", std::to_string(kube.options().node_port_last)},
          {"BASE_IMAGE", "sandbox/ssh:latest"},
          {"MINIMUM_POD_DURATION_SECONDS", "5"},
          {"POD_SPECS", pod_specs().dump()}};
}

}  // namespace paygress::sandbox

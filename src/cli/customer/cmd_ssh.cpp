#include <cstdlib>

#include "cli/common/places.h"
#include "cli/common/private_file.h"
#include "cli/common/process.h"
#include "cli/customer/commands.h"
#include "cli/customer/pod_names.h"
#include "cli/customer/ssh_host_key.h"

namespace paygress::cli {
namespace {

// Writes the pod's host key to a known_hosts file of its own. A key that is not the promised one ends the attempt.
std::filesystem::path pin_host_key(const contract::AccessDetails& pod) {
  const auto file = state_directory() / "known_hosts" / (pod.pod_npub + '-' + std::to_string(pod.node_port));
  if (read_private(file)) return file;
  const auto scan =
      run_program({"ssh-keyscan", "-T", "10", "-p", std::to_string(pod.node_port), pod.host_address}, ErrorOutput::dropped);
  if (scan.status == 127) throw Stop(Exit::local, "ssh-keyscan is not installed (package openssh-client)");
  const auto line = matching_line(scan.output, pod.ssh_host_key);
  if (!line && scan.output.empty())
    throw Stop(Exit::network, "no SSH server answers at " + pod.host_address + " port " + std::to_string(pod.node_port));
  if (!line)
    throw Stop(Exit::network, "the SSH server at " + pod.host_address + " does not have the key " + pod.ssh_host_key +
                                  " that the provider promised: somebody else may be answering. Nothing was sent to it");
  write_private(file, *line + '\n');
  return file;
}

// With a password that we made, ssh asks this very program for it (see main.cpp).
void offer_password(const Order& order, const std::filesystem::path& self) {
  ::setenv("SSH_ASKPASS", self.c_str(), 1);
  ::setenv("SSH_ASKPASS_REQUIRE", "force", 1);
  ::setenv("PAYGRESS_ASKPASS_ORDER", order.request_id.c_str(), 1);
}

}  // namespace

Exit connect_ssh(Context& context, const std::string& name, const std::vector<std::string>& command) {
  const auto pod = resolve_pod(context, name);
  if (!pod.order) throw Stop(Exit::usage, "\"" + name + "\" is none of your pods (`paygress list` shows them)");
  const auto& order = *pod.order;
  const auto& details = *order.pod;
  if (details.host_address.empty() || details.ssh_username.empty())
    throw Stop(Exit::usage, "this provider told only a command line; see the instructions that came with the pod");

  std::vector<std::string> arguments{"ssh", "-p", std::to_string(details.node_port)};
  const auto option = [&](const std::string& text) { arguments.insert(arguments.end(), {"-o", text}); };
  if (details.ssh_host_key.empty()) {
    option("StrictHostKeyChecking=accept-new");
  } else {
    option("UserKnownHostsFile=" + pin_host_key(details).string());
    option("GlobalKnownHostsFile=/dev/null");
    option("StrictHostKeyChecking=yes");
  }
  if (!order.ssh_key.empty()) {
    option("IdentitiesOnly=yes");
    arguments.insert(arguments.end(), {"-i", order.ssh_key});
  } else {
    option("PubkeyAuthentication=no");
    if (!order.password.empty()) offer_password(order, std::filesystem::read_symlink("/proc/self/exe"));
  }
  arguments.insert(arguments.end(), {"-l", details.ssh_username, "--", details.host_address});
  arguments.insert(arguments.end(), command.begin(), command.end());
  become_program(arguments);
}

}  // namespace paygress::cli

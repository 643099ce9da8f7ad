#include "contract/instructions.h"

namespace paygress::contract {

std::string spoken_time(util::Time time) {
  std::string text = util::rfc3339(time);  // 2025-09-23T15:30:00Z
  text[10] = ' ';
  text.replace(19, std::string::npos, " UTC");
  return text;
}

std::string ssh_command(const AccessDetails& pod) {
  const std::string options = pod.password_login ? "-o PreferredAuthentications=password -o PubkeyAuthentication=no " : "";
  return "ssh " + options + pod.ssh_username + '@' + pod.host_address + " -p " + std::to_string(pod.node_port);
}

std::vector<std::string> instructions(const AccessDetails& pod) {
  std::vector<std::string> lines{
      "🚀 SSH access available:", "", "Direct access (no kubectl needed):", "   " + ssh_command(pod), "",
  };
  if (pod.expires_at) lines.insert(lines.end(), {"⚠️  Pod expires at:", "   " + spoken_time(*pod.expires_at), ""});
  lines.insert(lines.end(), {
                                "📋 Pod Details:",
                                "   Pod NPUB: " + pod.pod_npub,
                                "   Specification: " + pod.pod_spec_name + " (" + pod.pod_spec_description + ")",
                                "   CPU: " + std::to_string(pod.cpu_millicores) + " millicores",
                                "   Memory: " + std::to_string(pod.memory_mb) + " MB",
                                "   Duration: " + std::to_string(pod.duration_seconds.count()) + " seconds",
                            });
  if (!pod.ssh_host_key.empty()) lines.push_back("   Host key: " + pod.ssh_host_key);
  return lines;
}

}  // namespace paygress::contract

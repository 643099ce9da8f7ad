// The commands of `paygress`, one function each. They print their result on standard output and return how they ended.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/common/stop.h"
#include "cli/customer/context.h"

namespace paygress::cli {

struct TokenSource {
  std::string text;         // --token
  std::string file;         // --token-file; "-": standard input
  bool from_stdin = false;  // a "-" at the end of the command line
};

struct SpawnOptions {
  std::string spec;   // empty: the provider's first
  std::string image;  // empty: the provider's own
  std::string user = "pod";
  std::string password_file;
  bool random_password = false;
  std::string key_file;  // neither of the three: our own SSH key
  TokenSource token;
  bool check = true;
};

struct TopUpOptions {
  std::string pod;
  TokenSource token;
  bool check = true;
};

Exit list_offers(Context& context);
Exit spawn_pod(Context& context, const SpawnOptions& options);
Exit top_up_pod(Context& context, const TopUpOptions& options);
Exit show_status(Context& context, const std::string& pod);
Exit list_pods(Context& context);
Exit end_pod(Context& context, const std::string& pod);
// Does not return if ssh could be started.
Exit connect_ssh(Context& context, const std::string& pod, const std::vector<std::string>& command);

}  // namespace paygress::cli

// The daemon's admin socket, as paygressctl uses it: one question, one JSON answer, HTTP/1.1 over a unix socket.
#pragma once

#include <string>

#include "util/json.h"

namespace paygress::cli {

inline constexpr char kAdminSocket[] = "/run/paygress/admin.sock";

// GET of a path such as "/status". Throws Stop(network) if nobody answers, Stop(local) without permission,
// Stop(refused) if the daemon says no.
util::Json ask_daemon(const std::string& socket_path, const std::string& path);
// The same for a command, which may take minutes.
util::Json tell_daemon(const std::string& socket_path, const std::string& path, const util::Json& command);

// The body of a whole HTTP response, with its status; throws Stop(network) if it is none. PURE.
struct HttpAnswer {
  int status = 0;
  std::string body;
};
HttpAnswer read_http_answer(const std::string& bytes);

}  // namespace paygress::cli

// The control endpoint of a running sandbox, on the mint's port (loopback only): what `paygress-sandbox token`, `state`, `books`
// and `misbehave` talk to.
//
//   POST /sandbox/token      {"amount": 500, "unit"?: "sat"}     -> {"token": "cashuB..."}
//   POST /sandbox/state      {"token": "cashuB..."}              -> {"spent": bool, "states": ["SPENT", ...]}
//   POST /sandbox/misbehave  {"order": "mint.swap=lose_reply:1"} -> {}
//   GET  /sandbox/books                                          -> {"issued_msat": ...}
//   GET  /sandbox/requests                                       -> {"mint": n, "kube": n}
// Errors are 400 {"error": "..."}.
#pragma once

#include "net/http_server.h"
#include "net/task.h"

namespace paygress::sandbox {

class World;

net::Task<net::ServerResponse> answer_control(World&, net::ServerRequest);

}  // namespace paygress::sandbox

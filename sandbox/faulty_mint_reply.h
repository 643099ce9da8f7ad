// How a fault shows in a mint's answer, whoever the mint is: the sandbox's own, or a real one behind a proxy of the tests.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "net/http_server.h"
#include "net/task.h"
#include "sandbox/fault.h"

namespace paygress::net {
class Clock;
}

namespace paygress::sandbox {

// A refusal in the protocol's words: HTTP 400 {detail, code}.
net::ServerResponse refusal(int code, const std::string& detail);

// Answers one request by `work`, unless the fault says that nothing is done, and spoils what comes of it as the fault says.
net::Task<net::ServerResponse> answer_with_fault(net::Clock&, std::optional<Fault>,
                                                 std::function<net::Task<net::ServerResponse>()> work);

}  // namespace paygress::sandbox

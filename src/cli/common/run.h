// The one place where a program of this folder starts its tree of tasks.
#pragma once

#include "net/task.h"

namespace boost::asio {
class io_context;
}

namespace paygress::cli {

// Runs the task to its end on this thread and throws what it throws. SIGINT and SIGTERM keep their usual meaning: the
// process ends; what must outlive it has been written before it was sent.
void run_to_end(boost::asio::io_context& context, net::Task<> task);

// Runs `background` beside `work` until `work` has returned.
net::Task<> beside(net::Task<> background, net::Task<> work);

}  // namespace paygress::cli

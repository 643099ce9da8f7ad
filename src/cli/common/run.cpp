#include "cli/common/run.h"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace paygress::cli {

void run_to_end(boost::asio::io_context& context, net::Task<> task) {
  std::exception_ptr failure;
  boost::asio::co_spawn(context, std::move(task), [&failure](const std::exception_ptr& error) { failure = error; });
  context.run();
  if (failure) std::rethrow_exception(failure);
}

net::Task<> beside(net::Task<> background, net::Task<> work) {
  std::vector<net::Task<>> tasks;
  tasks.push_back(std::move(background));
  tasks.push_back(std::move(work));
  co_await net::run_any(std::move(tasks));
}

}  // namespace paygress::cli

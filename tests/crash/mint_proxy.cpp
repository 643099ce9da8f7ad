#include "tests/crash/mint_proxy.h"

#include "net/clock.h"
#include "net/http_client.h"
#include "sandbox/faulty_mint_reply.h"
#include "sandbox/mint_routes.h"

namespace paygress::test {
namespace {

net::ServerResponse no_answer() {
  net::ServerResponse response;
  response.drop = true;
  return response;
}

}  // namespace

MintProxy::MintProxy(boost::asio::any_io_executor executor, net::Clock& clock, net::HttpClient& http, std::string mint)
    : clock_(clock),
      http_(http),
      mint_(std::move(mint)),
      listener_(executor, 0, [this](net::ServerRequest request) { return handle(std::move(request)); }) {}

net::Task<net::ServerResponse> MintProxy::handle(net::ServerRequest request) {
  struct Count {
    explicit Count(int& number) : number_(number) { ++number_; }
    ~Count() { --number_; }
    int& number_;
  };
  const Count count(under_way_);
  co_return co_await pass_on(std::move(request));
}

net::Task<net::ServerResponse> MintProxy::pass_on(net::ServerRequest request) {
  const auto route = sandbox::find_mint_route(request.method, request.target);
  const std::string endpoint(route ? route->endpoint : std::string_view("unknown"));
  if (cut && cut(Moment::arrived, endpoint)) co_return no_answer();
  const std::function<net::Task<net::ServerResponse>()> work = [&]() { return ask_mint(request); };
  const std::optional<sandbox::Fault> fault = faults_.next(endpoint);
  net::ServerResponse response = co_await sandbox::answer_with_fault(clock_, fault, work);
  if (cut && cut(Moment::answered, endpoint)) co_return no_answer();
  co_return response;
}

net::Task<net::ServerResponse> MintProxy::ask_mint(const net::ServerRequest& request) {
  net::HttpRequest onward;
  onward.method = request.method;
  onward.url = mint_ + request.target;
  onward.body = request.body;
  if (!request.body.empty()) onward.headers.emplace_back("Content-Type", "application/json");
  const auto answer = co_await http_.send(onward);
  if (!answer) co_return no_answer();
  net::ServerResponse response;
  response.status = answer->status;
  response.body = answer->body;
  if (const auto after = answer->header("retry-after"); !after.empty())
    response.headers.emplace_back("Retry-After", std::string(after));
  co_return response;
}

}  // namespace paygress::test

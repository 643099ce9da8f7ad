#include "sandbox/control_client.h"

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>

#include <boost/asio/io_context.hpp>

#include "net/http_client.h"
#include "net/running.h"
#include "sandbox/folder.h"

namespace paygress::sandbox {
using util::Json;
using Response = std::optional<util::Result<net::HttpResponse>>;

namespace {

net::Task<> keep(net::HttpClient& client, net::HttpRequest request, Response& response) {
  response.emplace(co_await client.send(std::move(request)));
}

}  // namespace

Json ask_sandbox(const std::filesystem::path& dir, const std::string& path, const Json& body) {
  const std::string mint = Folder(dir).setting("WHITELISTED_MINTS");
  if (mint.empty()) throw std::runtime_error("no sandbox has run in " + dir.string() + " (give its folder with --dir)");
  net::HttpRequest request;
  request.method = body.is_null() ? "GET" : "POST";
  request.url = mint + path;
  if (!body.is_null()) request.body = body.dump();

  boost::asio::io_context io(1);
  const std::unique_ptr<net::HttpClient> client = net::make_curl_client(io.get_executor());
  Response response;
  net::Running asking(io.get_executor(), keep(*client, std::move(request), response));
  io.run();
  if (asking.error()) std::rethrow_exception(asking.error());
  if (!*response) throw std::runtime_error(response->error().message);
  const auto answer = util::parse_json((*response)->body);
  if (!answer) throw std::runtime_error(answer.error().message);
  if ((*response)->ok()) return *answer;
  throw std::runtime_error(util::string_at(*answer, "error").value_or("the sandbox said " + std::to_string((*response)->status)));
}

}  // namespace paygress::sandbox

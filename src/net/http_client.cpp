#include "net/http_client.h"

#include <optional>

#include "net/curl_loop.h"
#include "net/http_transfer.h"

namespace paygress::net {

namespace {

// In the loop for as long as this lives: a cancelled request leaves no handle behind.
class InLoop {
 public:
  InLoop(std::shared_ptr<CurlLoop> loop, CURL* easy, std::function<void(CURLcode)> on_done) : loop_(std::move(loop)), easy_(easy) {
    loop_->add(easy_, std::move(on_done));
  }
  ~InLoop() { loop_->remove(easy_); }
  InLoop(const InLoop&) = delete;
  InLoop& operator=(const InLoop&) = delete;

 private:
  std::shared_ptr<CurlLoop> loop_;
  CURL* easy_;
};

using OnLine = std::function<void(std::string_view)>;

Task<util::Result<HttpResponse>> perform(std::shared_ptr<CurlLoop> loop, HttpRequest request, OnLine on_line) {
  HttpTransfer transfer(std::move(request), static_cast<bool>(on_line));
  const auto prepared = transfer.prepare();
  if (!prepared) co_return prepared.error();

  Event changed;
  std::optional<CURLcode> done;
  const auto finish = [&](CURLcode code) {
    done = code;
    changed.notify();
  };
  transfer.on_progress = [&] { changed.notify(); };
  const InLoop in_loop(std::move(loop), transfer.handle(), finish);
  // Lines are handed out here and not in libcurl's callback, so that `on_line` may throw, or start another request.
  while (!done) {
    co_await changed.wait();
    if (on_line) transfer.take_lines(done.has_value(), on_line);
  }
  co_return transfer.result(*done);
}

class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(boost::asio::any_io_executor executor) : loop_(std::make_shared<CurlLoop>(std::move(executor))) {}

  Task<util::Result<HttpResponse>> send(HttpRequest request) override { return perform(loop_, std::move(request), nullptr); }
  Task<util::Result<HttpResponse>> stream(HttpRequest request, OnLine on_line) override {
    return perform(loop_, std::move(request), std::move(on_line));
  }

 private:
  std::shared_ptr<CurlLoop> loop_;
};

}  // namespace

std::unique_ptr<HttpClient> make_curl_client(boost::asio::any_io_executor executor) {
  return std::make_unique<CurlClient>(std::move(executor));
}

}  // namespace paygress::net

#include "net/curl_loop.h"

#include <new>
#include <utility>

namespace paygress::net {
namespace asio = boost::asio;
using asio::posix::descriptor_base;
using boost::system::error_code;

namespace {

void start_libcurl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw std::bad_alloc();
}

}  // namespace

CurlLoop::CurlLoop(asio::any_io_executor executor) : executor_(std::move(executor)), timer_(executor_) {
  start_libcurl();
  multi_ = curl_multi_init();
  if (multi_ == nullptr) throw std::bad_alloc();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 32L);  // idle connections kept for reuse
}

CurlLoop::~CurlLoop() {
  for (const auto& [easy, on_done] : transfers_) curl_multi_remove_handle(multi_, easy);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, nullptr);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
  while (!sockets_.empty()) forget(sockets_.begin()->first);
  curl_multi_cleanup(multi_);
}

void CurlLoop::add(CURL* easy, std::function<void(CURLcode)> on_done) {
  transfers_.emplace(easy, std::move(on_done));
  if (curl_multi_add_handle(multi_, easy) != CURLM_OK) {
    transfers_.erase(easy);
    throw std::bad_alloc();
  }
}

void CurlLoop::remove(CURL* easy) {
  transfers_.erase(easy);
  curl_multi_remove_handle(multi_, easy);
}

int CurlLoop::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  auto* loop = static_cast<CurlLoop*>(self);
  if (what == CURL_POLL_REMOVE) {
    loop->forget(fd);
  } else {
    loop->watch(fd, what);
  }
  return 0;
}

int CurlLoop::on_timer(CURLM*, long timeout_ms, void* self) {
  auto* loop = static_cast<CurlLoop*>(self);
  loop->timer_.cancel();
  if (timeout_ms < 0) return 0;
  // Also for "now": libcurl must not be called back from inside its own callback.
  loop->timer_.expires_after(std::chrono::milliseconds(timeout_ms));
  loop->timer_.async_wait([weak = loop->weak_from_this()](const error_code& failed) {
    const auto alive = weak.lock();
    if (!failed && alive) alive->act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

void CurlLoop::watch(curl_socket_t fd, int what) {
  auto& socket = sockets_[fd];
  if (!socket) {
    socket = std::make_shared<Socket>(executor_);
    error_code failed;
    socket->descriptor.assign(fd, failed);
    if (failed) {
      sockets_.erase(fd);
      return;  // libcurl's own timeout ends the transfer
    }
  }
  socket->wanted = what;
  arm(fd, socket);
}

// The descriptor is libcurl's and will be closed by it: give it back without closing.
void CurlLoop::forget(curl_socket_t fd) {
  const auto found = sockets_.find(fd);
  if (found == sockets_.end()) return;
  const auto socket = std::move(found->second);
  sockets_.erase(found);
  socket->descriptor.release();
}

void CurlLoop::arm(curl_socket_t fd, const std::shared_ptr<Socket>& socket) {
  if ((socket->wanted & CURL_POLL_IN) != 0 && !socket->reading) wait(fd, socket, true);
  if ((socket->wanted & CURL_POLL_OUT) != 0 && !socket->writing) wait(fd, socket, false);
}

void CurlLoop::wait(curl_socket_t fd, const std::shared_ptr<Socket>& socket, bool for_reading) {
  (for_reading ? socket->reading : socket->writing) = true;
  const auto kind = for_reading ? descriptor_base::wait_read : descriptor_base::wait_write;
  socket->descriptor.async_wait(kind, [weak = weak_from_this(), fd, socket, for_reading](const error_code& failed) {
    (for_reading ? socket->reading : socket->writing) = false;
    const auto alive = weak.lock();
    if (failed || !alive) return;
    // The same number may be another connection by now.
    const auto current = [&] {
      const auto found = alive->sockets_.find(fd);
      return found != alive->sockets_.end() && found->second == socket;
    };
    if (!current()) return;
    const int direction = for_reading ? CURL_POLL_IN : CURL_POLL_OUT;
    if ((socket->wanted & direction) != 0) alive->act(fd, for_reading ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
    if (current()) alive->arm(fd, socket);
  });
}

void CurlLoop::act(curl_socket_t fd, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, events, &running);
  collect_finished();
}

void CurlLoop::collect_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto found = transfers_.find(message->easy_handle);
    if (found == transfers_.end()) continue;
    const auto on_done = std::move(found->second);
    transfers_.erase(found);
    on_done(message->data.result);
  }
}

}  // namespace paygress::net

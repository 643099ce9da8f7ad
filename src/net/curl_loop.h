// libcurl's multi interface, driven by Asio: libcurl says which sockets and which time it waits for, Asio waits.
// Internal to net; http_client.cpp makes the requests.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

#include <curl/curl.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace paygress::net {

// Waits only while transfers are in it: its handlers hold it weakly, so that it goes with its last owner.
class CurlLoop : public std::enable_shared_from_this<CurlLoop> {
 public:
  explicit CurlLoop(boost::asio::any_io_executor executor);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  // `on_done` is called once, never from inside add(). Until remove(), `easy` belongs to the loop.
  void add(CURL* easy, std::function<void(CURLcode)> on_done);
  // Safe before and after the end of the transfer; not from libcurl's own callbacks.
  void remove(CURL* easy);

 private:
  struct Socket {
    explicit Socket(const boost::asio::any_io_executor& executor) : descriptor(executor) {}
    boost::asio::posix::stream_descriptor descriptor;
    int wanted = 0;  // CURL_POLL_IN, CURL_POLL_OUT, CURL_POLL_INOUT
    bool reading = false;
    bool writing = false;
  };

  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*);
  static int on_timer(CURLM*, long timeout_ms, void* self);

  void watch(curl_socket_t fd, int what);
  void forget(curl_socket_t fd);
  void arm(curl_socket_t fd, const std::shared_ptr<Socket>& socket);
  void wait(curl_socket_t fd, const std::shared_ptr<Socket>& socket, bool for_reading);
  void act(curl_socket_t fd, int events);
  void collect_finished();

  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer timer_;
  CURLM* multi_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
  std::map<CURL*, std::function<void(CURLcode)>> transfers_;
};

}  // namespace paygress::net

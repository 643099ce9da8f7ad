// One request as libcurl sees it: its options, and the answer as it comes in. Internal to net.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <curl/curl.h>

#include "net/http_client.h"

namespace paygress::net {

class HttpTransfer {
 public:
  // `streaming`: a 2xx body is kept for take_lines() instead of the response.
  HttpTransfer(HttpRequest request, bool streaming);
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  // Must be asked before the handle is used: what is wrong with the request itself.
  util::Result<> prepare();
  CURL* handle() { return easy_.get(); }

  // Called whenever something has come in.
  std::function<void()> on_progress;

  // The whole lines that have come in since the last call. At the end of the body the rest counts as a line.
  void take_lines(bool at_end, const std::function<void(std::string_view)>& on_line);
  util::Result<HttpResponse> result(CURLcode code);

 private:
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self);
  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address);
  bool take_body(std::string_view data);
  bool take_header(std::string_view line);

  util::Result<> set_url();
  void set_method();
  void set_headers();
  void set_limits();
  void set_tls();
  util::Error explain(CURLcode code) const;

  struct Free {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  HttpRequest request_;
  bool streaming_;
  std::unique_ptr<CURLU, Free> url_;
  std::unique_ptr<curl_slist, Free> headers_;
  std::unique_ptr<curl_slist, Free> connect_to_;
  std::unique_ptr<CURL, Free> easy_;  // goes first: it points into the others
  std::string host_;                  // "mint.example:3338", for error texts and for the Host header
  char detail_[CURL_ERROR_SIZE] = {};
  HttpResponse response_;
  std::string lines_;
  std::size_t header_bytes_ = 0;
  bool too_large_ = false;
  bool denied_ = false;
};

}  // namespace paygress::net

// HTTP requests to mints, to the cluster's API and to whatever else the operator chose.
//
// Redirects are not followed, no proxy and no password comes from the environment, nothing but http and https is spoken,
// and every answer has a size and a time limit.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/task.h"
#include "util/result.h"
#include "util/secret.h"

namespace paygress::net {

// Whom we trust and who we are, when it is not the system's list of authorities and nobody. All PEM texts.
struct TlsIdentity {
  std::string ca_pem;    // replaces the system's list
  std::string cert_pem;  // our client certificate, with
  util::Secret key_pem;  // its key
  bool insecure_skip_verify = false;
  std::string server_name = {};  // the name the certificate must carry, if not the host of the URL
};

struct HttpRequest {
  std::string method = "GET";
  std::string url = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::chrono::milliseconds timeout = std::chrono::seconds(30);  // for the whole exchange; zero: none (for stream)
  std::size_t max_body = std::size_t{1} << 20;
  std::shared_ptr<const TlsIdentity> tls = nullptr;
  std::string proxy = {};  // "http://host:port"; empty: none
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds idle_timeout = std::chrono::milliseconds(0);  // longest silence, to about 5 s; zero: any
  bool public_only = false;  // the host was named by a stranger: only addresses of the public internet (AddressPolicy)
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case
  std::string body = {};

  // The first value of that header (lower-case name), or empty.
  std::string_view header(std::string_view name) const;
  bool ok() const { return status >= 200 && status < 300; }
};

// A response of any status is a success here. Errors name the host and the cause in plain words; their codes:
//   unreachable  nothing was sent: no such name, refused, no route, TLS refused      (unavailable)
//   timeout      the time was over; the request may have been carried out            (unavailable)
//   lost         the connection broke; the request may have been carried out         (unavailable)
//   too_large    the answer is larger than max_body                                  (exhausted)
//   address_denied  nothing was sent: public_only, and the host has no such address  (refused)
//   invalid_url  nothing was sent: not an http(s) URL                                (invalid)
class HttpClient {
 public:
  virtual ~HttpClient() = default;

  virtual Task<util::Result<HttpResponse>> send(HttpRequest request) = 0;

  // For watches: a 2xx body goes to `on_line` line by line (without the newline, empty lines left out, each at most
  // kMaxLine) and the response's body stays empty. Any other status comes with its body, as from send().
  virtual Task<util::Result<HttpResponse>> stream(HttpRequest request, std::function<void(std::string_view line)> on_line) = 0;

  static constexpr std::size_t kMaxLine = std::size_t{4} << 20;
};

// libcurl's multi interface on the given executor. HTTP/2 and connections are shared; a POST always gets a fresh
// connection, because libcurl repeats a request when a reused connection turns out dead, and a repeated claim of a token
// would be answered "already spent".
std::unique_ptr<HttpClient> make_curl_client(boost::asio::any_io_executor executor);

// True if the URL is well formed, http or https, and names a host.
bool is_http_url(const std::string& url);

}  // namespace paygress::net

#include "net/http_transfer.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>

#include "net/address_policy.h"

namespace paygress::net {

namespace {

constexpr std::size_t kMaxHeaders = 64 << 10;

std::string url_part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

bool has_header(const HttpRequest& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(), [name](const auto& header) {
    return std::equal(name.begin(), name.end(), header.first.begin(), header.first.end(),
                      [](unsigned char a, unsigned char b) { return a == std::tolower(b); });
  });
}

bool is_line(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

curl_blob blob_of(const std::string& text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};  // the request outlives the handle
}

boost::asio::ip::address address_of(const curl_sockaddr& from) {
  if (from.family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &from.addr, sizeof v4);
    return boost::asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  boost::asio::ip::address_v6::bytes_type bytes{};  // of any other family: unspecified, which is not public
  if (from.family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &from.addr, std::min<std::size_t>(sizeof v6, from.addrlen));
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  }
  return boost::asio::ip::address_v6(bytes);
}

}  // namespace

bool is_http_url(const std::string& text) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) return false;
  const std::string scheme = url_part(url.get(), CURLUPART_SCHEME);
  return (scheme == "http" || scheme == "https") && !url_part(url.get(), CURLUPART_HOST).empty();
}

HttpTransfer::HttpTransfer(HttpRequest request, bool streaming)
    : request_(std::move(request)), streaming_(streaming), url_(curl_url()), easy_(curl_easy_init()) {
  if (!url_ || !easy_) throw std::bad_alloc();
}

util::Result<> HttpTransfer::prepare() {
  const auto url_set = set_url();
  if (!url_set) return url_set;
  for (const auto& [name, value] : request_.headers) {
    if (!is_line(name) || !is_line(value))
      return util::Error{util::Errc::invalid, "a header for " + host_ + " holds a line break", "invalid_url"};
  }
  set_method();
  set_headers();
  set_limits();
  set_tls();
  return {};
}

util::Result<> HttpTransfer::set_url() {
  if (!is_http_url(request_.url) || curl_url_set(url_.get(), CURLUPART_URL, request_.url.c_str(), 0) != CURLUE_OK) {
    return util::Error{util::Errc::invalid, "not an http or https URL", "invalid_url"};  // not echoed: it may hold a token
  }
  const std::string address = url_part(url_.get(), CURLUPART_HOST);
  const std::string port = url_part(url_.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  host_ = address + ":" + port;
  if (request_.tls && !request_.tls->server_name.empty()) {
    // libcurl checks the certificate against the URL's host, so that becomes the name, and the address where to connect.
    const std::string& name = request_.tls->server_name;
    curl_url_set(url_.get(), CURLUPART_HOST, name.c_str(), 0);
    const std::string rule = name + ":" + port + ":" + address + ":" + port;
    connect_to_.reset(curl_slist_append(nullptr, rule.c_str()));
    curl_easy_setopt(easy_.get(), CURLOPT_CONNECT_TO, connect_to_.get());
  }
  curl_easy_setopt(easy_.get(), CURLOPT_CURLU, url_.get());
  return {};
}

void HttpTransfer::set_method() {
  CURL* easy = easy_.get();
  if (request_.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request_.method == "POST" || !request_.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
  }
  if (request_.method != "HEAD") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  // See make_curl_client: libcurl repeats a request when a reused connection turns out dead.
  if (request_.method == "POST") curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
}

void HttpTransfer::set_headers() {
  const auto add = [this](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    headers_.release();  // NOLINT(bugprone-unused-return-value): now part of `longer`
    headers_.reset(longer);
  };
  for (const auto& [name, value] : request_.headers) add(value.empty() ? name + ";" : name + ": " + value);
  if (!has_header(request_, "content-type")) add("Content-Type:");  // a colon alone takes libcurl's own header away
  if (!has_header(request_, "expect")) add("Expect:");
  if (connect_to_ && !has_header(request_, "host")) add("Host: " + host_);
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(easy_.get(), CURLOPT_USERAGENT, "paygress/" PAYGRESS_VERSION);
}

void HttpTransfer::set_limits() {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail_);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &HttpTransfer::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &HttpTransfer::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // else the end of a request waits for its DNS thread, and the loop with it
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  // Who says nothing about encodings may be sent any (RFC 9110 12.5.3). What counts against max_body is what comes out.
  if (!streaming_) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_PROXY, request_.proxy.c_str());  // "" also means: not from the environment
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count()));
  if (request_.idle_timeout.count() > 0) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(request_.idle_timeout).count();
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(seconds));
  }
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  if (!request_.public_only) return;
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);  // a connection that is there was not made under this rule
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &HttpTransfer::open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
}

// Asked after the name was resolved, for each of its addresses: so no name can lead inside.
curl_socket_t HttpTransfer::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  transfer.denied_ = !AddressPolicy::is_public(address_of(*address));
  if (transfer.denied_) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void HttpTransfer::set_tls() {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!request_.tls) return;
  const TlsIdentity& tls = *request_.tls;
  if (!tls.ca_pem.empty()) {
    curl_blob ca = blob_of(tls.ca_pem);
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // else the system's authorities would be trusted beside it
  }
  if (!tls.cert_pem.empty()) {
    curl_blob certificate = blob_of(tls.cert_pem);
    curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate);
    curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM");
  }
  if (!tls.key_pem.empty()) {
    curl_blob key = blob_of(tls.key_pem.reveal());
    curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key);
    curl_easy_setopt(easy, CURLOPT_SSLKEYTYPE, "PEM");
  }
  if (tls.insecure_skip_verify) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

std::size_t HttpTransfer::on_body(char* data, std::size_t, std::size_t size, void* self) {
  auto* transfer = static_cast<HttpTransfer*>(self);
  if (!transfer->take_body({data, size})) return 0;  // makes libcurl end the transfer
  if (transfer->on_progress) transfer->on_progress();
  return size;
}

std::size_t HttpTransfer::on_header(char* data, std::size_t, std::size_t size, void* self) {
  return static_cast<HttpTransfer*>(self)->take_header({data, size}) ? size : 0;
}

bool HttpTransfer::take_body(std::string_view data) {
  const bool to_lines = streaming_ && response_.ok();
  std::string& body = to_lines ? lines_ : response_.body;
  const std::size_t limit = to_lines ? 2 * HttpClient::kMaxLine : request_.max_body;
  if (too_large_ || data.size() > limit - std::min(limit, body.size())) {
    too_large_ = true;
    return false;
  }
  body += data;
  return true;
}

bool HttpTransfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaders) {
    too_large_ = true;
    return false;
  }
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // a new head: what came before was "100 Continue"
    response_.headers.clear();
    const auto space = line.find(' ');
    if (space != std::string_view::npos) std::from_chars(line.data() + space + 1, line.data() + line.size(), response_.status);
    return true;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  response_.headers.emplace_back(std::move(name), std::string(value));
  return true;
}

void HttpTransfer::take_lines(bool at_end, const std::function<void(std::string_view)>& on_line) {
  std::string text = std::move(lines_);
  lines_.clear();
  std::string_view rest = text;
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > HttpClient::kMaxLine) too_large_ = true;
    if (!line.empty() && !too_large_) on_line(line);
  }
  if (rest.size() > HttpClient::kMaxLine) too_large_ = true;
  if (at_end && !rest.empty() && !too_large_) {
    on_line(rest);
    rest = {};
  }
  lines_ = std::string(rest);
}

util::Result<HttpResponse> HttpTransfer::result(CURLcode code) {
  if (code != CURLE_OK || too_large_) return explain(code);
  return std::move(response_);
}

util::Error HttpTransfer::explain(CURLcode code) const {
  using util::Errc;
  const std::string detail = detail_[0] != '\0' ? std::string(detail_) : std::string(curl_easy_strerror(code));
  if (too_large_) return {Errc::exhausted, host_ + ": the answer is larger than allowed", "too_large"};
  if (denied_ && code == CURLE_COULDNT_CONNECT) return {Errc::refused, host_ + " is not on the public internet", "address_denied"};
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Errc::unavailable, host_ + ": no such host name, or DNS does not answer", "unreachable"};
    case CURLE_COULDNT_CONNECT: return {Errc::unavailable, host_ + ": cannot connect (" + detail + ")", "unreachable"};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return {Errc::unavailable, host_ + ": TLS failed (" + detail + ")", "unreachable"};
    case CURLE_OPERATION_TIMEDOUT: {
      curl_off_t connected = 0;
      curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &connected);
      if (connected == 0) return {Errc::unavailable, host_ + ": no connection in time", "unreachable"};
      return {Errc::unavailable, host_ + ": no answer in time", "timeout"};
    }
    default: return {Errc::unavailable, host_ + ": the connection broke (" + detail + ")", "lost"};
  }
}

}  // namespace paygress::net

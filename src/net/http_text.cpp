// The parts of HTTP/1.1 that are only text.
#include <algorithm>
#include <charconv>

#include "net/http_client.h"
#include "net/http_connection.h"

namespace paygress::net {

namespace {

std::string_view first_value(const std::vector<std::pair<std::string, std::string>>& headers, std::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

bool percent_decode(std::string_view text, bool plus_is_space, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return false;
      unsigned value = 0;
      const char* digits = text.data() + i + 1;
      const auto [end, failed] = std::from_chars(digits, digits + 2, value, 16);
      if (failed != std::errc() || end != digits + 2 || value == 0) return false;
      c = static_cast<char>(value);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    out += c;
  }
  return true;
}

const char* reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Status";
  }
}

bool is_header_text(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

std::string_view ServerRequest::header(std::string_view name) const { return first_value(headers, name); }
std::string_view HttpResponse::header(std::string_view name) const { return first_value(headers, name); }

bool split_target(std::string_view target, ServerRequest& request) {
  const auto mark = target.find('?');
  if (!target.starts_with('/') || !percent_decode(target.substr(0, mark), false, request.target)) return false;
  std::string_view rest = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    std::string name;
    std::string value;
    if (!percent_decode(pair.substr(0, equals), true, name)) return false;
    if (equals != std::string_view::npos && !percent_decode(pair.substr(equals + 1), true, value)) return false;
    request.query[name] = std::move(value);
  }
  return true;
}

std::string response_head(const ServerResponse& response, bool chunked, bool keep_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ' + reason_phrase(response.status) + "\r\n";
  const auto add = [&head](const std::string& name, const std::string& value) {
    if (is_header_text(name) && is_header_text(value)) head += name + ": " + value + "\r\n";  // no forged header lines
  };
  if (!response.content_type.empty() && response.status != 204) add("Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers) add(name, value);
  if (chunked) {
    add("Transfer-Encoding", "chunked");
  } else if (response.status != 204) {
    add("Content-Length", std::to_string(response.body.size()));
  }
  if (!keep_alive) add("Connection", "close");
  return head + "\r\n";
}

}  // namespace paygress::net

#include "provider/lightning_address.h"

#include <algorithm>

#include "crypto/hash.h"
#include "util/json.h"

namespace paygress::provider {
namespace {

constexpr std::size_t kMaxAddress = 254;
constexpr std::size_t kMaxUrl = 2048;
constexpr std::size_t kMaxReply = std::size_t{256} << 10;  // metadata may hold a small picture
constexpr std::chrono::seconds kTimeout{20};
constexpr std::chrono::seconds kLeastLife{30};  // an invoice that ends sooner is over before a mint has paid it

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_user(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return is_lower_or_digit(c) || c == '-' || c == '_' || c == '.' || c == '+'; });
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_port(std::string_view domain) {
  if (domain.starts_with('[')) return domain.substr(0, domain.find(']') + 1);
  return domain.substr(0, domain.find(':'));
}

bool is_loopback(std::string_view domain) {
  const std::string_view host = without_port(domain);
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

bool is_domain(std::string_view domain) {
  const std::string_view host = without_port(domain), rest = domain.substr(host.size());
  if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return false;
  if (is_loopback(domain)) return true;
  const auto is_edge = [](char c) { return c == '.' || c == '-'; };
  return host.find('.') != std::string_view::npos && host.find("..") == std::string_view::npos && !is_edge(host.front()) &&
         !is_edge(host.back()) && std::all_of(host.begin(), host.end(), [&](char c) { return is_lower_or_digit(c) || is_edge(c); });
}

// Between "://" and the path.
std::string_view domain_of(std::string_view url) {
  const std::string_view rest = url.substr(url.find("://") + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

util::Error malformed(const char* what) {
  return {util::Errc::malformed, std::string("the Lightning address does not answer as LNURL-pay wants: ") + what,
          "lnurl_malformed"};
}

// A stranger's words, for the operator to read.
std::string presentable(std::string_view text) {
  constexpr std::size_t kMaxText = 120;
  std::string out(text.substr(0, kMaxText));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

// An object that is not the error of LUD-06.
util::Result<util::Json> read_object(std::string_view body) {
  const util::JsonLimits limits{kMaxReply, 16, true};
  auto json = util::parse_json(body, limits);
  if (!json || !json->is_object()) return malformed("not a JSON object");
  if (util::string_at(*json, "status") == "ERROR")
    return util::Error{
        util::Errc::refused,
        "the Lightning address refuses: " + presentable(util::string_at(*json, "reason").value_or("no reason given")),
        "lnurl_refused"};
  return json;
}

bool may_be_called(const std::string& url, bool is_local) {
  if (url.size() > kMaxUrl || !net::is_http_url(url)) return false;
  // Printable, so that it is one request line; no fragment, behind which a query is lost; no user name.
  if (!std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; })) return false;
  const std::string_view domain = domain_of(url);
  if (url.find('#') != std::string::npos || domain.find('@') != std::string_view::npos) return false;
  if (url.starts_with("https://")) return true;
  return url.starts_with("http://") && is_local && is_loopback(domain);
}

// GET of something that a stranger named.
net::Task<util::Result<std::string>> fetch(net::HttpClient& http, std::string url, bool is_local) {
  net::HttpRequest request;
  request.url = std::move(url);
  request.headers.emplace_back("Accept", "application/json");
  request.timeout = kTimeout;
  request.max_body = kMaxReply;
  request.public_only = !is_local;
  auto response = co_await http.send(std::move(request));
  if (!response) {
    const util::Error unreachable{response.error().kind, "the Lightning address does not answer: " + response.error().message,
                                  "lnurl_unreachable"};
    co_return unreachable;
  }
  // A refusal may come with any status; a redirect has nothing to read, and is not followed.
  if (!response->ok() && !util::parse_json(response->body)) {
    const util::Error unreachable{util::Errc::unavailable,
                                  "the Lightning address answers with HTTP " + std::to_string(response->status),
                                  "lnurl_unreachable"};
    co_return unreachable;
  }
  co_return std::move(response->body);
}

}  // namespace

util::Result<LightningAddress> LightningAddress::parse(std::string_view text) {
  std::string lower(text.substr(0, kMaxAddress + 1));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const std::size_t at = lower.find('@');
  if (lower.size() > kMaxAddress || at == std::string::npos || !is_user(lower.substr(0, at)) || !is_domain(lower.substr(at + 1)))
    return util::Error{util::Errc::malformed, "not a Lightning address (expected name@domain)", "lightning_address_malformed"};
  return LightningAddress(lower.substr(0, at), lower.substr(at + 1));
}

bool LightningAddress::is_local() const { return is_loopback(domain_); }

std::string LightningAddress::url() const {
  return (is_local() ? "http://" : "https://") + domain_ + "/.well-known/lnurlp/" + user_;
}

util::Result<PayTerms> read_pay_terms(std::string_view body, bool is_local) {
  const auto json = read_object(body);
  if (!json) return json.error();
  if (util::string_at(*json, "tag") != "payRequest") return malformed("its tag is not payRequest");
  const auto least = util::unsigned_at(*json, "minSendable"), most = util::unsigned_at(*json, "maxSendable");
  auto callback = util::string_at(*json, "callback"), metadata = util::string_at(*json, "metadata");
  if (!least || !most || *least == 0 || *least > *most) return malformed("no sensible minSendable and maxSendable");
  if (!callback || !metadata) return malformed("no callback or no metadata");
  if (!may_be_called(*callback, is_local))
    return util::Error{util::Errc::refused, "the Lightning address names a callback that is not an https address",
                       "lnurl_callback_forbidden"};
  return PayTerms{std::move(*callback), *least, *most, std::move(*metadata)};
}

util::Result<cashu::Invoice> read_pay_invoice(std::string_view body, const PayTerms& terms, std::uint64_t msat, util::Time now) {
  const auto json = read_object(body);
  if (!json) return json.error();
  const auto text = util::string_at(*json, "pr");
  if (!text) return malformed("no invoice");
  auto invoice = cashu::parse_invoice(*text);
  if (!invoice) return invoice;
  const auto wrong = [](const char* why) {
    return util::Error{util::Errc::invalid, std::string("the Lightning address gave a wrong invoice: ") + why,
                       "lnurl_invoice_wrong"};
  };
  if (invoice->amount_msat != msat) return wrong("of another amount than was asked for");
  if (invoice->description_hash && *invoice->description_hash != crypto::sha256(util::as_bytes(terms.metadata)))
    return wrong("its description is not that of the address");
  if (invoice->expires_at < now + kLeastLife) return wrong("it has expired");
  return invoice;
}

net::Task<util::Result<PayTerms>> ask_terms(net::HttpClient& http, LightningAddress address) {
  const auto answered = co_await fetch(http, address.url(), address.is_local());
  if (!answered) co_return answered.error();
  co_return read_pay_terms(*answered, address.is_local());
}

net::Task<util::Result<cashu::Invoice>> ask_invoice(net::HttpClient& http, net::Clock& clock, LightningAddress address,
                                                    PayTerms terms, std::uint64_t msat) {
  if (msat < terms.min_msat || msat > terms.max_msat) {
    const util::Error out_of_range{util::Errc::invalid,
                                   address.text() + " takes " + std::to_string(terms.min_msat) + " to " +
                                       std::to_string(terms.max_msat) + " msat at once, not " + std::to_string(msat),
                                   "lnurl_amount_out_of_range"};
    co_return out_of_range;
  }
  const char* joint = terms.callback.find('?') == std::string::npos ? "?" : "&";
  // The callback of a local address may be anywhere that is public, or as local as the address.
  const bool local_callback = terms.callback.starts_with("http://");
  const auto answered = co_await fetch(http, terms.callback + joint + "amount=" + std::to_string(msat), local_callback);
  if (!answered) co_return answered.error();
  co_return read_pay_invoice(*answered, terms, msat, clock.now());
}

}  // namespace paygress::provider

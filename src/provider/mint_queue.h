// The door through which all requests to one mint go: a few at a time, in the order in which they came, and none while the mint
// has asked us to stay away (429 or 503, Retry-After: RFC 9110 10.2.3). nutshell allows 20 transactions a minute by default.
#pragma once

#include <chrono>
#include <list>
#include <memory>

#include "net/clock.h"
#include "net/http_client.h"

namespace paygress::provider {

class MintQueue final : public net::HttpClient {
 public:
  static constexpr std::size_t kAtOnce = 4;
  static constexpr std::size_t kMaxWaiting = 1000;                                 // beyond, the answer is `exhausted`
  static constexpr std::chrono::seconds kLongestPause = std::chrono::minutes(10);  // however long the mint would like it

  MintQueue(net::HttpClient& http, net::Clock& clock) : http_(http), clock_(clock) {}

  net::Task<util::Result<net::HttpResponse>> send(net::HttpRequest) override;
  net::Task<util::Result<net::HttpResponse>> stream(net::HttpRequest, std::function<void(std::string_view)>) override;

  // How long nothing is sent from now on, because the mint asked for it.
  std::chrono::milliseconds closed_for() const;

 private:
  class Place;
  net::Task<> wait_for_turn(Place&);
  void leave();
  void obey(const net::HttpResponse&);

  net::HttpClient& http_;
  net::Clock& clock_;
  std::list<std::shared_ptr<net::Event>> waiting_;
  std::size_t inside_ = 0;
  net::SteadyTime closed_until_{};
  std::chrono::seconds next_pause_{1};  // when the mint does not say how long
};

}  // namespace paygress::provider

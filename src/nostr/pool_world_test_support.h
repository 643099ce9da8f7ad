// A pool, and scripted relays around it.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "net/run_test_support.h"
#include "nostr/relay_pool.h"
#include "nostr/scripted_relay_test_support.h"

namespace paygress::nostr::test {

using namespace std::chrono_literals;

inline constexpr std::uint16_t kKind = 1059;

// Relays of the test, and a pool that listens to them for one key's private messages.
struct PoolWorld {
  boost::asio::io_context context{1};
  net::SystemClock clock;
  crypto::SeededRandom random{7};
  crypto::SecretKey service = crypto::SecretKey::generate(random);
  crypto::SecretKey customer = crypto::SecretKey::generate(random);
  std::unique_ptr<net::WebSocketDialer> dialer = net::make_dialer(context.get_executor());
  std::vector<std::unique_ptr<ScriptedRelay>> relays;
  RelayPoolOptions options;
  std::unique_ptr<RelayPool> pool;
  std::optional<net::Running> running;
  std::vector<Event> received;
  std::vector<std::string> stored;  // contents of those that a relay had before it was asked
  std::size_t room = SIZE_MAX;      // events that the test takes before it says that it is full
  std::map<std::string, util::Time> last_good;
  std::function<void(const Event&)> on_event = [](const Event&) {};

  explicit PoolWorld(int count = 1) {
    for (int i = 0; i < count; ++i) relays.push_back(std::make_unique<ScriptedRelay>(context.get_executor()));
    options.auth_key = &service;
    options.reconnect_first = 20ms;
    options.reconnect_cap = 100ms;
    options.request_first = 20ms;
    options.request_cap = 100ms;
    options.silence_limit = 2s;
    options.auth_patience = 300ms;
  }

  ~PoolWorld() {
    if (running) running->cancel();
    for (const auto& relay : relays) relay->stop();
    CHECK(run_until([&] { return !running || running->done(); }));
    context.restart();
    context.run_for(20ms);
  }

  ScriptedRelay& relay(std::size_t i = 0) { return *relays[i]; }

  void start() {
    std::vector<util::Url> urls;
    for (const auto& one : relays) urls.push_back(one->url());
    pool = std::make_unique<RelayPool>(context.get_executor(), *dialer, clock, random, urls, options);
    pool->load_last_good = [this](const util::Url& url) -> std::optional<util::Time> {
      const auto found = last_good.find(url.text());
      return found == last_good.end() ? std::nullopt : std::optional(found->second);
    };
    pool->save_last_good = [this](const util::Url& url, util::Time time) { last_good.insert_or_assign(url.text(), time); };
    Subscription wraps;
    wraps.name = "wraps";
    wraps.filters.push_back(inbox());
    wraps.window = 49h;
    wraps.on_event = [this](const Event& event, const Source& source) {
      on_event(event);
      received.push_back(event);
      if (source.stored) stored.push_back(event.content);
    };
    wraps.has_room = [this] { return received.size() < room; };
    pool->subscribe(std::move(wraps));
    running.emplace(context.get_executor(), pool->run());
  }

  Filter inbox() const {
    Filter filter;
    filter.kinds = std::vector<std::uint16_t>{kKind};
    filter.tags['p'] = {service.public_key().hex()};
    return filter;
  }

  Event event(std::string content, std::chrono::seconds age = 0s, std::uint16_t kind = kKind) {
    EventDraft draft;
    draft.created_at = util::unix_seconds(clock.now() - age);
    draft.kind = kind;
    draft.tags.push_back({"p", service.public_key().hex()});
    draft.content = std::move(content);
    return sign_event(customer, std::move(draft), random);
  }

  bool run_until(const std::function<bool()>& condition) {
    context.restart();
    const auto limit = clock.steady_now() + 20s;
    while (!condition() && clock.steady_now() < limit) context.run_one_for(10ms);
    return condition();
  }
  bool receives(std::size_t count) {
    return run_until([&] { return received.size() >= count; });
  }
  bool is_caught_up(std::size_t i = 0) {
    return run_until([&] { return pool->status()[i].last_eose.has_value(); });
  }

  PublishResult publish(const Event& event, std::chrono::milliseconds timeout = 5s) {
    const auto report = net::test::run(context, pool->publish(event, {}, timeout));
    return report.relays.at(0);
  }
};

inline const RequestMessage* as_request(const ClientMessage& message) { return std::get_if<RequestMessage>(&message); }
inline const PublishMessage* as_publish(const ClientMessage& message) { return std::get_if<PublishMessage>(&message); }
inline const AuthMessage* as_auth(const ClientMessage& message) { return std::get_if<AuthMessage>(&message); }

}  // namespace paygress::nostr::test

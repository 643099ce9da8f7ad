#include "nostr/relay_pool.h"

#include <algorithm>
#include <utility>

#include "nostr/relay.h"

namespace paygress::nostr {

using std::chrono::milliseconds;

std::size_t PublishReport::accepted() const {
  return static_cast<std::size_t>(
      std::count_if(relays.begin(), relays.end(), [](const PublishResult& result) { return result.accepted; }));
}

struct RelayPool::State {
  State(boost::asio::any_io_executor executor, net::WebSocketDialer& dialer, net::Clock& clock, crypto::RandomSource& random,
        Options options_)
      : options(std::move(options_)), around{std::move(executor), dialer, clock, random, options} {}

  Options options;
  Relay::Surroundings around;
  std::vector<std::unique_ptr<Relay>> relays;
  bool running = false;

  Relay* find(const util::Url& url) const {
    const auto found = std::find_if(relays.begin(), relays.end(), [&](const auto& relay) { return relay->url() == url; });
    return found == relays.end() ? nullptr : found->get();
  }

  // Those that are there: one that is away would only cost the timeout.
  std::vector<util::Url> urls_to_read_from() const {
    std::vector<util::Url> urls;
    for (const auto& relay : relays) {
      if (relay->status().connected) urls.push_back(relay->url());
    }
    return urls.empty() ? own_urls() : urls;
  }

  std::vector<util::Url> own_urls() const {
    std::vector<util::Url> urls;
    for (const auto& relay : relays) urls.push_back(relay->url());
    return urls;
  }
};

namespace {

net::Task<> publish_at(Relay& relay, Event event, milliseconds timeout, PublishResult& result) {
  result = co_await relay.publish(std::move(event), timeout);
}

net::Task<> fetch_at(Relay& relay, Filter filter, milliseconds timeout, std::vector<Event>& events) {
  events = co_await relay.fetch(std::move(filter), timeout);
}

// Runs a relay for one errand only.
net::Task<> run_for(Relay& relay, net::Task<> errand) {
  std::vector<net::Task<>> tasks;
  tasks.push_back(relay.run_once());
  tasks.push_back(std::move(errand));
  co_await net::run_any(std::move(tasks));
}

net::Task<> publish_apart(Relay::Surroundings around, Relay::Kind kind, Event event, milliseconds timeout, PublishResult& result) {
  Relay relay(around, result.url, kind);
  co_await run_for(relay, publish_at(relay, std::move(event), timeout, result));
  if (!result.accepted && result.reason.empty()) result.reason = "not connected: " + relay.status().last_error;
}

net::Task<> fetch_apart(Relay::Surroundings around, Relay::Kind kind, util::Url url, Filter filter, milliseconds timeout,
                        std::vector<Event>& events) {
  Relay relay(around, std::move(url), kind);
  co_await run_for(relay, fetch_at(relay, std::move(filter), timeout, events));
}

// Over when all have answered, or some time after the first relay has taken the event: one that hangs shall not hold up the
// receipt of the others.
net::Task<> wait_for_stragglers(net::Event& accepted, net::Clock& clock, milliseconds grace) {
  co_await accepted.wait();
  co_await clock.sleep_for(grace);
}

net::Task<> then_tell(net::Task<> task, const PublishResult& result, net::Event& accepted) {
  co_await std::move(task);
  if (result.accepted) accepted.notify();
}

std::vector<util::Url> without_repeats(std::vector<util::Url> urls) {
  std::vector<util::Url> unique;
  for (util::Url& url : urls) {
    if (std::find(unique.begin(), unique.end(), url) == unique.end()) unique.push_back(std::move(url));
  }
  return unique;
}

}  // namespace

RelayPool::RelayPool(boost::asio::any_io_executor executor, net::WebSocketDialer& dialer, net::Clock& clock,
                     crypto::RandomSource& random, std::vector<util::Url> relays, Options options)
    : state_(std::make_unique<State>(std::move(executor), dialer, clock, random, std::move(options))) {
  for (util::Url& url : without_repeats(std::move(relays))) {
    auto relay = std::make_unique<Relay>(state_->around, url, Relay::Kind::own);
    relay->on_caught_up = [this, url](util::Time time) {
      if (save_last_good) save_last_good(url, time);
    };
    state_->relays.push_back(std::move(relay));
  }
}

RelayPool::~RelayPool() = default;

void RelayPool::subscribe(Subscription subscription) {
  const auto shared = std::make_shared<SharedSubscription>(std::move(subscription), state_->options.max_seen_ids);
  for (const auto& relay : state_->relays) relay->subscribe(shared);
}

net::Task<> RelayPool::run() {
  state_->running = true;
  const std::shared_ptr<void> leave(this, [this](void*) { state_->running = false; });
  std::vector<net::Task<>> tasks;
  for (const auto& relay : state_->relays) {
    if (load_last_good) {
      if (const auto time = load_last_good(relay->url())) relay->set_last_good(*time);
    }
    tasks.push_back(relay->run());
  }
  net::Event never;
  tasks.push_back(never.wait());  // a pool without relays runs as well: until it is cancelled
  co_await net::run_all(std::move(tasks));
}

net::Task<PublishReport> RelayPool::publish(Event event, std::vector<util::Url> targets, milliseconds timeout) {
  if (targets.empty()) targets = state_->own_urls();
  targets = without_repeats(std::move(targets));
  PublishReport report;
  for (const util::Url& url : targets) report.relays.push_back({url});
  net::Event accepted;
  std::vector<net::Task<>> tasks;
  for (PublishResult& result : report.relays) {
    Relay* own = state_->find(result.url);
    const Relay::Kind kind = own == nullptr ? Relay::Kind::stranger : Relay::Kind::own;
    if (own != nullptr && state_->running) {
      tasks.push_back(then_tell(publish_at(*own, event, timeout, result), result, accepted));
    } else {
      tasks.push_back(then_tell(publish_apart(state_->around, kind, event, timeout, result), result, accepted));
    }
  }
  std::vector<net::Task<>> race;
  race.push_back(net::run_all(std::move(tasks)));
  race.push_back(wait_for_stragglers(accepted, state_->around.clock, state_->options.straggler_grace));
  co_await net::run_any(std::move(race));
  for (PublishResult& result : report.relays) {
    if (!result.accepted && result.reason.empty()) result.reason = "no answer in time";
  }
  co_return report;
}

net::Task<std::vector<Event>> RelayPool::fetch(Filter filter, std::vector<util::Url> targets, milliseconds timeout) {
  if (targets.empty()) targets = state_->urls_to_read_from();
  targets = without_repeats(std::move(targets));
  std::vector<std::vector<Event>> found(targets.size());
  std::vector<net::Task<>> tasks;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    Relay* own = state_->find(targets[i]);
    if (own != nullptr && state_->running) {
      tasks.push_back(fetch_at(*own, filter, timeout, found[i]));
    } else {
      const Relay::Kind kind = own == nullptr ? Relay::Kind::stranger : Relay::Kind::own;
      tasks.push_back(fetch_apart(state_->around, kind, targets[i], filter, timeout, found[i]));
    }
  }
  co_await net::run_all(std::move(tasks));

  std::vector<Event> events;
  SeenIds seen(targets.size() * state_->options.page_size + 1);
  for (std::vector<Event>& from_one : found) {
    for (Event& event : from_one) {
      if (seen.contains(event.id)) continue;
      seen.add(event.id);
      events.push_back(std::move(event));
    }
  }
  co_return events;
}

bool RelayPool::catching_up() const {
  return std::any_of(state_->relays.begin(), state_->relays.end(), [](const auto& relay) { return relay->catching_up(); });
}

std::vector<RelayStatus> RelayPool::status() const {
  std::vector<RelayStatus> all;
  for (const auto& relay : state_->relays) all.push_back(relay->status());
  return all;
}

}  // namespace paygress::nostr

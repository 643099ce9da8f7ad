#include "sandbox/fake_relay.h"

#include <algorithm>

#include "net/clock.h"
#include "sandbox/listener.h"
#include "sandbox/relay_session.h"

namespace paygress::sandbox {

FakeRelay::FakeRelay(boost::asio::any_io_executor executor, net::Clock& clock, crypto::RandomSource& random, std::uint16_t port)
    : executor_(executor), clock_(clock), random_(random) {
  listener_ = std::make_unique<Listener>(
      executor, port, [this](net::ServerRequest request) { return information(std::move(request)); },
      [this](std::unique_ptr<net::WebSocket> socket) { return serve(std::move(socket)); });
}

FakeRelay::~FakeRelay() = default;

std::string FakeRelay::url() const { return "ws://127.0.0.1:" + std::to_string(port()); }
std::uint16_t FakeRelay::port() const { return listener_->port(); }
net::Task<> FakeRelay::run() { return listener_->run(); }
void FakeRelay::go_down() { listener_->go_down(); }
void FakeRelay::come_up() { listener_->come_up(); }

void FakeRelay::drop_connections() {
  for (RelaySession* session : sessions_) session->close();
}

net::Task<> FakeRelay::serve(std::unique_ptr<net::WebSocket> socket) {
  ++total_connections_;
  RelaySession session(*this, std::move(socket));
  co_await session.run();
}

net::Task<net::ServerResponse> FakeRelay::information(net::ServerRequest) {
  const util::Json limitation = {{"max_message_length", 1 << 20},
                                 {"max_subscriptions", limits.subscriptions},
                                 {"max_limit", limits.per_filter},
                                 {"auth_required", manners.auth_for_everything},
                                 {"payment_required", false}};
  const util::Json document = {{"name", "paygress-sandbox"}, {"supported_nips", {1, 9, 11, 40, 42}}, {"limitation", limitation}};
  net::ServerResponse response;
  response.content_type = "application/nostr+json";
  response.body = document.dump();
  co_return response;
}

// The refusals are strfry's, word for word where it has them.
FakeRelay::Verdict FakeRelay::accept(const nostr::Event& event) {
  const util::Time now = clock_.now();
  if (const auto verified = nostr::verify(event); !verified) return {false, "invalid: " + verified.error().message};
  if (util::from_unix(event.created_at) > now + limits.ahead) return {false, "invalid: created_at too late"};
  if (is_ephemeral(event.kind) && util::from_unix(event.created_at) < now - limits.ephemeral_age)
    return {false, "invalid: ephemeral event expired"};
  if (std::any_of(event.tags.begin(), event.tags.end(), [](const nostr::Tag& tag) { return !tag.empty() && tag[0] == "-"; }))
    return {false, "blocked: event marked as protected"};

  switch (store_.put(event, now)) {
    case EventStore::Put::expired: return {false, "invalid: event expired"};
    case EventStore::Put::deleted: return {false, "deleted: user requested deletion"};
    case EventStore::Put::replaced_already: return {false, "replaced: have newer event"};
    case EventStore::Put::duplicate: return {true, "duplicate: have this event"};
    case EventStore::Put::stored: break;
  }
  for (RelaySession* session : sessions_) session->deliver(event);
  return {true, ""};
}

std::vector<nostr::Event> FakeRelay::stored() const {
  std::vector<nostr::Event> events;
  for (const auto& [id, event] : store_.all()) events.push_back(event);
  return events;
}

std::size_t FakeRelay::subscriptions() const {
  std::size_t count = 0;
  for (const RelaySession* session : sessions_) count += session->subscriptions();
  return count;
}

std::uint64_t FakeRelay::received(const std::string& verb) const {
  const auto found = received_.find(verb);
  return found == received_.end() ? 0 : found->second;
}

}  // namespace paygress::sandbox

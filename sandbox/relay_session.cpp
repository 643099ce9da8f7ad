#include "sandbox/relay_session.h"

#include <algorithm>

#include "crypto/random.h"
#include "net/clock.h"
#include "nostr/nip42.h"
#include "util/bytes.h"
#include "util/json.h"

namespace paygress::sandbox {
namespace {

// A client that does not read what it asked for is cut off, as real relays do.
constexpr std::size_t kMaxOutgoing = 100'000;

nostr::Event with_broken_signature(nostr::Event event) {
  event.sig[0] ^= 1;
  return event;
}

std::string word_at(const util::Json& frame, std::size_t index) {
  return frame.is_array() && frame.size() > index && frame[index].is_string() ? frame[index].get<std::string>() : std::string();
}

}  // namespace

RelaySession::RelaySession(FakeRelay& relay, std::unique_ptr<net::WebSocket> socket) : relay_(relay), socket_(std::move(socket)) {
  relay_.sessions_.insert(this);
  if (relay_.manners.auth_for_everything) send_challenge();
}

RelaySession::~RelaySession() { relay_.sessions_.erase(this); }

net::Task<> RelaySession::run() {
  net::TaskGroup group(relay_.executor_);
  group.start(read_frames(group), "sandbox relay reader");
  group.start(write_frames(group), "sandbox relay writer");
  co_await group.run();
}

void RelaySession::close() { socket_->close(); }

net::Task<> RelaySession::read_frames(net::TaskGroup& group) {
  for (;;) {
    while (relay_.manners.stop_reading) co_await relay_.clock_.sleep_for(std::chrono::milliseconds(20));
    const util::Result<std::string> frame = co_await socket_->read();
    if (!frame) break;
    if (!relay_.manners.stop_reading) receive(*frame);
  }
  group.cancel();
}

net::Task<> RelaySession::write_frames(net::TaskGroup& group) {
  for (;;) {
    while (outgoing_.empty() && !close_after_sending_) co_await more_to_send_.wait();
    if (outgoing_.empty()) break;
    std::string frame = std::move(outgoing_.front());
    outgoing_.pop_front();
    const util::Result<> written = co_await socket_->write(std::move(frame));
    if (!written) break;
  }
  socket_->close();
  group.cancel();
}

void RelaySession::send(std::string frame) {
  if (outgoing_.size() >= kMaxOutgoing) return close();
  outgoing_.push_back(std::move(frame));
  more_to_send_.notify();
}

void RelaySession::send_challenge() {
  challenge_ = util::hex(crypto::random_bytes<16>(relay_.random_));
  send(nostr::auth_challenge_message(challenge_));
}

void RelaySession::receive(const std::string& text) {
  const util::Result<util::Json> frame = util::parse_json(text);
  if (!frame || !frame->is_array()) return send(nostr::notice_message("ERROR: bad msg: not a JSON array"));
  ++relay_.received_[word_at(*frame, 0)];
  if (relay_.script) {
    if (const auto answers = relay_.script(*frame)) {
      for (const std::string& answer : *answers) send(answer);
      return;
    }
  }

  const util::Result<nostr::ClientMessage> message = nostr::parse_client_message(text);
  if (!message) {
    if (word_at(*frame, 0) == "REQ")
      return send(nostr::closed_message(word_at(*frame, 1), "ERROR: bad req: " + message.error().message));
    return send(nostr::notice_message("ERROR: bad msg: " + message.error().message));
  }
  if (const auto* publish = std::get_if<nostr::PublishMessage>(&*message))
    on_event(publish->event, text.size());
  else if (const auto* request = std::get_if<nostr::RequestMessage>(&*message))
    on_request(*request);
  else if (const auto* closing = std::get_if<nostr::CloseMessage>(&*message))
    subscriptions_.erase(closing->subscription);
  else if (const auto* auth = std::get_if<nostr::AuthMessage>(&*message))
    on_auth(auth->event);
  else if (word_at(*frame, 0) == "NEG-OPEN" && relay_.manners.strfry_auth)
    send(util::Json{"NEG-ERR", word_at(*frame, 1), "auth-required: authentication needed"}.dump());
  else
    send(nostr::notice_message("ERROR: bad msg: unknown cmd"));
}

void RelaySession::on_event(const nostr::Event& event, std::size_t bytes) {
  const RelayManners& manners = relay_.manners;
  if (manners.lose_events) return close();

  FakeRelay::Verdict verdict;
  if (bytes > relay_.limits.event_bytes)
    verdict.text = "invalid: event too large: " + std::to_string(bytes);
  else if (manners.auth_for_everything && !identity_)
    verdict.text = "auth-required: who are you?";
  else if (!manners.refuse_events.empty())
    verdict.text = manners.refuse_events;
  else
    verdict = relay_.accept(event);

  if (manners.no_ok) return;
  send(nostr::ok_message(event.id, verdict.accepted, verdict.text));
  if (manners.drop_after_ok) close_after_sending_ = true;
}

void RelaySession::on_request(const nostr::RequestMessage& request) {
  RelayManners& manners = relay_.manners;
  const std::string& id = request.subscription;
  for (const std::string& noise : manners.noise) send(noise);
  if (id.empty() || id.size() > relay_.limits.subscription_id)
    return send(nostr::closed_message(id, "ERROR: bad req: subscription id too long"));
  if (manners.close_requests_left > 0) {
    --manners.close_requests_left;
    return send(nostr::closed_message(id, manners.close_requests));
  }
  if (manners.auth_for_everything && !identity_) return send(nostr::closed_message(id, "auth-required: who are you?"));
  if (manners.strfry_auth && !identity_ && asks_only_for_restricted(request.filters)) {
    send_challenge();
    return send(nostr::closed_message(id, "ERROR: auth-required: authentication needed for these kinds"));
  }
  if (!subscriptions_.contains(id) && subscriptions_.size() >= relay_.limits.subscriptions)
    return send(nostr::notice_message("ERROR: too many concurrent REQs"));

  subscriptions_[id] = request.filters;
  std::set<crypto::Hash256> sent;
  for (const nostr::Filter& filter : request.filters) {
    for (const nostr::Event& event : relay_.store_.query(filter, relay_.limits.per_filter, relay_.clock_.now())) {
      if (may_read(event) && sent.insert(event.id).second) send_event(id, event);
    }
  }
  if (!manners.no_eose) send(nostr::eose_message(id));
}

void RelaySession::on_auth(const nostr::Event& event) {
  const auto refuse = [&](const char* why) { send(nostr::ok_message(event.id, false, why)); };
  if (identity_) return refuse("error: already authenticated");
  if (challenge_.empty()) return refuse("error: no challenge was sent");
  const auto age = std::chrono::seconds(std::abs(util::unix_seconds(relay_.clock_.now()) - event.created_at));
  if (age > relay_.limits.auth_age) return refuse("error: created_at is too far from now");
  if (const auto checked = nostr::check_auth_event(event, relay_.url(), challenge_, relay_.clock_.now()); !checked) {
    return refuse(("error: " + checked.error().message).c_str());
  }
  if (!nostr::verify(event)) return refuse("error: bad signature");
  identity_ = event.pubkey;
  send(nostr::ok_message(event.id, true, "successfully authenticated"));
}

void RelaySession::deliver(const nostr::Event& event) {
  if (!may_read(event)) return;
  for (const auto& [id, filters] : subscriptions_) {
    if (std::any_of(filters.begin(), filters.end(), [&](const nostr::Filter& filter) { return nostr::matches(filter, event); }))
      send_event(id, event);
  }
}

void RelaySession::send_event(const std::string& subscription, const nostr::Event& event) {
  if (relay_.manners.bad_signature_first) send(nostr::event_message(subscription, with_broken_signature(event)));
  send(nostr::event_message(subscription, event));
  if (relay_.manners.deliver_twice) send(nostr::event_message(subscription, event));
}

// Restricted events are for their author and for whom they name.
bool RelaySession::may_read(const nostr::Event& event) const {
  if (!relay_.manners.strfry_auth || !relay_.manners.restricted_kinds.contains(event.kind)) return true;
  return identity_ && (event.pubkey == *identity_ || nostr::has_tag(event.tags, "p", identity_->hex()));
}

bool RelaySession::asks_only_for_restricted(const std::vector<nostr::Filter>& filters) const {
  return std::all_of(filters.begin(), filters.end(), [this](const nostr::Filter& filter) {
    return filter.kinds && !filter.kinds->empty() &&
           std::all_of(filter.kinds->begin(), filter.kinds->end(),
                       [this](std::uint16_t kind) { return relay_.manners.restricted_kinds.contains(kind); });
  });
}

}  // namespace paygress::sandbox

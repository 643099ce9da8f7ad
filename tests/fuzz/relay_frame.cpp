#include "crypto/random.h"
#include "nostr/message.h"
#include "tests/fuzz/target.h"

namespace paygress::test {
namespace {

using namespace paygress::nostr;

void must_be_the_same(const Event& event) {
  const auto again = parse_event(to_text(event));
  must(again.has_value(), "an event that is none when it was written");
  must(to_text(*again) == to_text(event), "an event that is another when it was written");
  if (verify(event))
    must(event_id(again->pubkey, again->created_at, again->kind, again->tags, again->content) == event.id, "another id");
}

bool read(std::string_view input) {
  const auto frame = parse_relay_message(input);
  if (frame) {
    if (const auto* event = std::get_if<EventMessage>(&*frame)) must_be_the_same(event->event);
    if (const auto* ok = std::get_if<OkMessage>(&*frame)) must(ok->reason.text.size() <= kMaxReason, "a reason without end");
  }
  const auto message = parse_client_message(input);
  if (message) {
    if (const auto* publish = std::get_if<PublishMessage>(&*message)) must_be_the_same(publish->event);
    if (const auto* request = std::get_if<RequestMessage>(&*message)) {
      const std::string text = request_message(request->subscription, request->filters);
      must(parse_client_message(text).has_value(), "a request that is none when it was written");
    }
  }
  return frame || message;
}

std::vector<std::string> seeds() {
  crypto::SeededRandom random(1);
  const auto key = crypto::SecretKey::generate(random);
  EventDraft draft{1'700'000'000,
                   1059,
                   {{"p", key.public_key().hex(), "wss://relay.example"}, {"expiration", "1800000000"}},
                   "a \"text\"\n\u00e4"};
  const Event event = sign_event(key, std::move(draft), random);
  Filter filter;
  filter.kinds = {1059, 4};
  filter.authors = {key.public_key()};
  filter.ids = {event.id};
  filter.tags['p'] = {key.public_key().hex()};
  filter.since = 1;
  filter.until = 2;
  filter.limit = 10;
  return {event_message("inbox", event), ok_message(event.id, false, "rate-limited: slow down"),
          eose_message("inbox"),         closed_message("inbox", "auth-required: who?"),
          notice_message("hello"),       auth_challenge_message("c"),
          publish_message(event),        auth_message(event),
          close_message("inbox"),        request_message("inbox", {filter, Filter{}})};
}

}  // namespace

FuzzTarget relay_frame_target() { return {"relay_frame", seeds(), read}; }

}  // namespace paygress::test

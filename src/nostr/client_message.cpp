// What a client sends, and how the sandbox's relay reads it.
#include <nlohmann/json.hpp>

#include "nostr/event_reader.h"
#include "nostr/message.h"
#include "nostr/message_text.h"
#include "util/json.h"

namespace paygress::nostr {
namespace {

constexpr std::size_t kMaxFilters = 20;

bool is_subscription_id(const std::string& text) { return !text.empty() && text.size() <= kMaxSubscriptionId; }

template <class Message>
util::Result<ClientMessage> read_event_in(JsonCursor& cursor) {
  if (!cursor.take(',')) return malformed_message("the event is missing");
  auto event = read_event(cursor);
  if (!event) return event.error();
  return ClientMessage(Message{std::move(*event)});
}

util::Result<ClientMessage> read_request(JsonCursor& cursor) {
  RequestMessage request;
  if (!next_string(cursor, request.subscription) || !is_subscription_id(request.subscription))
    return malformed_message("a subscription id has 1 to 64 characters");
  while (cursor.take(',')) {
    if (request.filters.size() == kMaxFilters) return malformed_message("too many filters");
    cursor.peek();
    const std::size_t start = cursor.position();
    if (!cursor.skip_value()) return malformed_message("not JSON");
    const auto json = util::parse_json(cursor.text_between(start, cursor.position()));
    if (!json) return json.error();
    auto filter = parse_filter(*json);
    if (!filter) return filter.error();
    request.filters.push_back(std::move(*filter));
  }
  if (request.filters.empty()) return malformed_message("a REQ has at least one filter");
  return ClientMessage(std::move(request));
}

util::Result<ClientMessage> read_body(JsonCursor& cursor, std::string type) {
  if (type == "EVENT") return read_event_in<PublishMessage>(cursor);
  if (type == "REQ") return read_request(cursor);
  if (type == "AUTH") return read_event_in<AuthMessage>(cursor);
  if (type != "CLOSE") return ClientMessage(UnknownMessage{std::move(type)});
  CloseMessage close;
  if (!next_string(cursor, close.subscription)) return malformed_message("CLOSE without subscription");
  return ClientMessage(std::move(close));
}

}  // namespace

util::Result<ClientMessage> parse_client_message(std::string_view text) { return read_message<ClientMessage>(text, read_body); }

std::string publish_message(const Event& event) { return "[\"EVENT\"," + to_text(event) + "]"; }

std::string request_message(std::string_view subscription, const std::vector<Filter>& filters) {
  std::string text = "[\"REQ\"," + quoted(subscription);
  for (const Filter& filter : filters) text += "," + to_json(filter).dump();
  return text + "]";
}

std::string close_message(std::string_view subscription) { return "[\"CLOSE\"," + quoted(subscription) + "]"; }

std::string auth_message(const Event& event) { return "[\"AUTH\"," + to_text(event) + "]"; }

}  // namespace paygress::nostr

#include "nostr/relay_request.h"

#include <doctest/doctest.h>

#include <variant>

#include "nostr/message.h"

using namespace paygress;
using namespace paygress::nostr;
using namespace std::chrono_literals;

namespace {

crypto::SeededRandom random_source(1);
constexpr auto kWindow = std::chrono::hours(49);
const util::Time kNow = util::from_unix(1'760'000'000);

RelayRequest make_request() {
  Filter filter;
  filter.kinds = std::vector<std::uint16_t>{1059};
  const Backoff backoff(1000ms, 8000ms, random_source);
  return RelayRequest("wraps", filter, kWindow, 500, backoff);
}

RequestMessage asked(const std::string& frame) {
  const auto message = parse_client_message(frame);
  REQUIRE(message);
  REQUIRE(std::holds_alternative<RequestMessage>(*message));
  return std::get<RequestMessage>(*message);
}

std::string closed(const std::string& frame) {
  const auto message = parse_client_message(frame);
  REQUIRE(message);
  REQUIRE(std::holds_alternative<CloseMessage>(*message));
  return std::get<CloseMessage>(*message).subscription;
}

}  // namespace

TEST_CASE("a REQ asks from the last good moment less the window, never from now and never for nothing") {
  RelayRequest request = make_request();
  const auto frames = request.start(kNow);
  REQUIRE(frames.size() == 1);
  const auto req = asked(frames[0]);
  REQUIRE(req.filters.size() == 1);
  CHECK(req.filters[0].since == util::unix_seconds(kNow - kWindow));
  CHECK(req.filters[0].limit == 500);
  CHECK_FALSE(req.filters[0].until);
  CHECK(request.owns(req.subscription));
  CHECK_FALSE(request.owns("wraps"));
  CHECK_FALSE(request.owns("other.1"));
}

TEST_CASE("a short page is the last: the REQ stays open and is live") {
  RelayRequest request = make_request();
  const auto req = asked(request.start(kNow)[0]);
  request.on_event(req.subscription, 1'759'999'000);
  CHECK_FALSE(request.caught_up_at());
  CHECK(request.on_eose(req.subscription, kNow + 1s).empty());
  CHECK(request.state() == RelayRequest::State::live);
  CHECK(request.caught_up_at() == kNow + 1s);
}

TEST_CASE("pages go back until one brings nothing more, though all events share a second") {
  RelayRequest request = make_request();
  const std::string live = asked(request.start(kNow)[0]).subscription;
  for (int i = 0; i < 100; ++i) request.on_event(live, 1'759'990'000 + i);

  auto frames = request.on_eose(live, kNow);
  REQUIRE(frames.size() == 1);
  auto page = asked(frames[0]);
  CHECK(page.subscription != live);
  CHECK(page.filters[0].until == 1'759'990'000);  // inclusive: the page may have been cut within the second
  CHECK(page.filters[0].since == util::unix_seconds(kNow - kWindow));
  for (int i = 0; i < 100; ++i) request.on_event(page.subscription, 1'759'990'000);

  frames = request.on_eose(page.subscription, kNow);
  REQUIRE(frames.size() == 2);
  CHECK(closed(frames[0]) == page.subscription);
  page = asked(frames[1]);
  CHECK(page.filters[0].until == 1'759'989'999);
  CHECK_FALSE(request.caught_up_at());
  // Live events do not count for the page.
  for (int i = 0; i < 100; ++i) request.on_event(live, 1'760'000'001);
  frames = request.on_eose(page.subscription, kNow + 5s);
  REQUIRE(frames.size() == 1);
  CHECK(closed(frames[0]) == page.subscription);
  CHECK(request.caught_up_at() == kNow + 5s);
}

TEST_CASE("a relay that knows neither until nor since sends the same again, and is done all the same") {
  RelayRequest request = make_request();
  const auto everything = [&](const std::string& subscription) {
    for (int i = 0; i < 100; ++i) request.on_event(subscription, 1'759'990'000 + i);
    request.on_event(subscription, 1);
  };
  const std::string live = asked(request.start(kNow)[0]).subscription;
  everything(live);
  const auto frames = request.on_eose(live, kNow);
  REQUIRE(frames.size() == 1);
  const auto page = asked(frames[0]);
  everything(page.subscription);
  CHECK(request.on_eose(page.subscription, kNow).size() == 1);  // the CLOSE of the page
  CHECK(request.state() == RelayRequest::State::live);
}

TEST_CASE("the EOSE of an earlier REQ is not that of the present one") {
  RelayRequest request = make_request();
  const std::string first = asked(request.start(kNow)[0]).subscription;
  const auto frames = request.start(kNow);
  REQUIRE(frames.size() == 2);
  CHECK(closed(frames[1]) == first);
  request.on_eose(first, kNow);
  CHECK(request.state() == RelayRequest::State::catching_up);
  CHECK(request.owns(first));  // its events are still welcome
}

TEST_CASE("no CLOSED is final: each is tried again, later and later, until it works") {
  RelayRequest request = make_request();
  net::SteadyTime now{};
  std::chrono::milliseconds longest{0};
  for (int i = 0; i < 20; ++i) {
    const std::string id = asked(request.start(kNow).back()).subscription;
    REQUIRE(request.on_closed(id, now));
    CHECK(request.state() == RelayRequest::State::closed);
    REQUIRE(request.retry_at());
    CHECK(*request.retry_at() > now);
    CHECK(*request.retry_at() <= now + 8s);
    longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(*request.retry_at() - now));
    CHECK_FALSE(request.on_closed(id, now));
    now = *request.retry_at();
  }
  CHECK(longest > 2s);
  const std::string id = asked(request.start(kNow).back()).subscription;
  CHECK_FALSE(request.retry_at());
  request.on_eose(id, kNow);
  REQUIRE(request.on_closed(id, now));
  CHECK(*request.retry_at() <= now + 1s);  // it has worked in between
}

TEST_CASE("a lost connection forgets what was open but not what was reached") {
  RelayRequest request = make_request();
  const std::string id = asked(request.start(kNow)[0]).subscription;
  request.on_eose(id, kNow);
  request.connection_lost();
  CHECK(request.state() == RelayRequest::State::idle);
  CHECK(request.caught_up_at() == kNow);
  CHECK(request.start(kNow).size() == 1);  // nothing to close on the new connection
}

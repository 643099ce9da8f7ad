#include "nostr/relay_request.h"

#include <algorithm>
#include <utility>

#include "nostr/message.h"

namespace paygress::nostr {

namespace {

// Relays cap a page at their own limit (100, 250, 500) whatever was asked for, and do not say so. No relay is known to cap
// lower than this: a shorter page is the last one, a longer one may have been cut.
constexpr std::size_t kCannotBeCut = 20;

}  // namespace

RelayRequest::RelayRequest(std::string name, Filter filter, std::chrono::seconds window, std::uint32_t page_size, Backoff backoff)
    : name_(std::move(name)), filter_(std::move(filter)), window_(window), page_size_(page_size), backoff_(std::move(backoff)) {}

// A number behind the name, so that an EOSE for an earlier REQ cannot be taken for that of the present one.
std::string RelayRequest::new_id() { return name_ + "." + std::to_string(++starts_); }

RelayRequest::Frames RelayRequest::start(util::Time last_good) {
  Frames frames;
  if (!page_id_.empty() && page_id_ != live_id_) frames.push_back(close_message(page_id_));
  const std::string replaced = std::exchange(live_id_, new_id());
  page_id_ = live_id_;
  since_ = std::max<std::int64_t>(0, util::unix_seconds(last_good - window_));
  until_.reset();
  count_ = 0;
  oldest_.reset();
  retry_at_.reset();
  state_ = State::catching_up;

  Filter asked = filter_;
  asked.since = since_;
  asked.limit = page_size_;
  const std::vector<Filter> filters(1, asked);
  frames.push_back(request_message(live_id_, filters));
  // After the new one, so that nothing falls between them.
  if (!replaced.empty()) frames.push_back(close_message(replaced));
  return frames;
}

void RelayRequest::connection_lost() {
  state_ = State::idle;
  live_id_.clear();
  page_id_.clear();
  retry_at_.reset();
}

bool RelayRequest::owns(std::string_view subscription) const {
  return subscription.size() > name_.size() && subscription.starts_with(name_) && subscription[name_.size()] == '.';
}

void RelayRequest::on_event(std::string_view subscription, std::int64_t created_at) {
  if (!awaits_page(subscription)) return;
  // A relay that does not know `until` sends the same again: its pages would never end.
  if (created_at < since_ || created_at > until_.value_or(created_at)) return;
  ++count_;
  oldest_ = std::min(oldest_.value_or(created_at), created_at);
}

RelayRequest::Frames RelayRequest::on_eose(std::string_view subscription, util::Time now) {
  if (!awaits_page(subscription)) return {};
  const std::optional<std::int64_t> oldest = oldest_;
  if (count_ >= kCannotBeCut && *oldest > since_) {
    // Inclusive, for the page may have been cut within that second; one earlier when this page did not get further.
    const bool stuck = until_ && *oldest >= *until_;
    return next_page(stuck ? *until_ - 1 : *oldest);
  }
  Frames frames;
  if (page_id_ != live_id_) frames.push_back(close_message(page_id_));
  page_id_.clear();
  state_ = State::live;
  caught_up_at_ = now;
  backoff_.reset();
  return frames;
}

RelayRequest::Frames RelayRequest::next_page(std::int64_t until) {
  Frames frames;
  if (page_id_ != live_id_) frames.push_back(close_message(page_id_));
  page_id_ = new_id();
  until_ = until;
  count_ = 0;
  oldest_.reset();
  Filter asked = filter_;
  asked.since = since_;
  asked.until = until;
  asked.limit = page_size_;
  const std::vector<Filter> filters(1, asked);
  frames.push_back(request_message(page_id_, filters));
  return frames;
}

bool RelayRequest::on_closed(std::string_view subscription, net::SteadyTime now) {
  const bool is_live = !live_id_.empty() && subscription == live_id_;
  const bool is_page = !page_id_.empty() && subscription == page_id_;
  if (!is_live && !is_page) return false;
  if (is_live) live_id_.clear();
  if (is_page) page_id_.clear();
  state_ = State::closed;
  retry_at_ = now + backoff_.next();
  return true;
}

}  // namespace paygress::nostr

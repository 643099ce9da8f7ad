#include "nostr/relay_errands.h"

#include <algorithm>
#include <utility>

namespace paygress::nostr {

namespace {

constexpr std::size_t kMaxErrands = 500;  // of each kind at one relay

bool wants_auth(const Reason& reason, bool may_still_authenticate) {
  using Prefix = Reason::Prefix;
  // khatru's older policies say "restricted" before any AUTH and mean the same.
  return may_still_authenticate && (reason.prefix == Prefix::auth_required || reason.prefix == Prefix::restricted);
}

template <class Errand>
bool is_open(const Errand& errand) {
  return !errand.retry_at && !errand.wants_auth;
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::size_t kMaxShown = 200;
  std::string out(text.substr(0, kMaxShown));
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return out;
}

std::string RelayErrands::Lookup::frame() const {
  const std::vector<Filter> filters(1, filter);
  return request_message(subscription, filters);
}

RelayErrands::Held<RelayErrands::Publication> RelayErrands::publish(const Event& event, Backoff backoff) {
  if (publications_.size() >= kMaxErrands) return nullptr;
  auto* made = new Publication{event.id, publish_message(event), std::move(backoff)};
  publications_.push_back(made);
  return {made, [this](Publication* done) {
            publications_.remove(done);
            delete done;
          }};
}

RelayErrands::Held<RelayErrands::Lookup> RelayErrands::fetch(Filter filter, std::uint32_t page_size, Backoff backoff) {
  if (lookups_.size() >= kMaxErrands) return nullptr;
  filter.limit = std::min(filter.limit.value_or(page_size), page_size);
  auto* made = new Lookup{"fetch." + std::to_string(++lookups_made_), std::move(filter), std::move(backoff)};
  lookups_.push_back(made);
  return {made, [this](Lookup* done) {
            lookups_.remove(done);
            delete done;
          }};
}

std::vector<std::string> RelayErrands::all_frames() {
  std::vector<std::string> frames;
  for (Publication* publication : publications_) {
    publication->retry_at.reset();
    publication->wants_auth = false;
    if (!publication->accepted) frames.push_back(publication->frame);
  }
  for (Lookup* lookup : lookups_) {
    lookup->retry_at.reset();
    lookup->wants_auth = false;
    lookup->events.clear();
    if (!lookup->finished) frames.push_back(lookup->frame());
  }
  return frames;
}

std::vector<std::string> RelayErrands::frames_after_auth() {
  std::vector<std::string> frames;
  for (Publication* publication : publications_) {
    if (std::exchange(publication->wants_auth, false)) frames.push_back(publication->frame);
  }
  // A REQ that is still open may have been opened for a nobody: strfry serves it live events only.
  for (Lookup* lookup : lookups_) {
    lookup->wants_auth = false;
    if (!lookup->finished) frames.push_back(lookup->frame());
  }
  return frames;
}

std::vector<std::string> RelayErrands::due_frames(net::SteadyTime now) {
  std::vector<std::string> frames;
  const auto take = [&](auto& errand, auto frame) {
    if (!errand.retry_at || *errand.retry_at > now) return;
    errand.retry_at.reset();
    frames.push_back(frame());
  };
  for (Publication* publication : publications_) take(*publication, [&] { return publication->frame; });
  for (Lookup* lookup : lookups_) take(*lookup, [&] { return lookup->frame(); });
  return frames;
}

std::optional<net::SteadyTime> RelayErrands::next_retry() const {
  std::optional<net::SteadyTime> next;
  const auto consider = [&](const auto& errands) {
    for (const auto* errand : errands) {
      if (errand->retry_at) next = std::min(next.value_or(*errand->retry_at), *errand->retry_at);
    }
  };
  consider(publications_);
  consider(lookups_);
  return next;
}

bool RelayErrands::waiting_for_answer() const {
  return std::any_of(publications_.begin(), publications_.end(),
                     [](const Publication* one) { return !one->accepted && is_open(*one); }) ||
         std::any_of(lookups_.begin(), lookups_.end(), [](const Lookup* one) { return !one->finished && is_open(*one); });
}

bool RelayErrands::on_ok(const OkMessage& ok, bool may_still_authenticate, net::SteadyTime now) {
  bool ours = false;
  for (Publication* publication : publications_) {
    if (publication->id != ok.event_id || publication->accepted) continue;
    ours = true;
    publication->reason = printable(ok.reason.text);
    if (ok.accepted || ok.reason.prefix == Reason::Prefix::duplicate) {
      publication->accepted = true;
    } else if (wants_auth(ok.reason, may_still_authenticate)) {
      publication->wants_auth = true;
    } else if (ok.reason.prefix == Reason::Prefix::rate_limited) {
      publication->retry_at = now + publication->backoff.next();
    } else {
      publication->accepted = false;
    }
    if (publication->accepted) publication->done.notify();
  }
  return ours;
}

RelayErrands::Lookup* RelayErrands::lookup(std::string_view subscription) {
  const auto found =
      std::find_if(lookups_.begin(), lookups_.end(), [&](const Lookup* one) { return one->subscription == subscription; });
  return found == lookups_.end() ? nullptr : *found;
}

bool RelayErrands::on_eose(std::string_view subscription) {
  Lookup* found = lookup(subscription);
  if (found == nullptr) return false;
  found->finished = true;
  found->done.notify();
  return true;
}

bool RelayErrands::on_closed(const ClosedMessage& closed, bool may_still_authenticate, net::SteadyTime now) {
  Lookup* found = lookup(closed.subscription);
  if (found == nullptr || found->finished) return false;
  if (wants_auth(closed.reason, may_still_authenticate)) {
    found->wants_auth = true;
  } else if (closed.reason.prefix == Reason::Prefix::rate_limited || closed.reason.prefix == Reason::Prefix::error) {
    found->retry_at = now + found->backoff.next();
  } else {
    found->finished = true;
    found->done.notify();
  }
  return true;
}

}  // namespace paygress::nostr

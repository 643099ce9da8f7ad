#include "nostr/relay_auth.h"

#include "nostr/nip42.h"

namespace paygress::nostr {

namespace {

constexpr int kMaxAttempts = 8;  // per connection; each costs a signature
constexpr std::size_t kMaxChallenge = 1024;

}  // namespace

void RelayAuth::new_connection() {
  challenge_.clear();
  challenge_used_ = false;
  in_flight_.reset();
  authenticated_ = false;
  attempts_ = 0;
}

std::optional<std::string> RelayAuth::on_challenge(std::string challenge, util::Time now) {
  if (challenge.empty() || challenge.size() > kMaxChallenge) return std::nullopt;
  challenge_ = std::move(challenge);
  challenge_used_ = false;
  // A relay that is content with us may renew its challenge; it is used when something is refused again.
  if (authenticated_) return std::nullopt;
  return prove(now);
}

std::optional<std::string> RelayAuth::on_required(util::Time now) { return prove(now); }

std::optional<std::string> RelayAuth::prove(util::Time now) {
  if (key_ == nullptr || challenge_.empty() || challenge_used_ || in_flight_ || attempts_ >= kMaxAttempts) return std::nullopt;
  ++attempts_;
  challenge_used_ = true;
  const Event event = auth_event(*key_, url_.text(), challenge_, now, random_);
  in_flight_ = event.id;
  return auth_message(event);
}

bool RelayAuth::may_still_help() const {
  if (key_ == nullptr || attempts_ >= kMaxAttempts) return in_flight_.has_value();
  return in_flight_ || !authenticated_ || !challenge_used_;
}

RelayAuth::Outcome RelayAuth::on_ok(const OkMessage& ok) {
  if (!in_flight_ || ok.event_id != *in_flight_) return Outcome::not_ours;
  in_flight_.reset();
  if (!ok.accepted) return Outcome::refused;
  authenticated_ = true;
  return Outcome::accepted;
}

}  // namespace paygress::nostr

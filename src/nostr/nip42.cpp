#include "nostr/nip42.h"

#include <cstdlib>

namespace paygress::nostr {
namespace {

constexpr std::int64_t kMaxSkewSeconds = 600;

}  // namespace

Event auth_event(const crypto::SecretKey& key, std::string_view relay_url, std::string_view challenge, util::Time now,
                 crypto::RandomSource& random) {
  Tags tags{{"relay", std::string(relay_url)}, {"challenge", std::string(challenge)}};
  return sign_event(key, {util::unix_seconds(now), kAuthKind, std::move(tags), {}}, random);
}

util::Result<> check_auth_event(const Event& event, std::string_view relay_url, std::string_view challenge, util::Time now) {
  const auto invalid = [](const char* why) { return util::Error{util::Errc::invalid, why, "auth_invalid"}; };
  if (event.kind != kAuthKind) return invalid("not of kind 22242");
  if (first_tag(event, "challenge") != challenge) return invalid("another challenge");
  if (first_tag(event, "relay") != relay_url) return invalid("for another relay");
  if (std::abs(util::unix_seconds(now) - event.created_at) > kMaxSkewSeconds) return invalid("too old or too new");
  return verify(event);
}

}  // namespace paygress::nostr

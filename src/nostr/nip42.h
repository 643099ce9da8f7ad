// NIP-42: proving to a relay who asks.
#pragma once

#include <string>
#include <string_view>

#include "nostr/event.h"

namespace paygress::nostr {

inline constexpr std::uint16_t kAuthKind = 22242;

// `relay_url` exactly as it was dialled. Only for relays of our own choice: the signature says who we are.
Event auth_event(const crypto::SecretKey& key, std::string_view relay_url, std::string_view challenge, util::Time now,
                 crypto::RandomSource& random);

// The relay's side (sandbox): kind, challenge, URL and a date within ten minutes; then verify(). Error code `auth_invalid`.
util::Result<> check_auth_event(const Event& event, std::string_view relay_url, std::string_view challenge, util::Time now);

}  // namespace paygress::nostr

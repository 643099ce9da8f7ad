// Telling apart the two long words of a message: a token and the name of a pod.
#pragma once

#include <string>
#include <string_view>

#include "util/secret.h"

namespace paygress::contract {

// "cashuA...", "cashuB..." or the same after "cashu:" or "cashu://". Says nothing about whether it is a valid token.
bool begins_like_token(std::string_view);

// Without white space: chat programs break long words. The prefix "cashu:" stays; the token reader knows it.
util::Secret clean_token(std::string_view);

// npub1..., nprofile1..., either after "nostr:", 64 hex digits (a key) or 12 (a pod id).
bool looks_like_pod(std::string_view);

// Trimmed, and without "nostr:".
std::string clean_pod(std::string_view);

}  // namespace paygress::contract

// NIP-04: the old private message of kind 4, AES-256-CBC under the shared x.
//
// Its text is not authenticated: whoever calls decrypt() has verified the event's signature, for that is the only proof
// that no bit was turned on the way.
#pragma once

#include <string>
#include <string_view>

#include "crypto/keys.h"
#include "crypto/random.h"
#include "util/result.h"

namespace paygress::nostr::nip04 {

inline constexpr std::uint16_t kKind = 4;

// "<base64>?iv=<base64>"
std::string encrypt(std::string_view plaintext, const crypto::SecretKey& own, const crypto::PublicKey& peer,
                    crypto::RandomSource& random);

// One error for everything that can be wrong, code `nip04_undecryptable`: more would tell a forger about the padding.
util::Result<std::string> decrypt(std::string_view content, const crypto::SecretKey& own, const crypto::PublicKey& peer);

}  // namespace paygress::nostr::nip04

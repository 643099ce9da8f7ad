// NIP-19: keys and pointers as people copy them (npub1..., nsec1..., nprofile1...).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/keys.h"
#include "util/result.h"
#include "util/secret.h"

namespace paygress::nostr {

struct Profile {
  crypto::PublicKey pubkey;
  std::vector<std::string> relays;
};

struct EventPointer {
  crypto::Hash256 id;
  std::vector<std::string> relays;
  std::optional<crypto::PublicKey> author;
  std::optional<std::uint32_t> kind;
};

struct Address {
  std::string identifier;  // the `d` tag; empty for replaceable events
  crypto::PublicKey author;
  std::uint32_t kind;
  std::vector<std::string> relays;
};

std::string encode_npub(const crypto::PublicKey& key);
util::Secret encode_nsec(const crypto::SecretKey& key);
std::string encode_note(const crypto::Hash256& id);
std::string encode_nprofile(const Profile& profile);
std::string encode_nevent(const EventPointer& pointer);
std::string encode_naddr(const Address& address);

// Each of exactly its own form. Error code `nip19_invalid`.
util::Result<crypto::PublicKey> decode_npub(std::string_view text);
util::Result<crypto::SecretKey> decode_nsec(std::string_view text);
util::Result<crypto::Hash256> decode_note(std::string_view text);
util::Result<Profile> decode_nprofile(std::string_view text);
util::Result<EventPointer> decode_nevent(std::string_view text);
util::Result<Address> decode_naddr(std::string_view text);

// What a person types where a key is asked for: hex, npub or nprofile, in upper case too, behind "nostr:", in quotes, with
// spaces around. Error code `public_key_invalid`.
util::Result<crypto::PublicKey> parse_public_key(std::string_view text);

// Hex or nsec. Error code `secret_key_invalid`; the text of the error shows nothing of the key.
util::Result<crypto::SecretKey> parse_secret_key(std::string_view text);

}  // namespace paygress::nostr

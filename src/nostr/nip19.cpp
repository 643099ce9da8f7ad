#include "nostr/nip19.h"

#include <algorithm>
#include <array>

#include "util/bech32.h"
#include "util/bytes.h"

namespace paygress::nostr {
namespace {

using util::Bytes;
using util::ByteView;

enum Type : std::uint8_t { kSpecial = 0, kRelay = 1, kAuthor = 2, kKind = 3 };

// NIP-19 sets no bound; more hints than these are no help.
constexpr std::size_t kMaxRelays = 20;

util::Error invalid(const char* why) { return {util::Errc::malformed, why, "nip19_invalid"}; }

util::Result<Bytes> data_of(std::string_view text, std::string_view prefix) {
  auto decoded = util::bech32::decode(text);
  if (!decoded) return invalid(decoded.error().message.c_str());
  if (decoded->prefix != prefix) return invalid("another kind of NIP-19 text was expected");
  return std::move(decoded->data);
}

void put(Bytes& out, Type type, ByteView value) {
  const ByteView kept = value.first(std::min<std::size_t>(value.size(), 255));
  out.push_back(type);
  out.push_back(static_cast<std::uint8_t>(kept.size()));
  out.insert(out.end(), kept.begin(), kept.end());
}

void put_relays(Bytes& out, const std::vector<std::string>& relays) {
  for (const std::string& relay : relays)
    if (relay.size() <= 255) put(out, kRelay, util::as_bytes(relay));  // half an address is none
}

void put_kind(Bytes& out, std::uint32_t kind) {
  const std::array<std::uint8_t, 4> bytes{static_cast<std::uint8_t>(kind >> 24), static_cast<std::uint8_t>(kind >> 16),
                                          static_cast<std::uint8_t>(kind >> 8), static_cast<std::uint8_t>(kind)};
  put(out, kKind, bytes);
}

// The parts of an nprofile, nevent or naddr; types of the future are skipped, of a repeated one the first counts.
struct Parts {
  std::optional<Bytes> special;
  std::vector<std::string> relays;
  std::optional<crypto::PublicKey> author;
  std::optional<std::uint32_t> kind;
};

util::Result<Parts> parts_of(std::string_view text, std::string_view prefix) {
  const auto data = data_of(text, prefix);
  if (!data) return data.error();
  Parts parts;
  for (ByteView rest = *data; !rest.empty();) {
    if (rest.size() < 2 || rest.size() - 2 < rest[1]) return invalid("a part is longer than the text");
    const ByteView value = rest.subspan(2, rest[1]);
    switch (rest[0]) {
      case kSpecial:
        if (!parts.special) parts.special.emplace(value.begin(), value.end());
        break;
      case kRelay:
        if (parts.relays.size() < kMaxRelays) parts.relays.push_back(util::to_text(value));
        break;
      case kAuthor: {
        const auto author = crypto::PublicKey::from_bytes(value);
        if (!author) return invalid("the author is not a public key");
        if (!parts.author) parts.author = *author;
        break;
      }
      case kKind:
        if (value.size() != 4) return invalid("a kind has four bytes");
        if (!parts.kind)
          parts.kind = std::uint32_t{value[0]} << 24 | std::uint32_t{value[1]} << 16 | std::uint32_t{value[2]} << 8 | value[3];
        break;
      default: break;
    }
    rest = rest.subspan(2 + value.size());
  }
  return parts;
}

util::Result<crypto::Hash256> hash_of(ByteView bytes) {
  crypto::Hash256 hash;
  if (bytes.size() != hash.size()) return invalid("an event id has 32 bytes");
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

// `text` without the spaces, quotes and "nostr:" that people copy along.
std::string_view bare(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\n\"'`<>";
  const std::size_t first = text.find_first_not_of(kAround);
  if (first == std::string_view::npos) return {};
  text = text.substr(first, text.find_last_not_of(kAround) - first + 1);
  constexpr std::string_view kScheme = "nostr:";
  const bool has_scheme =
      text.size() > kScheme.size() && std::equal(kScheme.begin(), kScheme.end(), text.begin(),
                                                 [](char want, char c) { return want == (c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return has_scheme ? text.substr(kScheme.size()) : text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

}  // namespace

std::string encode_npub(const crypto::PublicKey& key) { return util::bech32::encode("npub", key.bytes()); }
util::Secret encode_nsec(const crypto::SecretKey& key) { return util::Secret(util::bech32::encode("nsec", key.bytes())); }
std::string encode_note(const crypto::Hash256& id) { return util::bech32::encode("note", id); }

std::string encode_nprofile(const Profile& profile) {
  Bytes data;
  put(data, kSpecial, profile.pubkey.bytes());
  put_relays(data, profile.relays);
  return util::bech32::encode("nprofile", data);
}

std::string encode_nevent(const EventPointer& pointer) {
  Bytes data;
  put(data, kSpecial, pointer.id);
  put_relays(data, pointer.relays);
  if (pointer.author) put(data, kAuthor, pointer.author->bytes());
  if (pointer.kind) put_kind(data, *pointer.kind);
  return util::bech32::encode("nevent", data);
}

std::string encode_naddr(const Address& address) {
  Bytes data;
  put(data, kSpecial, util::as_bytes(address.identifier));
  put_relays(data, address.relays);
  put(data, kAuthor, address.author.bytes());
  put_kind(data, address.kind);
  return util::bech32::encode("naddr", data);
}

util::Result<crypto::PublicKey> decode_npub(std::string_view text) {
  const auto data = data_of(text, "npub");
  if (!data) return data.error();
  const auto key = crypto::PublicKey::from_bytes(*data);
  if (!key) return invalid("not a public key");
  return *key;
}

util::Result<crypto::SecretKey> decode_nsec(std::string_view text) {
  auto data = data_of(text, "nsec");
  if (!data) return data.error();
  const auto key = crypto::SecretKey::from_bytes(*data);
  util::wipe(data->data(), data->size());
  if (!key) return invalid("not a secret key");
  return *key;
}

util::Result<crypto::Hash256> decode_note(std::string_view text) {
  const auto data = data_of(text, "note");
  if (!data) return data.error();
  return hash_of(*data);
}

util::Result<Profile> decode_nprofile(std::string_view text) {
  auto parts = parts_of(text, "nprofile");
  if (!parts) return parts.error();
  if (!parts->special) return invalid("an nprofile names a public key");
  const auto key = crypto::PublicKey::from_bytes(*parts->special);
  if (!key) return invalid("not a public key");
  return Profile{*key, std::move(parts->relays)};
}

util::Result<EventPointer> decode_nevent(std::string_view text) {
  auto parts = parts_of(text, "nevent");
  if (!parts) return parts.error();
  if (!parts->special) return invalid("an nevent names an event id");
  const auto id = hash_of(*parts->special);
  if (!id) return id.error();
  return EventPointer{*id, std::move(parts->relays), parts->author, parts->kind};
}

util::Result<Address> decode_naddr(std::string_view text) {
  auto parts = parts_of(text, "naddr");
  if (!parts) return parts.error();
  if (!parts->special || !parts->author || !parts->kind) return invalid("an naddr names identifier, author and kind");
  return Address{util::to_text(*parts->special), *parts->author, *parts->kind, std::move(parts->relays)};
}

util::Result<crypto::PublicKey> parse_public_key(std::string_view text) {
  text = bare(text);
  if (text.size() == 64)
    if (const auto key = crypto::PublicKey::from_hex(lower(text))) return *key;
  if (const auto key = decode_npub(text)) return *key;
  if (const auto profile = decode_nprofile(text)) return profile->pubkey;
  return util::Error{util::Errc::malformed, "not a public key: expected npub1..., nprofile1... or 64 hex digits",
                     "public_key_invalid"};
}

util::Result<crypto::SecretKey> parse_secret_key(std::string_view text) {
  text = bare(text);
  if (text.size() == 64)
    if (const auto key = crypto::SecretKey::from_hex(text)) return *key;
  if (const auto key = decode_nsec(text)) return *key;
  return util::Error{util::Errc::malformed, "not a secret key: expected nsec1... or 64 hex digits", "secret_key_invalid"};
}

}  // namespace paygress::nostr

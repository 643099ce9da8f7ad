// NIP-59: a message (rumor) in a seal signed by its author, in a gift wrap signed by a key that is used once.
//
//   rumor, unsigned  ->  seal, kind 13, signed by the sender  ->  wrap, kind 1059, `p` tag of the receiver
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "nostr/conversation_keys.h"
#include "nostr/event.h"

namespace paygress::nostr {

inline constexpr std::uint16_t kSealKind = 13;
inline constexpr std::uint16_t kChatKind = 14;
inline constexpr std::uint16_t kGiftWrapKind = 1059;
inline constexpr std::uint16_t kEphemeralGiftWrapKind = 21059;  // the same, not stored by relays

// Dates of seals and wraps lie up to this far in the past, so that nobody learns when a message was written.
inline constexpr std::chrono::seconds kBackDate = std::chrono::hours(48);

// The largest event that stock relays (strfry) let through.
inline constexpr std::size_t kMaxWrapBytes = 65536;
// How long the content of a rumor may be so that its wrap stays below that: about 28 kB (nostr notes, section 9).
inline constexpr std::size_t kMaxRumorBytes = 28672;

// An accepted rumor's date: not further ahead than clocks go wrong, not older than the table of handled rumors remembers.
inline constexpr std::chrono::seconds kMaxRumorAhead = std::chrono::minutes(15);
inline constexpr std::chrono::seconds kMaxRumorAge = std::chrono::hours(24 * 7);

// An event without a signature. The id is always the one we computed.
struct Rumor {
  crypto::PublicKey pubkey;
  std::int64_t created_at;
  std::uint16_t kind;
  Tags tags;
  std::string content;
  crypto::Hash256 id;
};

Rumor make_rumor(const crypto::PublicKey& author, EventDraft draft);

struct WrapOptions {
  std::chrono::seconds back_date = kBackDate;   // 0 for relays that refuse old dates
  std::optional<std::int64_t> expiration = {};  // NIP-40, on the wrap
  std::uint16_t kind = kGiftWrapKind;           // or the ephemeral one, answered only in kind
};

// Seal and wrap are dated independently, each 0..back_date before `now`. `rumor.pubkey` must be the sender's.
Event gift_wrap(const crypto::SecretKey& sender, const crypto::PublicKey& to, const Rumor& rumor, util::Time now,
                crypto::RandomSource& random, const WrapOptions& options = {});

struct OpenedWrap {
  Rumor rumor;
  crypto::PublicKey sender;  // who signed the seal; always rumor.pubkey
};

// Whether somebody has called verify() on the wrap already: the relay pool has, and a second time costs 35 us.
enum class WrapProof { unchecked, verified };

// The whole chain of checks, the cheap ones first. The two duplicate tables (wrap ids, rumor ids) are the caller's.
// `keys` may be null; what is in it belongs to `own`.
//
// Error codes. Of kind `refused`, meaning not for us and no attack: wrap_not_for_us, wrap_expired, rumor_kind_ignored,
// rumor_not_for_us, rumor_empty, rumor_from_ourselves. Everything else is a broken or hostile wrap: wrap_kind,
// wrap_too_large, wrap_id_mismatch, wrap_bad_signature, wrap_undecryptable, seal_malformed, seal_kind, seal_id_mismatch,
// seal_bad_signature, seal_undecryptable, rumor_malformed, seal_rumor_author_mismatch, rumor_id_mismatch, rumor_stale,
// rumor_future.
util::Result<OpenedWrap> open_gift_wrap(const Event& wrap, const crypto::SecretKey& own, util::Time now,
                                        ConversationKeys* keys = nullptr, WrapProof proof = WrapProof::unchecked);

}  // namespace paygress::nostr

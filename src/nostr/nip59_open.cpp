// The accept chain of a gift wrap, in the order of what a check costs: a stranger's junk is to be dropped for the price of a
// comparison. Nothing here recurses: one wrap, one seal, one rumor.
#include "nostr/event_reader.h"
#include "nostr/nip44.h"
#include "nostr/nip59.h"
#include "util/bytes.h"

namespace paygress::nostr {
namespace {

using util::Errc;
using util::Error;
using util::Result;

// Not an attack: other people's mail, or a kind of message that has no answer.
Error ignored(const char* code, const char* why) { return {Errc::refused, why, code}; }
Error rejected(const char* code, const char* why) { return {Errc::invalid, why, code}; }

// What a stranger can make long.
std::size_t size_of(const Event& wrap) {
  std::size_t size = wrap.content.size();
  for (const Tag& tag : wrap.tags)
    for (const std::string& value : tag) size += value.size() + 3;
  return size;
}

Result<> check_outside(const Event& wrap, const crypto::PublicKey& us, util::Time now) {
  if (size_of(wrap) > kMaxWrapBytes) return rejected("wrap_too_large", "the gift wrap is larger than relays carry");
  if (wrap.kind != kGiftWrapKind && wrap.kind != kEphemeralGiftWrapKind) return rejected("wrap_kind", "not a gift wrap");
  if (!has_tag(wrap.tags, "p", us.hex())) return ignored("wrap_not_for_us", "the gift wrap names another receiver");
  if (is_expired(wrap, now)) return ignored("wrap_expired", "the gift wrap has expired");
  return {};
}

// verify() with the layer's name in the code.
Result<> verify_layer(const Event& event, const char* id_code, const char* signature_code) {
  const auto verified = verify(event);
  if (verified) return {};
  return rejected(verified.error().code == "event_id_mismatch" ? id_code : signature_code, "id or signature does not hold");
}

// The seal is decrypted with its author's key, or (NIP-4e draft, kind 10044) with the encryption key that he names in an
// `n` tag. Naming a foreign key gains nothing: the tag stands under his signature.
crypto::PublicKey sealing_key(const Event& seal) {
  if (const auto named = first_tag(seal, "n"))
    if (const auto key = crypto::PublicKey::from_hex(*named)) return *key;
  return seal.pubkey;
}

struct Unsealed {
  std::string text;
  ~Unsealed() { util::wipe(text.data(), text.size()); }
};

Result<Rumor> read_rumor(std::string_view text, const crypto::PublicKey& author) {
  JsonCursor cursor(text);
  EventFields fields;
  if (const char* problem = read_event_fields(cursor, fields, SignatureField::skip)) return rejected("rumor_malformed", problem);
  if (!cursor.at_end()) return rejected("rumor_malformed", "something follows the rumor");
  if (!fields.pubkey || !fields.created_at || !fields.kind || !fields.tags || !fields.content)
    return rejected("rumor_malformed", "a rumor has pubkey, created_at, kind, tags and content");
  // NIP-17 MUST: else anybody writes in anybody's name.
  if (*fields.pubkey != author.bytes()) return rejected("seal_rumor_author_mismatch", "rumor and seal name different authors");
  const crypto::Hash256 id = event_id(author, *fields.created_at, *fields.kind, *fields.tags, *fields.content);
  // A trusted id would let a sender block another customer's message in the table of handled rumors.
  if (fields.id && *fields.id != id) return rejected("rumor_id_mismatch", "the rumor's id is not its hash");
  return Rumor{author, *fields.created_at, *fields.kind, std::move(*fields.tags), std::move(*fields.content), id};
}

Result<> check_rumor(const Rumor& rumor, const crypto::PublicKey& us, util::Time now) {
  if (rumor.pubkey == us) return ignored("rumor_from_ourselves", "our own copy of a message");
  if (rumor.kind != kChatKind) return ignored("rumor_kind_ignored", "not a chat message");
  if (!has_tag(rumor.tags, "p", us.hex())) return ignored("rumor_not_for_us", "the rumor names other receivers");
  if (rumor.content.empty()) return ignored("rumor_empty", "an empty message");
  const std::chrono::seconds age(util::unix_seconds(now) - rumor.created_at);
  if (age < -kMaxRumorAhead) return rejected("rumor_future", "the rumor is dated too far ahead");
  if (age > kMaxRumorAge) return rejected("rumor_stale", "the rumor is older than we remember handled ones");
  return {};
}

}  // namespace

Result<OpenedWrap> open_gift_wrap(const Event& wrap, const crypto::SecretKey& own, util::Time now, ConversationKeys* keys,
                                  WrapProof proof) {
  const crypto::PublicKey& us = own.public_key();
  if (const auto ok = check_outside(wrap, us, now); !ok) return ok.error();
  if (proof == WrapProof::unchecked)
    if (const auto ok = verify_layer(wrap, "wrap_id_mismatch", "wrap_bad_signature"); !ok) return ok.error();

  const auto seal_text = nip44::decrypt(wrap.content, nip44::ConversationKey(own, wrap.pubkey));
  if (!seal_text) return rejected("wrap_undecryptable", "the gift wrap cannot be decrypted");
  const auto seal = parse_event(*seal_text);
  if (!seal) return rejected("seal_malformed", "what is wrapped is not a signed event");
  if (seal->kind != kSealKind) return rejected("seal_kind", "what is wrapped is not a seal");
  if (const auto ok = verify_layer(*seal, "seal_id_mismatch", "seal_bad_signature"); !ok) return ok.error();

  const crypto::PublicKey peer = sealing_key(*seal);
  const nip44::ConversationKey* const known = keys != nullptr ? keys->find(peer) : nullptr;
  const nip44::ConversationKey key = known != nullptr ? *known : nip44::ConversationKey(own, peer);
  auto decrypted = nip44::decrypt(seal->content, key);
  if (!decrypted) return rejected("seal_undecryptable", "the seal cannot be decrypted");
  const Unsealed unsealed{std::move(*decrypted)};

  auto rumor = read_rumor(unsealed.text, seal->pubkey);
  if (!rumor) return rumor.error();
  if (const auto ok = check_rumor(*rumor, us, now); !ok) return ok.error();
  if (keys != nullptr) keys->remember(peer, key);
  return OpenedWrap{std::move(*rumor), seal->pubkey};
}

}  // namespace paygress::nostr

// Making a gift wrap. Opening one is in nip59_open.cpp.
#include "nostr/nip59.h"

#include <algorithm>
#include <stdexcept>

#include "nostr/nip44.h"
#include "util/secret.h"

namespace paygress::nostr {
namespace {

std::int64_t some_time_before(util::Time now, std::chrono::seconds at_most, crypto::RandomSource& random) {
  const auto bound = static_cast<std::uint64_t>(std::max<std::int64_t>(at_most.count(), 0)) + 1;
  return util::unix_seconds(now) - static_cast<std::int64_t>(crypto::random_below(random, bound));
}

}  // namespace

Rumor make_rumor(const crypto::PublicKey& author, EventDraft draft) {
  const crypto::Hash256 id = event_id(author, draft.created_at, draft.kind, draft.tags, draft.content);
  return {author, draft.created_at, draft.kind, std::move(draft.tags), std::move(draft.content), id};
}

Event gift_wrap(const crypto::SecretKey& sender, const crypto::PublicKey& to, const Rumor& rumor, util::Time now,
                crypto::RandomSource& random, const WrapOptions& options) {
  // Every honest reader throws such a message away (NIP-17), so making one is our own mistake.
  if (rumor.pubkey != sender.public_key()) throw std::invalid_argument("the rumor names another author than its sender");
  std::string rumor_text = unsigned_text({rumor.id, rumor.pubkey, rumor.created_at, rumor.kind, rumor.tags, rumor.content});
  std::string sealed = nip44::encrypt(rumor_text, nip44::ConversationKey(sender, to), crypto::random_bytes<32>(random));
  util::wipe(rumor_text.data(), rumor_text.size());
  const Event seal =
      sign_event(sender, {some_time_before(now, options.back_date, random), kSealKind, {}, std::move(sealed)}, random);

  const crypto::SecretKey once = crypto::SecretKey::generate(random);
  // Exactly one `p` tag: nostream and others refuse a wrap with two.
  EventDraft wrap{some_time_before(now, options.back_date, random), options.kind, {{"p", to.hex()}}, {}};
  if (options.expiration) wrap.tags.push_back({"expiration", std::to_string(*options.expiration)});
  wrap.content = nip44::encrypt(to_text(seal), nip44::ConversationKey(once, to), crypto::random_bytes<32>(random));
  return sign_event(once, std::move(wrap), random);
}

}  // namespace paygress::nostr

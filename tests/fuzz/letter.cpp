#include "crypto/random.h"
#include "nostr/nip44.h"
#include "nostr/nip59.h"
#include "tests/fuzz/target.h"
#include "util/json.h"

namespace paygress::test {
namespace {

using namespace paygress::nostr;

constexpr std::int64_t kNow = 1'700'000'000;
constexpr std::size_t kMaxRumor = 16 << 10;

const crypto::SecretKey& customer() {
  static crypto::SeededRandom random(1);
  static const auto key = crypto::SecretKey::generate(random);
  return key;
}

const crypto::SecretKey& provider() {
  static crypto::SeededRandom random(2);
  static const auto key = crypto::SecretKey::generate(random);
  return key;
}

// A seal and a wrap that are in order, around whatever the rumor is: what a stranger with a key can send.
Event wrap(std::string_view rumor) {
  static crypto::SeededRandom random(3);
  static const auto wrapper = crypto::SecretKey::generate(random);
  static const nip44::ConversationKey to_provider(customer(), provider().public_key());
  static const nip44::ConversationKey outer(wrapper, provider().public_key());
  const nip44::Nonce nonce{};
  EventDraft seal{kNow, 13, {}, nip44::encrypt(rumor, to_provider, nonce)};
  const std::string sealed = to_text(sign_event(customer(), std::move(seal), random));
  EventDraft wrapped{kNow, 1059, {{"p", provider().public_key().hex()}}, nip44::encrypt(sealed, outer, nonce)};
  return sign_event(wrapper, std::move(wrapped), random);
}

bool read(std::string_view input) {
  if (input.empty() || input.size() > kMaxRumor) return false;
  const auto opened = open_gift_wrap(wrap(input), provider(), util::from_unix(kNow));
  if (!opened) return false;
  must(opened->sender == customer().public_key(), "a letter from somebody else than who signed it");
  must(opened->rumor.pubkey == opened->sender, "a rumor of somebody else");
  must(!opened->rumor.content.empty(), "a letter without a word");
  return true;
}

std::string rumor_text() {
  const Rumor rumor =
      make_rumor(customer().public_key(), {kNow, 14, {{"p", provider().public_key().hex()}, {"subject", "pod"}}, "offers"});
  const UnsignedView view{rumor.id, rumor.pubkey, rumor.created_at, rumor.kind, rumor.tags, rumor.content};
  return unsigned_text(view);
}

// An id may be missing; one that is there must hold, so most changes beside it are refused.
std::string without_id(const std::string& rumor) {
  util::Json json = util::Json::parse(rumor);
  json.erase("id");
  return json.dump();
}

}  // namespace

FuzzTarget letter_target() { return {"letter", {rumor_text(), without_id(rumor_text())}, read}; }

}  // namespace paygress::test

#include "cashu/token.h"
#include "cashu/lock.h"
#include "tests/fuzz/target.h"
#include "util/bytes.h"
#include "util/time.h"

namespace paygress::test {
namespace {

constexpr char kRaw[] = "crawB";

// base64 would hide what is inside from a mutation, so V3 is given as its JSON and V4 as its raw form.
util::Result<cashu::Token> decode(std::string_view input) {
  if (input.starts_with('{')) return cashu::decode_token("cashuA" + util::base64url(util::as_bytes(input)));
  if (input.starts_with(kRaw)) return cashu::decode_raw_token(util::as_bytes(input));
  return cashu::decode_token(input);
}

bool read(std::string_view input) {
  const auto token = decode(input);
  if (!token) return false;
  must(!token->proofs.empty(), "a token without a proof");
  must(cashu::total(token->proofs).has_value(), "a token whose sum does not fit");
  for (const cashu::Proof& proof : token->proofs) {
    must(proof.amount > cashu::Amount(), "a proof of nothing");
    static_cast<void>(cashu::classify_lock(proof.secret, nullptr, util::from_unix(1'700'000'000)));
  }
  // What V4 cannot say (a unit that is missing, a keyset's id of the old kind) is left out of the comparison.
  if (token->unit.empty()) return true;
  const auto again = cashu::decode_token(cashu::encode_token(*token, cashu::WithDleq::yes));
  if (again) must(*again == *token, "a token that is another after it was written");
  return true;
}

constexpr char kV3[] =
    R"({"token":[{"mint":"https://mint.example","proofs":[{"amount":2,"id":"00ad268c4d1f5826","secret":"407915bc212be61a77e3e6d2aeb4c727980bda51cd06a6afc29e2861768a7837","C":"02bc9097997d81afb2cc7346b5e4345a9346bd2a506eb7958598a72f0cf85163ea"},)"
    R"({"amount":8,"id":"00ad268c4d1f5826","secret":"[\"P2PK\",{\"nonce\":\"00\",\"data\":\"02bc9097997d81afb2cc7346b5e4345a9346bd2a506eb7958598a72f0cf85163ea\",\"tags\":[[\"locktime\",\"1700000000\"],[\"sigflag\",\"SIG_ALL\"],[\"n_sigs\",\"1\"],[\"refund\",\"02bc9097997d81afb2cc7346b5e4345a9346bd2a506eb7958598a72f0cf85163ea\"]]}]","C":"029e8e5050b890a7d6c0968db16bc1d5d5fa040ea1de284f6ec69d61299f671059","witness":"{\"signatures\":[]}"}]}],"unit":"sat","memo":"Thank you."})";

std::vector<std::string> seeds() {
  std::vector<std::string> found = {kV3};
  const auto token = decode(kV3);
  must(token.has_value(), "the seed is no token");
  const std::string text = cashu::encode_token(*token, cashu::WithDleq::yes);
  found.push_back(text);
  const auto cbor = util::from_base64url(std::string_view(text).substr(6));
  found.push_back(kRaw + util::to_text(*cbor));
  must(decode(found.back()).has_value(), "the raw seed is no token");
  return found;
}

}  // namespace

FuzzTarget token_target() { return {"token", seeds(), read}; }

}  // namespace paygress::test

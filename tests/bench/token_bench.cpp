// What it costs to read a V4 token of four proofs with DLEQ (360 sat) and to verify each of them: from the token's text to
// the verdict, as it is done before a claim.
//
// Beside it, in the same run and in turns, the floor: the calls into libsecp256k1 and SHA-256 that nobody can leave out, on
// inputs prepared beforehand, each in the cheapest form of the library's public interface. Per proof:
//   C parsed (one square root); hash_to_curve with its tries; B_ = Y + rG; C_ = C + rA; R1 = sG - eA; R2 = sB_ - eC_;
//   SHA-256 over the four points in hex.
// Not in the floor and so our own cost: base64, CBOR, UTF-8 checks, hex, memory.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <secp256k1.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "cashu/dhke.h"
#include "cashu/dleq.h"
#include "cashu/token.h"
#include "crypto/context.h"
#include "crypto/random.h"
#include "util/bytes.h"

using namespace paygress;

namespace {

constexpr int kRounds = 60;
constexpr int kRepeats = 8;

void must(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "token_bench: %s\n", what);
  std::exit(1);
}

double cpu_us() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

struct FloorInput {
  std::string secret;
  std::array<std::uint8_t, 33> C;
  secp256k1_pubkey A;
  cashu::Dleq dleq;
};

secp256k1_pubkey parsed(const std::uint8_t* bytes) {
  secp256k1_pubkey key;
  must(secp256k1_ec_pubkey_parse(crypto::secp_context(), &key, bytes, 33) == 1, "floor: a point");
  return key;
}

secp256k1_pubkey times(secp256k1_pubkey key, const std::uint8_t* scalar) {
  must(secp256k1_ec_pubkey_tweak_mul(crypto::secp_context(), &key, scalar) == 1, "floor: a product");
  return key;
}

secp256k1_pubkey plus_generator(secp256k1_pubkey key, const std::uint8_t* scalar) {
  must(secp256k1_ec_pubkey_tweak_add(crypto::secp_context(), &key, scalar) == 1, "floor: a sum with sG");
  return key;
}

secp256k1_pubkey negated(secp256k1_pubkey key) {
  must(secp256k1_ec_pubkey_negate(crypto::secp_context(), &key) == 1, "floor: a negation");
  return key;
}

secp256k1_pubkey sum(const secp256k1_pubkey& a, const secp256k1_pubkey& b) {
  const secp256k1_pubkey* terms[] = {&a, &b};
  secp256k1_pubkey out;
  must(secp256k1_ec_pubkey_combine(crypto::secp_context(), &out, terms, 2) == 1, "floor: a sum");
  return out;
}

secp256k1_pubkey hashed_to_curve(const std::string& secret) {
  std::uint8_t message[36] = {}, candidate[33] = {0x02};
  SHA256_CTX sha;
  SHA256_Init(&sha);
  SHA256_Update(&sha, "Secp256k1_HashToCurve_Cashu_", 28);
  SHA256_Update(&sha, secret.data(), secret.size());
  SHA256_Final(message, &sha);
  for (;; ++message[32]) {
    SHA256(message, sizeof message, candidate + 1);
    secp256k1_pubkey key;
    if (secp256k1_ec_pubkey_parse(crypto::secp_context(), &key, candidate, sizeof candidate) == 1) return key;
  }
}

void verify_floor(const FloorInput& input) {
  constexpr char kHex[] = "0123456789abcdef";
  const std::uint8_t *e = input.dleq.e.data(), *s = input.dleq.s.data(), *r = input.dleq.r->data();
  const secp256k1_pubkey B_ = plus_generator(hashed_to_curve(input.secret), r);
  const secp256k1_pubkey C_ = sum(parsed(input.C.data()), times(input.A, r));
  const secp256k1_pubkey R1 = plus_generator(negated(times(input.A, e)), s);
  const secp256k1_pubkey R2 = sum(times(B_, s), negated(times(C_, e)));
  SHA256_CTX sha;
  SHA256_Init(&sha);
  for (const auto* point : {&R1, &R2, &input.A, &C_}) {
    std::uint8_t bytes[65];
    char text[130];
    std::size_t size = sizeof bytes;
    secp256k1_ec_pubkey_serialize(crypto::secp_context(), bytes, &size, point, SECP256K1_EC_UNCOMPRESSED);
    for (std::size_t i = 0; i < sizeof bytes; ++i) {
      text[2 * i] = kHex[bytes[i] >> 4];
      text[2 * i + 1] = kHex[bytes[i] & 15];
    }
    SHA256_Update(&sha, text, sizeof text);
  }
  std::uint8_t hash[32];
  SHA256_Final(hash, &sha);
  must(std::memcmp(hash, e, sizeof hash) == 0, "floor: the DLEQ does not hold");
}

void verify_ours(const std::string& text, const std::vector<crypto::Point>& keys) {
  const auto token = cashu::decode_token(text);
  must(token.has_value(), "the token is not read");
  for (std::size_t i = 0; i < keys.size(); ++i) must(cashu::verify_dleq(token->proofs[i], keys[i]), "a DLEQ does not hold");
}

}  // namespace

int main() {
  crypto::SeededRandom random(360);
  cashu::Token token{cashu::MintUrl::parse("https://mint.example").value(), "sat", std::nullopt, {}};
  std::vector<crypto::Point> keys;
  std::vector<FloorInput> inputs;
  for (const std::uint64_t amount : {8, 32, 64, 256}) {
    const auto k = crypto::Scalar::generate(random), r = crypto::Scalar::generate(random);
    const std::string secret = util::hex(crypto::random_bytes<32>(random));
    const auto B_ = cashu::blind(cashu::hash_to_curve(secret), r).value();
    const auto C_ = cashu::sign_blinded(B_, k);
    cashu::Dleq dleq = cashu::make_dleq(k, B_, C_);
    dleq.r = r.bytes();
    const auto A = crypto::generator_mul(k), C = cashu::unblind(C_, r, A).value();
    token.proofs.push_back({cashu::Amount(amount), "00ad268c4d1f5826", secret, C, dleq, {}, std::nullopt});
    keys.push_back(A);
    inputs.push_back({secret, C.bytes(), parsed(A.bytes().data()), dleq});
  }
  const std::string text = cashu::encode_token(token, cashu::WithDleq::yes);

  double best_ours = 1e9, best_floor = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    double ours = 0, base = 0;
    for (int repeat = 0; repeat < kRepeats; ++repeat) {
      const double start = cpu_us();
      verify_ours(text, keys);
      const double middle = cpu_us();
      for (const auto& input : inputs) verify_floor(input);
      base += cpu_us() - middle;
      ours += middle - start;
    }
    best_ours = std::min(best_ours, ours / kRepeats);
    best_floor = std::min(best_floor, base / kRepeats);
  }
  std::printf("{\"name\":\"token_verify\",\"value\":%.2f,\"unit\":\"us\",\"base\":%.2f,\"ratio\":%.4f}\n", best_ours, best_floor,
              best_ours / best_floor);
}

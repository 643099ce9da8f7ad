// What opening a stranger's gift wrap costs: from the event's JSON text to the verified rumor, the whole accept chain, with
// no remembered key. The inputs are the wraps of real client libraries (2.2 and 2.5 kB).
//
// Beside it, in the same run and in turns, the floor: the calls into libsecp256k1 and OpenSSL that nobody can leave out, on
// inputs prepared beforehand, each in the cheapest form known:
//   per layer (wrap, seal): parse the author's point once, SHA-256 over the id's text in one piece, Schnorr verification,
//     ECDH, HKDF-extract (1 HMAC), HKDF-expand to 76 bytes (3 HMACs from one keyed state), HMAC over nonce and ciphertext,
//     ChaCha20 over the ciphertext in a reused cipher context;
//   for the rumor: SHA-256 over its id's text.
// Not in the floor and so our own cost: JSON, hex, base64, UTF-8 checks, building the texts that are hashed, memory.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <secp256k1_ecdh.h>
#include <secp256k1_schnorrsig.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crypto/context.h"
#include "nostr/nip59.h"
#include "tests/support/vectors.h"
#include "util/bytes.h"

using namespace paygress;
using nlohmann::json;
using nostr::Event;

namespace {

constexpr int kRounds = 60;
constexpr int kRepeats = 8;  // per input and round: a round of all inputs takes some 7 ms, short beside a scheduler's mood

void must(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "unwrap_bench: %s\n", what);
  std::exit(1);
}

double cpu_us() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

// ---- the floor

struct Layer {
  std::string id_text;
  crypto::Hash256 id;
  std::array<std::uint8_t, 33> point;
  crypto::Signature signature;
  util::Bytes payload;  // version, nonce, ciphertext, MAC
};

struct FloorInput {
  Layer wrap, seal;
  std::string rumor_id_text;
  crypto::Hash256 rumor_id;
};

struct Keyed {
  SHA256_CTX inner, outer;
};

Keyed keyed(const std::uint8_t* key, std::size_t size) {
  std::uint8_t pad[64];
  Keyed state;
  std::memset(pad, 0x36, sizeof pad);
  for (std::size_t i = 0; i < size; ++i) pad[i] ^= key[i];
  SHA256_Init(&state.inner);
  SHA256_Update(&state.inner, pad, sizeof pad);
  for (auto& byte : pad) byte ^= 0x36 ^ 0x5c;
  SHA256_Init(&state.outer);
  SHA256_Update(&state.outer, pad, sizeof pad);
  return state;
}

void finish(Keyed state, std::uint8_t out[32]) {
  SHA256_Final(out, &state.inner);
  SHA256_Update(&state.outer, out, 32);
  SHA256_Final(out, &state.outer);
}

int copy_x(unsigned char* out, const unsigned char* x, const unsigned char*, void*) {
  std::memcpy(out, x, 32);
  return 1;
}

class Floor {
 public:
  explicit Floor(const crypto::SecretKey& own) : own_(own) {}
  ~Floor() { EVP_CIPHER_CTX_free(context_); }
  Floor(const Floor&) = delete;

  void open(const FloorInput& input) {
    open(input.wrap);
    open(input.seal);
    std::uint8_t id[32];
    hash(input.rumor_id_text, id);
    must(std::memcmp(id, input.rumor_id.data(), 32) == 0, "floor: rumor id");
  }

 private:
  static void hash(const std::string& text, std::uint8_t out[32]) {
    SHA256_CTX sha;
    SHA256_Init(&sha);
    SHA256_Update(&sha, text.data(), text.size());
    SHA256_Final(out, &sha);
  }

  void open(const Layer& layer) {
    const secp256k1_context* curve = crypto::secp_context();
    secp256k1_pubkey point;
    secp256k1_xonly_pubkey x_only;
    std::uint8_t id[32], shared[32], conversation[32], keys[96], mac[32];
    must(secp256k1_ec_pubkey_parse(curve, &point, layer.point.data(), layer.point.size()) == 1, "floor: point");
    hash(layer.id_text, id);
    must(secp256k1_xonly_pubkey_from_pubkey(curve, &x_only, nullptr, &point) == 1 &&
             secp256k1_schnorrsig_verify(curve, layer.signature.data(), id, 32, &x_only) == 1,
         "floor: signature");
    must(secp256k1_ecdh(curve, shared, &point, own_.bytes().data(), copy_x, nullptr) == 1, "floor: ECDH");

    Keyed extract = keyed(reinterpret_cast<const std::uint8_t*>("nip44-v2"), 8);
    SHA256_Update(&extract.inner, shared, 32);
    finish(extract, conversation);
    const Keyed expand = keyed(conversation, 32);
    const std::uint8_t* nonce = layer.payload.data() + 1;
    for (std::uint8_t block = 0; block < 3; ++block) {
      const std::uint8_t counter = static_cast<std::uint8_t>(block + 1);
      Keyed state = expand;
      if (block > 0) SHA256_Update(&state.inner, keys + 32 * (block - 1), 32);
      SHA256_Update(&state.inner, nonce, 32);
      SHA256_Update(&state.inner, &counter, 1);
      finish(state, keys + 32 * block);
    }
    Keyed authenticated = keyed(keys + 44, 32);
    SHA256_Update(&authenticated.inner, nonce, layer.payload.size() - 33);
    finish(authenticated, mac);
    must(CRYPTO_memcmp(mac, layer.payload.data() + layer.payload.size() - 32, 32) == 0, "floor: MAC");

    std::uint8_t iv[16] = {};
    std::memcpy(iv + 4, keys + 32, 12);
    const int size = static_cast<int>(layer.payload.size()) - 65;
    int written = 0;
    plain_.resize(static_cast<std::size_t>(size));
    must(EVP_CipherInit_ex2(context_, cipher_, keys, iv, 1, nullptr) == 1 &&
             EVP_CipherUpdate(context_, plain_.data(), &written, layer.payload.data() + 33, size) == 1,
         "floor: ChaCha20");
  }

  const crypto::SecretKey& own_;
  EVP_CIPHER_CTX* context_ = EVP_CIPHER_CTX_new();
  EVP_CIPHER* cipher_ = EVP_CIPHER_fetch(nullptr, "ChaCha20", nullptr);
  util::Bytes plain_;
};

std::string id_text(const json& event) {
  return json::array({0, event["pubkey"], event["created_at"], event["kind"], event["tags"], event["content"]}).dump();
}

Layer layer_of(const json& event) {
  Layer layer{id_text(event),
              util::array_from_hex<32>(event["id"].get<std::string>()).value(),
              {0x02},
              util::array_from_hex<64>(event["sig"].get<std::string>()).value(),
              util::from_base64(event["content"].get<std::string>()).value()};
  const auto x = util::array_from_hex<32>(event["pubkey"].get<std::string>()).value();
  std::copy(x.begin(), x.end(), layer.point.begin() + 1);
  return layer;
}

// ---- ours

void open_ours(const std::string& text, const crypto::SecretKey& own, util::Time now) {
  const auto wrap = nostr::parse_event(text);
  must(wrap.has_value(), "an input is not an event");
  const auto opened = nostr::open_gift_wrap(*wrap, own, now);
  must(opened.has_value(), "an input does not open");
}

}  // namespace

int main() {
  const auto vectors = test::vector_json("nostr/interop-made-by-clients.json");
  if (!vectors) return 0;
  const auto own = crypto::SecretKey::from_hex((*vectors)["service_secret"].get<std::string>()).value();
  std::vector<std::string> texts;
  std::vector<FloorInput> inputs;
  util::Time now{};
  for (const json& row : (*vectors)["gift_wraps"]) {
    const json rumor = json::parse(row["rumor_json"].get<std::string>());
    texts.push_back(row["wrap"].dump());
    inputs.push_back({layer_of(row["wrap"]), layer_of(json::parse(row["seal_json"].get<std::string>())), id_text(rumor),
                      util::array_from_hex<32>(rumor["id"].get<std::string>()).value()});
    now = std::max(now, util::from_unix(rumor["created_at"].get<std::int64_t>()));
  }

  Floor floor(own);
  double best_ours = 1e9, best_floor = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    double ours = 0, base = 0;
    for (int repeat = 0; repeat < kRepeats; ++repeat) {
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const double start = cpu_us();
        open_ours(texts[i], own, now);
        const double middle = cpu_us();
        floor.open(inputs[i]);
        base += cpu_us() - middle;
        ours += middle - start;
      }
    }
    const double opened = kRepeats * static_cast<double>(texts.size());
    best_ours = std::min(best_ours, ours / opened);
    best_floor = std::min(best_floor, base / opened);
  }
  std::printf("{\"name\":\"gift_wrap_open\",\"value\":%.2f,\"unit\":\"us\",\"base\":%.2f,\"ratio\":%.4f}\n", best_ours, best_floor,
              best_ours / best_floor);
}

// A mint of one keyset that lives inside a test and signs whatever it is given.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cashu/dhke.h"
#include "cashu/dleq.h"
#include "cashu/keyset.h"
#include "cashu/output.h"
#include "crypto/random.h"

namespace paygress::cashu::test {

using nlohmann::json;

struct SmallMint {
  Keyset keyset;
  std::map<std::uint64_t, crypto::Scalar> secrets;

  explicit SmallMint(std::vector<std::uint64_t> amounts = {1, 2, 4, 8, 16, 32, 64, 128}) {
    crypto::SeededRandom random(42);
    for (const auto amount : amounts) {
      const auto k = crypto::Scalar::generate(random);
      secrets.emplace(amount, k);
      keyset.keys.emplace(amount, crypto::generator_mul(k));
    }
    keyset.unit = "sat";
    keyset.id = derive_id_v2(keyset);
  }

  json sign(const Output& output) const {
    const auto& k = secrets.at(output.amount.value());
    const auto C_ = sign_blinded(output.B_, k);
    const auto dleq = make_dleq(k, output.B_, C_);
    return {{"amount", output.amount.value()},
            {"id", output.keyset_id},
            {"C_", C_.hex()},
            {"dleq", {{"e", util::hex(dleq.e)}, {"s", util::hex(dleq.s)}}}};
  }

  Proof proof(std::uint64_t amount, const std::string& secret) const {
    return {Amount(amount), keyset.id, secret, crypto::mul(hash_to_curve(secret), secrets.at(amount)), {}, {}, {}};
  }
};

// As POST /v1/restore answers when exactly these outputs were signed.
inline json restore_reply(const SmallMint& mint, const std::vector<Output>& outputs) {
  json reply = {{"outputs", json::array()}, {"signatures", json::array()}};
  for (const auto& output : outputs) {
    reply["outputs"].push_back(blinded_message(output));
    reply["signatures"].push_back(mint.sign(output));
  }
  return reply;
}

}  // namespace paygress::cashu::test

// What we ask a mint to sign (NUT-00's BlindedMessage), with the private half that turns the signature into a proof.
// Kept in the journal until the proof is safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cashu/amount.h"
#include "cashu/keyset.h"
#include "cashu/secrets.h"
#include "crypto/point.h"
#include "util/result.h"

namespace paygress::crypto {
class RandomSource;
}

namespace paygress::cashu {

struct Output {
  Amount amount;
  std::string keyset_id;
  std::uint32_t counter = 0;  // NUT-13; meaningless for outputs out of random secrets
  std::string secret;
  crypto::Scalar r;
  crypto::Point B_;
};

// The most outputs in one request: what mints take.
inline constexpr std::size_t kMaxOutputs = 1000;

// `amount` in as few of the keyset's amounts as powers of two allow, ascending.
// Code `amount_not_representable` when the keyset cannot give it in kMaxOutputs.
util::Result<std::vector<Amount>> split_amount(Amount amount, const Keyset& keyset);

// Outputs with the secrets of NUT-13, one counter each from `first_counter` on (a counter that gives no valid secret is
// skipped, so the next free one is that of the last output plus one).
util::Result<std::vector<Output>> make_outputs(const std::vector<Amount>& amounts, const Keyset& keyset, const WalletSeed& seed,
                                               std::uint32_t first_counter);

// The same with the counter `first_counter` + places[i] for the i-th amount. One that gives no valid secret is an error
// (`counter_unusable`, with a chance of 2^-128).
util::Result<std::vector<Output>> make_outputs(const std::vector<Amount>& amounts, const Keyset& keyset, const WalletSeed& seed,
                                               std::uint32_t first_counter, const std::vector<std::uint32_t>& places);

// Outputs with random secrets, for a wallet without seed.
util::Result<std::vector<Output>> make_outputs(const std::vector<Amount>& amounts, const Keyset& keyset,
                                               crypto::RandomSource& random);

// {amount, id, B_}: what the mint sees.
nlohmann::json blinded_message(const Output& output);
nlohmann::json blinded_messages(const std::vector<Output>& outputs);

// The journal's form, private half included.
nlohmann::json to_json(const Output& output);
util::Result<Output> parse_output(const nlohmann::json& json);

}  // namespace paygress::cashu

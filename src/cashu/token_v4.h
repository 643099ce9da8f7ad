// The CBOR inside a V4 token (NUT-00): {m, u, d?, t: [{i, p: [{a, s, c, d?, w?, pe?}]}]}. token.h is the door.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cashu/proof.h"
#include "cashu/token.h"
#include "util/bytes.h"

namespace paygress::cashu {

struct TokenV4 {
  std::string mint;
  std::string unit;
  std::optional<std::string> memo;
  std::vector<Proof> proofs;
};

util::Result<TokenV4> read_token_v4(util::ByteView cbor);

// Proofs that follow one another with the same keyset share a group; their order is kept.
util::Bytes write_token_v4(const Token& token, WithDleq with_dleq);

}  // namespace paygress::cashu

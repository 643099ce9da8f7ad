// A customer's side of a mint, as far as tests and the sandbox need it: money in, tokens out. It keeps nothing: what a
// token holds is the customer's only copy.
#pragma once

#include "cashu/mint_client.h"
#include "cashu/token.h"

namespace paygress::crypto {
class RandomSource;
}

namespace paygress::cashu {

// A token of `amount`, with DLEQ, newly minted against a quote that is paid by itself (test mints).
// Code `quote_unpaid` when it is not.
net::Task<util::Result<Token>> mint_token(MintClient& mint, Amount amount, crypto::RandomSource& random, std::string unit = "sat");

}  // namespace paygress::cashu

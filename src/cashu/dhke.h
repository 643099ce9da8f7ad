// The blind Diffie-Hellman key exchange of NUT-00. The wallet's half is above, the mint's (for the sandbox) below.
#pragma once

#include <string_view>

#include "crypto/point.h"
#include "util/bytes.h"
#include "util/result.h"

namespace paygress::cashu {

// `Y` of a secret: its text is what is hashed, hex or not.
crypto::Point hash_to_curve(std::string_view secret);

// `B_ = Y + rG`
util::Result<crypto::Point> blind(const crypto::Point& Y, const crypto::Scalar& r);
// `C = C_ - rK`, K being the mint's key of that amount
util::Result<crypto::Point> unblind(const crypto::Point& C_, const crypto::Scalar& r, const crypto::Point& K);

// The mint: `C_ = kB_`
crypto::Point sign_blinded(const crypto::Point& B_, const crypto::Scalar& k);
// The mint: is `C == kY`?
bool mint_verifies(std::string_view secret, const crypto::Point& C, const crypto::Scalar& k);

}  // namespace paygress::cashu

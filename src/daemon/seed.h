// The wallet's seed: given by the operator, or made at the first start and kept beside the database.
#pragma once

#include <filesystem>
#include <optional>

#include "cashu/secrets.h"
#include "crypto/random.h"
#include "util/secret.h"

namespace paygress::daemon {

// The words of BIP-39, and what they give (NUT-13).
struct KeptSeed {
  util::Secret words;
  cashu::WalletSeed seed;
};

// `words` if given, else the file "<database>.seed", else new words written there (mode 0600, on disk before they are used).
// Throws, naming the file, when it cannot be read or written.
KeptSeed load_seed(const std::optional<util::Secret>& words, const std::filesystem::path& database, crypto::RandomSource& random);

}  // namespace paygress::daemon

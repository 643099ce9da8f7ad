// What is ours, in one database and from one seed: proofs, swaps and payouts under way, and the books. No I/O but the database's.
#pragma once

#include <string>

#include "cashu/secrets.h"
#include "crypto/keys.h"
#include "provider/ledger.h"
#include "provider/payout_book.h"
#include "provider/swap_book.h"
#include "provider/wallet_book.h"

namespace paygress::provider {

struct Wallet {
  Wallet(store::Database&, cashu::WalletSeed, UnitRates);
  Wallet(const Wallet&) = delete;
  Wallet& operator=(const Wallet&) = delete;

  store::Database& database;
  const cashu::WalletSeed seed;
  const UnitRates accepted;  // the units that tokens may be in
  const UnitRates rates;     // those, and what others were worth when they were accepted: money in them may still be here
  const crypto::SecretKey locking_key;  // made from the seed; tokens may be locked to it (NUT-11)
  WalletBook proofs;
  SwapBook swaps;
  PayoutBook payouts;
  Ledger ledger;

  // Where proofs of ours lie, a swap is under way, or a token that we gave waits to be redeemed.
  std::vector<std::string> mints_with_money();

  // Does the sum of the proofs that are ours equal the books' account of them, at every mint? Says where not.
  util::Result<> check_books();
};

}  // namespace paygress::provider

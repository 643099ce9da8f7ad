// The operator's hand on the wallet: what is his may be taken out as tokens; proofs are moved off keysets that end.
//
// Whatever leaves goes through the swap journal (swap_desk.h) and is written down as a token before anybody sees it
// (tokens_given.h), so that neither a crash nor a lost answer loses it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "provider/swap_desk.h"
#include "provider/tokens_given.h"
#include "util/json.h"

namespace paygress::provider {

class Treasury {
 public:
  Treasury(net::Clock&, crypto::RandomSource&, Mints&, SwapDesk&, Wallet&, net::TaskGroup& work);

  // Goes on with what was under way, then sweeps keysets and looks after tokens that were given, until cancelled.
  net::Task<> run();

  // A token of `amount` out of the operator's own money; with `beyond_own` also out of what customers may still get back.
  // Codes: amount_invalid, mint_unknown, mint_unreachable, balance_too_low, too_many_proofs, and `under_way` when the mint takes
  // long: the token is then among tokens() later.
  net::Task<util::Result<GivenToken>> withdraw(std::string mint, std::string unit, cashu::Amount amount, bool beyond_own);
  // Everything that can be withdrawn at all mints: one token for each mint and unit, or more where many proofs lie. A mint that does
  // not answer keeps nobody from what lies elsewhere.
  struct Drained {
    struct Failure {
      std::string mint, unit;
      util::Error error;
    };
    std::vector<GivenToken> tokens;
    std::vector<Failure> failures;
  };
  net::Task<Drained> drain(bool beyond_own);

  // Per mint and unit: held, owed to customers, own (the mint's part of `solvent`), as JSON.
  util::Json balance();
  // Tokens that were given and that nobody has redeemed yet.
  std::vector<GivenToken> tokens() { return tokens_.open(kMostShown); }
  // Withdrawals of the last days that came to nothing, perhaps long after they were asked for. The money stayed in the wallet.
  std::vector<SwapBook::Refused> refused_withdrawals();

  // What the seed alone finds at the mints (NUT-13, NUT-09), keyset by keyset. With `bring_in` what is unspent and
  // unknown becomes the operator's, and counters that are behind are moved; without, nothing is changed.
  net::Task<util::Result<util::Json>> restore(bool bring_in);

 private:
  static constexpr std::size_t kMostShown = 1000;

  // Sets the proofs apart and journals the split, in the caller's transaction.
  util::Result<> begin_split(const std::string& id, const std::string& mint, const std::string& unit, cashu::Amount gives,
                             std::vector<cashu::Proof> inputs);
  net::Task<> finish_split(std::string id);
  net::Task<> finish_sweep(std::string id);
  net::Task<> sweep(MintDesk&);
  void merge(MintDesk&, const cashu::Keyset&);
  std::uint64_t most_to_withdraw(MintDesk&, const std::string& unit, bool beyond_own);
  net::Task<> close_gaps(MintDesk&);
  void begin_sweep(MintDesk&, const cashu::Keyset&, std::vector<cashu::Proof> inputs, const char* why);
  net::Task<> look_after_tokens();
  // Takes in what was found there and is still unspent. Gives the sums by keyset.
  net::Task<util::Result<std::map<std::string, std::uint64_t>>> take_in_found(MintDesk&);
  net::Task<util::Result<>> restore_at(MintDesk&, bool bring_in, util::Json& report);
  std::string new_id(const char* kind);

  net::Clock& clock_;
  crypto::RandomSource& random_;
  Mints& mints_;
  SwapDesk& swaps_;
  Wallet& wallet_;
  net::TaskGroup& work_;
  TokensGiven tokens_;
  // For splits that somebody asked for just now.
  struct Waiting {
    net::Event done;
    std::string refused;  // why
  };
  std::map<std::string, std::shared_ptr<Waiting>> waiting_;
  std::int64_t looked_after_ = 0;  // the last token that was looked after
};

}  // namespace paygress::provider

// Sends the operator's earnings to his Lightning address by themselves: whenever what is his own at a mint has grown beyond a
// threshold, all of it but a reserve, so that a mint never holds much of his.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "net/http_client.h"
#include "provider/lightning_address.h"
#include "provider/payout_desk.h"

namespace paygress::provider {

struct PayoutRules {
  LightningAddress address;               // PAYOUT_ADDRESS
  std::uint64_t threshold_sats = 10'000;  // PAYOUT_THRESHOLD_SATS: nothing is sent before so much is there
  std::uint64_t reserve_sats = 0;         // PAYOUT_RESERVE_SATS: so much stays at each mint
};

class PayoutToAddress {
 public:
  PayoutToAddress(net::HttpClient&, net::Clock&, Mints&, PayoutDesk&, PayoutRules);

  // Looks at every mint from time to time, for ever.
  net::Task<> run();

  // One look at one mint: the payout that was begun, nothing when there is too little (or one is under way), or why it could not be.
  net::Task<util::Result<std::optional<Payout>>> look(std::string mint, std::string unit);

  // What to ask an invoice for, in msat, whole sats: `spendable` less `costs`, as far as the address takes it. Nothing: too little.
  static std::optional<std::uint64_t> amount_to_ask(std::uint64_t spendable_msat, std::uint64_t costs_msat, const PayTerms&);

 private:
  void tell(const std::string& place, const util::Error&);

  net::HttpClient& http_;
  net::Clock& clock_;
  Mints& mints_;
  PayoutDesk& desk_;
  PayoutRules rules_;
  std::map<std::string, std::string> told_;  // what was last complained about, by mint and unit
};

}  // namespace paygress::provider

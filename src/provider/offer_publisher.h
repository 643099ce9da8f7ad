// Tells the world what is sold here: the offer (kind 999 and its addressable twin), and who we are and where we read
// (kinds 0, 10002, 10050), so that ordinary clients can find and write to the service.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "contract/offer.h"
#include "market/catalogue.h"
#include "nostr/event.h"
#include "provider/lease_keeper.h"
#include "provider/ledger.h"
#include "provider/mints.h"

namespace paygress::nostr {
class RelayPool;
}

namespace paygress::provider {

struct Shop {
  std::string name = "paygress";
  std::string version;
  std::vector<util::Url> relays;
  bool accepts_nip04 = true;
  std::string cashu_pubkey;  // tokens may be locked to it
  UnitRates rates;           // the units that are accepted
};

class OfferPublisher {
 public:
  OfferPublisher(store::Database&, net::Clock&, crypto::RandomSource&, const crypto::SecretKey& service_key,
                 const market::Catalogue&, Mints&, LeaseKeeper&, nostr::RelayPool&, Shop);

  // The offer as it is now.
  contract::Offer offer() const;

  // Publishes at start, when the offer changes, and at least twice a day; deletes what it replaces (NIP-09).
  net::Task<> run();

 private:
  net::Task<> wait_for_mints();
  net::Task<bool> publish_offer(const std::string& content);
  net::Task<> publish_profile();
  net::Task<bool> publish(nostr::EventDraft, std::string* id = nullptr);
  net::Task<> tell_those_that_missed_it();
  std::optional<std::string> fact(const char* name);
  void set_fact(const char* name, const std::string& value);
  std::int64_t next_date();

  store::Database& database_;
  net::Clock& clock_;
  crypto::RandomSource& random_;
  const crypto::SecretKey& service_key_;
  const market::Catalogue& catalogue_;
  Mints& mints_;
  LeaseKeeper& keeper_;
  nostr::RelayPool& pool_;
  Shop shop_;
  std::int64_t last_date_ = 0;

  // The newest event of each kind, and the relays that have not taken it: one that was away, or full, is told later.
  struct Announcement {
    nostr::Event event;
    std::vector<util::Url> missing;
  };
  std::map<std::uint16_t, Announcement> announced_;
  std::chrono::milliseconds tell_pause_{};
  net::SteadyTime tell_at_{};
};

}  // namespace paygress::provider

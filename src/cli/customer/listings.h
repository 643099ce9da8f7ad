// Offers as they are found on relays, and what is read out of them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cli/customer/context.h"
#include "contract/offer.h"
#include "net/task.h"
#include "nostr/event.h"
#include "util/time.h"

namespace paygress::cli {

struct Listing {
  crypto::PublicKey provider;
  std::int64_t created_at;
  contract::Offer offer;
};

// Of each author the newest offer that has not expired and can be read; newest first.
// `events` are verified: an offer is its signer's, whatever it says.
std::vector<Listing> newest_listings(const std::vector<nostr::Event>& events, util::Time now);

// Asks the relays, for one provider's offer or for everybody's.
net::Task<std::vector<Listing>> find_listings(Context& context, std::optional<crypto::PublicKey> provider);

// Tells "nothing is sold here" from "we were not heard".
net::Task<bool> any_relay_answers(Context& context);

// Where the provider reads his messages (kind 10050, NIP-17) is added to the relays of the context.
net::Task<> add_inbox_relays(Context& context);

}  // namespace paygress::cli
